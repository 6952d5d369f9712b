import { describe, expect, test } from 'bun:test';
import { eq, inArray } from 'drizzle-orm';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { asking, browserPath, browserPortal } from '../support/browser-house.ts';
import type { Chat } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';

const OK = { status: 200, body: { ok: true } };
const OFF = { status: 404, body: { code: 'ERR_BROWSER_NOT_RUNNING' } };
const failure = (status: number, code: string) => ({ status, body: { code } });

/** A chat and its owner, with the browser off. */
async function cinema(options: Parameters<typeof browserPortal>[0] & { visibility?: 'public' | 'official' } = {}) {
  const { visibility, ...more } = options;
  const { portal, engine } = await browserPortal(more);
  const chat = await portal.given.chat(visibility ? { visibility } : {});
  return {
    portal,
    engine,
    chat,
    owner: asking(portal, chat.owner, chat),
    [Symbol.asyncDispose]: () => portal.close(),
  };
}

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
    expect(await owner.read()).toMatchObject(OFF);
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

describe('the address to open', () => {
  const long = `https://example.com/${'a'.repeat(2029)}`;
  test.each([
    ['file:///etc/passwd', 'must be an http or https address'],
    ['javascript:alert(1)', 'must be an http or https address'],
    ['data:text/html,hello', 'must be an http or https address'],
    ['chrome://settings', 'must be an http or https address'],
    ['https://ada:secret@example.com/', 'must not hold a name or password'],
    ['https://ada@example.com/', 'must not hold a name or password'],
    ['example.com', 'must be an http or https address'],
    ['https://exa mple.com/', 'must be an http or https address'],
    ['https://', 'must be an http or https address'],
    ['http://example.com/\u0000', 'must be an http or https address'],
    ['', 'must be an http or https address'],
    [long, 'must be at most 2048 characters'],
    [5, 'must be a string'],
    [undefined, 'is required'],
  ])('%p is refused', async (url, complaint) => {
    await using house = await cinema();
    const { portal, engine, chat, owner } = house;
    await owner.start();
    const answer = await owner.open(url);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field: 'url' } });
    expect(answer.body.error).toStartWith(`url ${complaint}`);
    expect(engine.browser.navigations).toEqual([]);
    if (url === undefined) return;
    const config = { browser_config: { start_url: url } };
    const refused = await portal.as(chat.owner).post(browserPath(chat, 'config/update'), config);
    expect(refused).toMatchObject({ status: 400, body: { field: 'browser_config.start_url' } });
  });

  test.each(['https://example.com/', 'http://localhost:8080/a?b=c#d', long.slice(0, -1)])(
    '%p is opened',
    async (url) => {
      await using house = await cinema();
      const { engine, owner } = house;
      await owner.start();
      expect(await owner.open(url)).toMatchObject(OK);
      expect(engine.browser.navigations).toEqual([{ url }]);
    },
  );
});

describe('the clipboard', () => {
  test('is written and read', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    await owner.start();
    expect(await owner.write('two\nlines\t😀')).toMatchObject(OK);
    expect(engine.browser.clipboard).toBe('two\nlines\t😀');
    expect(await owner.read()).toMatchObject({ status: 200, body: { text: 'two\nlines\t😀' } });
  });

  test.each([
    ['a'.repeat(32_768), 200],
    ['a'.repeat(32_769), 400],
    ['ä'.repeat(24_576), 200],
    ['ä'.repeat(24_577), 400],
    ['\ud800', 400],
    ['', 200],
  ])('%#: takes 32,768 characters and 48 KiB of text', async (text, status) => {
    await using house = await cinema();
    const { owner } = house;
    await owner.start();
    expect((await owner.write(text)).status).toBe(status);
  });

  test('holds no more for readers than a writer may put in', async () => {
    await using house = await cinema();
    const { engine, owner } = house;
    await owner.start();
    engine.browser.clipboard = `${'😀'.repeat(40_000)}`;
    expect([...(await owner.read()).body.text].length).toBe(32_768);
  });
});

test('with the browser off there is nothing to read, write, see or open', async () => {
  await using house = await cinema({ visibility: 'official' });
  const { owner } = house;
  for (const answer of [
    await owner.read(),
    await owner.write('x'),
    await owner.open('https://example.com/'),
    await owner.shot(),
    await owner.shot('?preview=1'),
  ])
    expect(answer).toMatchObject(OFF);
});

test('a direct chat has no browser', async () => {
  await using house = await cinema();
  const { portal } = house;
  const [ada, bob] = [await portal.given.person(), await portal.given.person()];
  const { id } = await portal.given.direct(ada, bob);
  const asked = asking(portal, ada, { id, name: '', owner: ada });
  const direct = failure(409, 'ERR_DIRECT_CHAT');
  for (const answer of [
    await asked.start(),
    await asked.stop(),
    await asked.read(),
    await asked.write('x'),
    await asked.open('https://example.com/'),
    await asked.shot(),
  ])
    expect(answer).toMatchObject(direct);
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
