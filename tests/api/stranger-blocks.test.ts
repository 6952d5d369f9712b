import { describe, expect, test } from 'bun:test';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/core/durations.ts';
import { type PersonId, personOfStranger } from '../../src/core/principal.ts';
import { strangerBlocks } from '../../src/modules/people/strangers/strangers.tables.ts';
import type { Caller } from '../support/caller.ts';
import type { Visitor } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const STRANGERS = '/v1/admin/strangers';
const HOME = '203.0.113.7';
const AWAY = '198.51.100.9';
const HOME6 = '2001:db8:1:2::1';

/** Whether a stranger may search from an address. */
async function maySearch(portal: TestPortal, { token }: { token: string }, ip = HOME): Promise<boolean> {
  const { sessions, strangerBlocks: blocks } = portal.modules;
  const asked = blocks.requireNotBlocked(portal.database.read, await sessions.require(token), ip);
  return asked.then(
    () => true,
    (error: { errorCode: string }) => {
      expect(error.errorCode).toBe('ERR_STRANGER_BLOCKED');
      return false;
    },
  );
}

const block = (by: Caller, { signature }: Visitor, body: object = {}) =>
  by.post(`${STRANGERS}/${signature}/block`, body);
const unblock = (by: Caller, { signature }: Visitor) => by.post(`${STRANGERS}/${signature}/unblock`);

/** A moderator, and a stranger at home. */
async function stage(ip = HOME) {
  const portal = await testPortal();
  const moderator = await portal.given.moderator();
  const stranger = await portal.given.stranger(ip);
  return { portal, moderator, mod: portal.as(moderator), stranger, [Symbol.asyncDispose]: () => portal.close() };
}

/** What moderators did, oldest first. */
async function audited({ as, given }: TestPortal): Promise<object[]> {
  const { body } = await as(await given.owner()).get('/v1/admin/audit/logs?entity_type=stranger');
  return body.items.toReversed();
}

describe('a blocked stranger', () => {
  test('may not search from anywhere, and the block is told and on record', async () => {
    await using on = await stage();
    const { portal, moderator, mod, stranger } = on;
    const told: object[] = [];
    portal.events.on('stranger.blocked', (event) => void told.push(event));
    const answer = await block(mod, stranger, { reason: 'Spam' });
    expect(answer).toMatchObject({ status: 200, body: { message: `Stranger ${stranger.signature} blocked` } });
    expect([await maySearch(portal, stranger), await maySearch(portal, stranger, AWAY)]).toEqual([false, false]);
    const { sessionId, signature, alias } = stranger;
    expect(told).toEqual([{ name: 'stranger.blocked', sessionId, person: personOfStranger(sessionId) } as object]);
    expect(await audited(portal)).toMatchObject([
      {
        event_type: 'STRANGER_BLOCK',
        entity_type: 'stranger',
        entity_id: signature,
        actor_id: moderator.id,
        event_metadata: { alias, reason: 'Spam', expires_at: null },
      },
    ]);
  });

  test('may search again when the time is up, or when the block is lifted', async () => {
    await using on = await stage();
    const { portal, mod, stranger } = on;
    await block(mod, stranger, { duration: 60 });
    portal.timers.jump(60 * SECOND_MS - 1);
    expect(await maySearch(portal, stranger)).toBe(false);
    portal.timers.jump(1);
    expect(await maySearch(portal, stranger)).toBe(true);
    await block(mod, stranger);
    expect(await maySearch(portal, stranger)).toBe(false);
    const lifted = await unblock(mod, stranger);
    expect(lifted).toMatchObject({ status: 200, body: { message: `Stranger ${stranger.signature} unblocked` } });
    expect(await maySearch(portal, stranger)).toBe(true);
    await unblock(mod, stranger);
    expect((await audited(portal)).map((entry) => (entry as { event_type: string }).event_type)).toEqual([
      'STRANGER_BLOCK',
      'STRANGER_BLOCK',
      'STRANGER_UNBLOCK',
    ]);
  });

  test('who is blocked again is blocked as the last one says', async () => {
    await using on = await stage();
    const { portal, mod, stranger } = on;
    await block(mod, stranger);
    await block(mod, stranger, { duration: 60 });
    portal.timers.jump(60 * SECOND_MS);
    expect(await maySearch(portal, stranger)).toBe(true);
    expect(await maySearch(portal, await portal.given.stranger(HOME))).toBe(true);
  });

  test('stays blocked after the session has ended, and can be blocked then', async () => {
    await using on = await stage();
    const { portal, mod, stranger } = on;
    await portal.as(stranger).post('/v1/authentication/logout');
    expect((await block(mod, stranger)).status).toBe(200);
    expect(await maySearch(portal, await portal.given.stranger(HOME))).toBe(false);
  });
});

describe('a block at the address', () => {
  test('survives a new cookie, for a day at most, and spares those who were there before', async () => {
    await using on = await stage();
    const { portal, mod, stranger } = on;
    const neighbour = await portal.given.stranger(HOME);
    portal.timers.jump(SECOND_MS);
    await block(mod, stranger);
    const fresh = await portal.given.stranger(HOME);
    expect([await maySearch(portal, fresh), await maySearch(portal, fresh, AWAY)]).toEqual([false, false]);
    expect(await maySearch(portal, neighbour)).toBe(true);
    const elsewhere = await portal.given.stranger(AWAY);
    expect([await maySearch(portal, elsewhere, AWAY), await maySearch(portal, elsewhere, HOME)]).toEqual([true, false]);
    portal.timers.jump(DAY_MS - 1);
    expect(await maySearch(portal, await portal.given.stranger(HOME))).toBe(false);
    portal.timers.jump(1);
    expect(await maySearch(portal, await portal.given.stranger(HOME))).toBe(true);
  });

  test('lasts no longer than the block, and is lifted with it', async () => {
    await using on = await stage();
    const { portal, mod, stranger } = on;
    await block(mod, stranger, { duration: 3600 });
    const fresh = await portal.given.stranger(HOME);
    expect(await maySearch(portal, fresh)).toBe(false);
    await unblock(mod, stranger);
    expect(await maySearch(portal, fresh)).toBe(true);
    await block(mod, stranger, { duration: 3600 });
    const next = await portal.given.stranger(HOME);
    expect(await maySearch(portal, next)).toBe(false);
    portal.timers.jump(HOUR_MS);
    expect(await maySearch(portal, next)).toBe(true);
  });

  test('is lifted for the one who is pardoned alone: another’s at the same address goes on', async () => {
    await using on = await stage();
    const { portal, mod, stranger } = on;
    const accomplice = await portal.given.stranger(HOME);
    await block(mod, stranger);
    await block(mod, accomplice);
    await unblock(mod, stranger);
    expect(await maySearch(portal, await portal.given.stranger(HOME))).toBe(false);
    await unblock(mod, accomplice);
    expect(await maySearch(portal, await portal.given.stranger(HOME))).toBe(true);
  });

  test('holds for the whole /64 of IPv6', async () => {
    await using on = await stage(HOME6);
    const { portal, mod, stranger } = on;
    await block(mod, stranger);
    expect(await maySearch(portal, await portal.given.stranger('2001:db8:1:2:ffff::9'), AWAY)).toBe(false);
    expect(await maySearch(portal, await portal.given.stranger('2001:db8:1:3::1'), AWAY)).toBe(true);
  });

  test('holds where the last search came from, too', async () => {
    await using on = await stage();
    const { portal, mod, stranger } = on;
    const { strangers } = portal.modules;
    const until = portal.timers.now() + DAY_MS;
    await portal.database.units.run('search', ({ db }) => strangers.extend(db, stranger.sessionId, until, AWAY));
    await block(mod, stranger);
    expect(await maySearch(portal, await portal.given.stranger(AWAY), AWAY)).toBe(false);
    expect(await maySearch(portal, await portal.given.stranger(HOME), HOME)).toBe(false);
  });

  test.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '192.168.0.7',
    '172.16.4.4',
    '100.64.0.9',
    '169.254.1.1',
    'fd00::7',
    'fe80::1',
  ])('is none for %s, which many may share', async (ip) => {
    await using on = await stage(ip);
    const { portal, mod, stranger } = on;
    const { strangers } = portal.modules;
    await portal.database.units.run('search', ({ db }) =>
      strangers.extend(db, stranger.sessionId, portal.timers.now() + DAY_MS, ip),
    );
    await block(mod, stranger);
    expect(await maySearch(portal, stranger, ip)).toBe(false);
    expect(await maySearch(portal, await portal.given.stranger(ip), ip)).toBe(true);
  });

  test('leaves nothing behind when its time is up', async () => {
    await using on = await stage();
    const { portal, mod, stranger } = on;
    await block(mod, stranger, { duration: 60 });
    const rows = () => portal.database.read.select().from(strangerBlocks);
    expect(await rows()).toHaveLength(2);
    portal.timers.jump(60 * SECOND_MS);
    await portal.modules.strangerBlocks.deleteOver();
    expect(await rows()).toEqual([]);
  });
});

describe('a ban of an account', () => {
  test('keeps new strangers at its addresses from searching, for a day at most, until it is lifted', async () => {
    await using portal = await testPortal();
    const admin = portal.as(await portal.given.admin());
    const eve = await portal.given.person();
    await portal.database.units.run('given sessions', async ({ db }) => {
      const row = await portal.modules.users.require(db, eve.id);
      for (const ip of [HOME, AWAY, '10.0.0.1']) await portal.modules.sessions.open(db, row, { ip, userAgent: null });
    });
    const before = await portal.given.stranger(HOME);
    portal.timers.jump(SECOND_MS);
    await admin.post(`/v1/admin/users/${eve.id}/ban`, { reason: 'Spam' });
    const fresh = await Promise.all([HOME, AWAY, '10.0.0.1', '127.0.0.1'].map((ip) => portal.given.stranger(ip)));
    const may = async () => Promise.all(fresh.map((one, at) => maySearch(portal, one, [HOME, AWAY][at] ?? '10.0.0.1')));
    expect(await may()).toEqual([false, false, true, true]);
    expect(await maySearch(portal, before)).toBe(true);
    await admin.post(`/v1/admin/users/${eve.id}/unban`);
    expect(await may()).toEqual([true, true, true, true]);
    await admin.post(`/v1/admin/users/${eve.id}/ban`, { reason: 'Spam' });
    portal.timers.jump(SECOND_MS);
    const late = await portal.given.stranger(AWAY);
    // All sessions have ended: the address of the last one counts.
    expect(await maySearch(portal, await portal.given.stranger('10.0.0.1'), '10.0.0.1')).toBe(true);
    portal.timers.jump(DAY_MS);
    expect(await maySearch(portal, await portal.given.stranger(AWAY), AWAY)).toBe(true);
    expect(late.token).not.toBe('');
  });

  test('of an hour keeps them away for an hour', async () => {
    await using portal = await testPortal();
    const admin = portal.as(await portal.given.admin());
    const eve = await portal.given.person();
    await portal.database.units.run('given session', async ({ db }) => {
      const row = await portal.modules.users.require(db, eve.id);
      await portal.modules.sessions.open(db, row, { ip: HOME, userAgent: null });
    });
    const expires_at = new Date(portal.timers.now() + HOUR_MS).toISOString();
    await admin.post(`/v1/admin/users/${eve.id}/ban`, { reason: 'Spam', expires_at });
    const fresh = await portal.given.stranger(HOME);
    expect(await maySearch(portal, fresh)).toBe(false);
    portal.timers.jump(HOUR_MS);
    expect(await maySearch(portal, fresh)).toBe(true);
  });
});

test('accounts are never blocked as strangers are', async () => {
  await using on = await stage();
  const { portal, mod, stranger } = on;
  await block(mod, stranger);
  expect(await maySearch(portal, await portal.given.person())).toBe(true);
});

describe('the list of strangers', () => {
  const here = ({ adapters }: TestPortal, { sessionId }: Visitor) =>
    adapters.online.arrive({ socketId: `s-${sessionId}`, sessionId, person: personOfStranger(sessionId) });

  test('has those who are online or whose talk is kept, with what they do, since when, and their block', async () => {
    await using on = await stage('81.2.69.142');
    const { portal, mod, stranger } = on;
    const [idle, searching, talker] = [stranger, await portal.given.stranger(), await portal.given.stranger()];
    await portal.given.stranger();
    for (const one of [idle, searching]) await here(portal, one);
    const since = portal.timers.now() + SECOND_MS;
    const [searches, talks] = [personOfStranger(searching.sessionId), personOfStranger(talker.sessionId)];
    portal.modules.strangerActivity.add({
      stateOf: (person) => (person === searches ? { state: 'searching', since } : undefined),
    });
    portal.modules.strangerActivity.add({
      stateOf: (person) => ([talks, searches].includes(person) ? { state: 'matched', since: since - 1 } : undefined),
      peopleInTalks: () => [talks, 'u:1' as PersonId],
    });
    await block(mod, searching, { reason: 'Spam', duration: 60 });
    await block(mod, talker);
    const { status, body, headers } = await mod.get(STRANGERS);
    expect(status).toBe(200);
    expect(headers.get('x-total-count')).toBe('3');
    const face = ({ signature, alias }: Visitor) => ({ signature, alias });
    expect(body).toEqual([
      { ...face(idle), country_code: 'GB', state: 'idle', since: '2026-01-01T00:00:00.000Z', blocked: null },
      {
        ...face(searching),
        country_code: null,
        state: 'searching',
        since: '2026-01-01T00:00:01.000Z',
        blocked: { until: '2026-01-01T00:01:00.000Z', reason: 'Spam' },
      },
      {
        ...face(talker),
        country_code: null,
        state: 'matched',
        since: '2026-01-01T00:00:00.999Z',
        blocked: { until: null, reason: null },
      },
    ]);
    portal.timers.jump(60 * SECOND_MS);
    expect((await mod.get(`${STRANGERS}?offset=1&limit=1`)).body).toMatchObject([
      { ...face(searching), blocked: null },
    ]);
    expect((await mod.get(`${STRANGERS}?offset=3`)).body).toEqual([]);
  });

  test.each(['limit=0', 'limit=501', 'offset=-1', 'limit=x'])('is not given for ?%s', async (query) => {
    await using on = await stage();
    const field = query.split('=')[0] as string;
    const refused = await on.mod.get(`${STRANGERS}?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  });
});

test('what is no signature, or nobody’s, is refused', async () => {
  await using on = await stage();
  for (const action of ['block', 'unblock']) {
    const nobody = await on.mod.post(`${STRANGERS}/${'0'.repeat(16)}/${action}`, {});
    expect(nobody).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    const wrong = await on.mod.post(`${STRANGERS}/${'z'.repeat(16)}/${action}`, {});
    expect(wrong).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field: 'signature' } });
  }
});

test.each([
  [{ duration: -1 }, 'duration'],
  [{ duration: 1.5 }, 'duration'],
  [{ duration: '60' }, 'duration'],
  [{ reason: 'x'.repeat(501) }, 'reason'],
])('a block with %j is refused', async (body, field) => {
  await using on = await stage();
  const refused = await block(on.mod, on.stranger, body);
  expect(refused).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  expect(await maySearch(on.portal, on.stranger)).toBe(true);
});

test('blocking takes a moderator whose level still holds', async () => {
  await using on = await stage();
  const { portal, moderator, stranger } = on;
  const principal = await portal.modules.sessions.require(moderator.token);
  await portal.given.state(moderator, 1, HOUR_MS);
  const late = portal.modules.strangerBlocks.block(principal, stranger.signature, {});
  await expect(late).rejects.toMatchObject({ errorCode: 'ERR_TIMED_OUT' });
  expect(await maySearch(portal, stranger)).toBe(true);
});
