import { describe, expect, test } from 'bun:test';
import { eq, inArray } from 'drizzle-orm';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { asking, browserPath, cinema } from '../support/browser-house.ts';
import { fillDisk } from '../support/full-disk.ts';
import type { Chat } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';

const OK = { status: 200, body: { ok: true } };
const failure = (status: number, code: string) => ({ status, body: { code } });

async function isListedAsRunning(portal: TestPortal, chat: Chat): Promise<boolean> {
  return (await portal.as(chat.owner).get(`/v1/portal/chats/${chat.id}`)).body.running;
}

async function recorded({ database: { read } }: TestPortal): Promise<Record<string, unknown>[]> {
  const events = ['BROWSER_START', 'BROWSER_STOP', 'BROWSER_FAIL'];
  const rows = await read.select().from(auditLog).where(inArray(auditLog.eventType, events));
  return rows.map(({ eventType, actorId, eventMetadata }) => ({ eventType, actorId, ...eventMetadata }));
}

describe('starting', () => {
  test('opens the page of the configuration, and the chat is listed as running', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    const browser_config = { start_url: 'https://example.com/film', kiosk: true };
    await portal.as(chat.owner).post(browserPath(chat, 'config/update'), { browser_config });
    expect(await owner.start()).toMatchObject(OK);
    expect(engine.requests).toEqual([
      { chatId: chat.id, browser: 'chromium', startUrl: 'https://example.com/film', kiosk: true },
    ]);
    expect(await isListedAsRunning(portal, chat)).toBe(true);
  });

  test('twice, and twice at once, makes one browser', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    const release = engine.hold();
    const both = Promise.all([owner.start(), owner.start()]);
    await engine.asked(1);
    release();
    for (const answer of await both) expect(answer).toMatchObject(OK);
    expect(await owner.start()).toMatchObject(OK);
    expect(engine.requests.length).toBe(1);
  });

  test('of a browser that the engine does not have is refused, naming those it has', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    await portal.as(chat.owner).post(browserPath(chat, 'config/update'), { browser_config: { browser: 'tor' } });
    expect(await owner.start()).toMatchObject({
      status: 400,
      body: {
        code: 'ERR_VALIDATION',
        field: 'browser_config.browser',
        error: 'browser_config.browser is tor, and this server has chromium',
      },
    });
    expect(engine.requests).toEqual([]);
  });

  test('beyond the number that may run is refused, and one that stops makes room', async () => {
    await using house = await cinema({ env: { PORTAL_BROWSER_MAX_RUNNING: '1' } });
    const { portal, owner } = house;
    const other = await portal.given.chat();
    const others = asking(portal, other.owner, other);
    await owner.start();
    expect(await others.start()).toMatchObject(failure(503, 'ERR_BROWSER_CAPACITY'));
    expect(await owner.start()).toMatchObject(OK);
    await owner.stop();
    expect(await others.start()).toMatchObject(OK);
  });

  test('that fails says why, leaves nothing, and may be tried again', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    engine.failWith('no space is left for the profile.');
    expect(await owner.start()).toMatchObject({
      status: 503,
      body: { code: 'ERR_BROWSER_START_FAILED', error: 'No space is left for the profile' },
    });
    expect(await isListedAsRunning(portal, chat)).toBe(false);
    expect(await owner.start()).toMatchObject(OK);
    expect((await recorded(portal)).map(({ eventType }) => eventType)).toEqual(['BROWSER_FAIL', 'BROWSER_START']);
  });

  test('that the system refused names no files', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    engine.failWith(
      "The profile cannot be made. There is no room left: ENOSPC: no space left on device, mkdtemp '/tmp/x'",
    );
    expect((await owner.start()).body.error).toBe('The profile cannot be made. There is no room left');
  });

  test('that cannot be written down, because the disk is full, does not happen', async () => {
    await using house = await cinema();
    const { portal, engine, owner } = house;
    await owner.start();
    const makeRoom = await fillDisk(portal);
    expect(await owner.stop()).toMatchObject(OK);
    expect(engine.alive).toEqual([]);
    // The pages that are there have some room left.
    let answer = await owner.start();
    while (answer.status === 200) {
      await owner.stop();
      answer = await owner.start();
    }
    expect(answer).toMatchObject(failure(503, 'ERR_UNAVAILABLE'));
    expect(engine.alive).toEqual([]);
    await makeRoom();
    expect(await owner.start()).toMatchObject(OK);
  });

  test('that takes longer than 45 seconds fails, and what comes later is stopped', async () => {
    await using house = await cinema();
    const { portal, engine, owner } = house;
    const release = engine.hold();
    const starting = owner.start();
    await engine.asked(1);
    await portal.timers.advance(45_000);
    expect(await starting).toMatchObject(failure(503, 'ERR_BROWSER_START_FAILED'));
    release();
    await eventually(() => engine.started.length === 1 && engine.alive.length === 0);
    expect(await owner.read()).toMatchObject(failure(404, 'ERR_BROWSER_NOT_RUNNING'));
  });

  test.each(['none', 'local', 'auto'])('without an engine, as by %s, says so', async (setting) => {
    const env = { PORTAL_BROWSER_ENGINE: setting, PORTAL_BROWSER_CHROMIUM: '/nowhere/chromium' };
    await using portal = await testPortal({ env });
    const chat = await portal.given.chat();
    const answer = await asking(portal, chat.owner, chat).start();
    expect(answer).toMatchObject(failure(503, 'ERR_BROWSER_UNAVAILABLE'));
    if (setting !== 'none') expect(answer.body.error).toContain('Install chromium-headless-shell');
    const { body } = await portal.nobody.get('/health');
    expect({ status: body.status, errors: body.errors.length }).toEqual(
      setting === 'local' ? { status: 'degraded', errors: 1 } : { status: 'healthy', errors: 0 },
    );
  });
});

describe('in the middle of a start', () => {
  test('a stop ends it', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    const release = engine.hold();
    const starting = owner.start();
    await engine.asked(1);
    expect(await owner.stop()).toMatchObject(OK);
    expect(await starting).toMatchObject(failure(409, 'ERR_CONFLICT'));
    release();
    await eventually(() => engine.started.length === 1 && engine.alive.length === 0);
    expect(await isListedAsRunning(portal, chat)).toBe(false);
    expect(await owner.start()).toMatchObject(OK);
    expect(engine.alive.length).toBe(1);
  });

  test('the end of the chat ends it', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    const release = engine.hold();
    const starting = owner.start();
    await engine.asked(1);
    await portal.as(chat.owner).post(browserPath(chat, 'delete'));
    expect((await starting).status).toBe(409);
    release();
    await eventually(() => engine.started.length === 1 && engine.alive.length === 0);
  });

  test('a chat that is archived meanwhile gets no browser', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    const release = engine.hold();
    const starting = owner.start();
    await engine.asked(1);
    await portal.database.units.run('archive', ({ db }) =>
      db.update(chats).set({ archived: true }).where(eq(chats.id, chat.id)).returning(),
    );
    release();
    expect(await starting).toMatchObject(failure(403, 'ERR_CHAT_ARCHIVED'));
    expect(engine.alive).toEqual([]);
    expect(await owner.start()).toMatchObject(failure(403, 'ERR_CHAT_ARCHIVED'));
  });

  test.each(['timed out', 'banned', 'no longer its owner'])('who is %s meanwhile has started nothing', async (what) => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    const release = engine.hold();
    const starting = owner.start();
    await engine.asked(1);
    if (what === 'timed out') await portal.given.state(chat.owner, 1, 60_000);
    if (what === 'banned') await portal.given.state(chat.owner, 2);
    if (what === 'no longer its owner') {
      const heir = await portal.given.premium();
      const staff = portal.as(await portal.given.owner());
      await staff.post(`/v1/admin/chats/${chat.id}/transfer`, { new_owner_id: heir.id });
    }
    release();
    expect((await starting).status).toBe(403);
    expect({ alive: engine.alive, written: await recorded(portal) }).toEqual({ alive: [], written: [] });
  });

  test('the end of the server ends it, and nobody waits', async () => {
    const { portal, engine, chat, owner } = await cinema();
    const other = await portal.given.chat();
    await asking(portal, other.owner, other).start();
    const release = engine.hold();
    const starting = owner.start();
    await engine.asked(2);
    await portal.disconnect();
    expect(await starting).toMatchObject(failure(503, 'ERR_UNAVAILABLE'));
    expect(await owner.start()).toMatchObject(failure(503, 'ERR_UNAVAILABLE'));
    release();
    await portal.close();
    expect({ chat: chat.id, isClosed: engine.isClosed, alive: engine.alive.length }).toEqual({
      chat: chat.id,
      isClosed: true,
      alive: 0,
    });
  });
});

describe('stopping', () => {
  test('ends the browser, and again changes nothing', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    await owner.start();
    expect(await owner.stop()).toMatchObject(OK);
    expect(engine.alive).toEqual([]);
    expect(await isListedAsRunning(portal, chat)).toBe(false);
    expect(await owner.stop()).toMatchObject(OK);
    expect(await recorded(portal)).toEqual([
      { eventType: 'BROWSER_START', actorId: chat.owner.id, name: chat.name, browser: 'chromium' },
      { eventType: 'BROWSER_STOP', actorId: chat.owner.id, name: chat.name, reason: 'stopped' },
    ]);
  });

  test('and starting at the same time leaves one browser or none, as the list says', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    await owner.start();
    await Promise.all([owner.stop(), owner.start(), owner.stop(), owner.start()]);
    await eventually(async () => engine.alive.length === Number(await isListedAsRunning(portal, chat)));
  });

  test('comes with the end of the chat', async () => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    await owner.start();
    await portal.as(chat.owner).post(browserPath(chat, 'delete'));
    await eventually(() => engine.alive.length === 0);
  });
});

test('starts, stops, failures and running browsers are counted', async () => {
  await using house = await cinema();
  const { portal, engine, owner } = house;
  const figures = async () => {
    const { body } = await portal.nobody.get('/metrics');
    const lines = (body as string).split('\n').filter((line) => /^portal_browser[^#]*(?:s|count|}) \d/.test(line));
    return lines.filter((line) => !line.includes('_bucket')).toSorted();
  };
  expect(await figures()).toEqual(['portal_browser_start_seconds_count 0', 'portal_browsers 0']);
  engine.failWith('no');
  await owner.start();
  await owner.start();
  expect(await figures()).toEqual([
    'portal_browser_failures_total{what="start"} 1',
    'portal_browser_start_seconds_count 1',
    'portal_browsers 1',
  ]);
  await owner.stop();
  expect(await figures()).toEqual([
    'portal_browser_failures_total{what="start"} 1',
    'portal_browser_start_seconds_count 1',
    'portal_browser_stops_total{reason="stopped"} 1',
    'portal_browsers 0',
  ]);
});
