import { describe, expect, test } from 'bun:test';
import { Glob } from 'bun';
import { HOUR_MS } from '../../src/core/durations.ts';
import { CONSOLE } from '../../src/core/principal.ts';
import { AUDIT_EVENTS } from '../../src/modules/people/audit/audit.model.ts';
import { MODERATION_EVENTS } from '../../src/modules/people/audit/audit.policy.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const LOGS = '/v1/admin/audit/logs';

/** Entries as they are wanted, each a second after the one before. */
async function written(portal: TestPortal, ...wanted: Partial<typeof auditLog.$inferInsert>[]): Promise<void> {
  for (const one of wanted) {
    portal.timers.jump(1000);
    const entry = { entityType: 'user', entityId: '7', eventType: 'USER_BAN', actorId: 1, eventMetadata: {} } as const;
    await portal.database.units.run('given entry', ({ db }) =>
      db
        .insert(auditLog)
        .values({ ...entry, createdAt: portal.timers.now(), ...one })
        .returning(),
    );
  }
}

type Entry = { entity_id: string | null; event_type: string };

describe('the audit log', () => {
  test('says who changed what, newest first, by pages', async () => {
    await using portal = await testPortal();
    const [admin, eve] = [await portal.given.admin(), await portal.given.person({ username: 'eve' })];
    portal.timers.jump(1000);
    await portal.as(admin).post(`/v1/admin/users/${eve.id}/warn`, { reason: 'Spam' });

    const { status, body } = await portal.as(admin).get(`${LOGS}?limit=2`);

    expect(status).toBe(200);
    expect(body).toMatchObject({ total: 3, offset: 0, limit: 2 });
    expect(body.items).toEqual([
      {
        id: expect.any(Number),
        entity_type: 'user',
        entity_id: String(eve.id),
        event_type: 'USER_WARN',
        actor_id: admin.id,
        event_metadata: { username: 'eve', reason: 'Spam', expires_at: null },
        created_at: '2026-01-01T00:00:01.000Z',
      },
      expect.objectContaining({
        event_type: 'USER_CREATE',
        actor_id: null,
        event_metadata: expect.objectContaining({ actor: 'console' }),
      }),
    ]);
    const rest = await portal.as(admin).get(`${LOGS}?limit=2&offset=2`);
    expect(rest.body).toMatchObject({ total: 3, offset: 2, items: [{ event_type: 'USER_CREATE' }] });
  });

  test('answers to every filter alone and to all of them together', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    await written(
      portal,
      { entityId: 'a', actorId: 5 },
      { entityId: 'b', eventType: 'CHAT_KICK', entityType: 'chat' },
      { entityId: 'c', eventType: 'SUBSCRIPTION_GRANT', actorId: 5 },
      { entityId: 'd', eventType: 'ANNOUNCEMENT_CREATE', entityType: 'system', actorId: null },
    );
    const ids = async (query: string) => {
      const { body } = await portal.as(admin).get(`${LOGS}?${query}`);
      expect(body.total).toBe(body.items.length);
      return body.items.map(({ entity_id }: Entry) => entity_id).join('');
    };
    const own = String(admin.id);
    expect(await ids('')).toBe(`dcba${own}`);
    expect(await ids('event_type=USER_BAN')).toBe('a');
    expect(await ids('entity_type=user')).toBe(`ca${own}`);
    expect(await ids('entity_id=b')).toBe('b');
    expect(await ids('actor_id=5')).toBe('ca');
    expect(await ids('since=2026-01-01T00:00:02Z')).toBe('dcb');
    expect(await ids('until=2026-01-01T00:00:02Z')).toBe(`a${own}`);
    expect(await ids('since=2026-01-01T00:00:02Z&until=2026-01-01T00:00:04Z')).toBe('cb');
    expect(await ids('entity_type=user&actor_id=5&until=2026-01-01T00:00:02Z')).toBe('a');
    const all = 'event_type=SUBSCRIPTION_GRANT&entity_type=user&entity_id=c&actor_id=5';
    expect(await ids(`${all}&since=2026-01-01T00:00:03Z&until=2026-01-01T00:00:03.001Z`)).toBe('c');
    expect(await ids(`${all}&since=2026-01-01T00:00:04Z`)).toBe('');
    expect(await ids('entity_id=c&event_type=USER_BAN')).toBe('');
  });

  test.each([
    ['event_type=NO_SUCH_EVENT', 'event_type'],
    ['event_type=', 'event_type'],
    ['entity_type=invite', 'entity_type'],
    ['entity_id=', 'entity_id'],
    ['actor_id=x', 'actor_id'],
    ['actor_id=0', 'actor_id'],
    ['since=yesterday', 'since'],
    ['since=2026-02-31T00:00:00Z', 'since'],
    ['until=1767225600000', 'until'],
    ['offset=-1', 'offset'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
  ])('asked for %s names the bad field', async (query, field) => {
    await using portal = await testPortal();
    const answer = await portal.as(await portal.given.admin()).get(`${LOGS}?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  });
});

describe('a Moderator', () => {
  test('sees every kind of moderation and nothing else, in items and in counts', async () => {
    await using portal = await testPortal();
    const moderator = await portal.given.moderator();
    await written(portal, ...AUDIT_EVENTS.map((eventType) => ({ eventType })));
    const { body } = await portal.as(moderator).get(`${LOGS}?limit=200`);
    expect(body.total).toBe(MODERATION_EVENTS.length);
    expect(new Set(body.items.map(({ event_type }: Entry) => event_type))).toEqual(new Set(MODERATION_EVENTS));
    const asked = async (event: string) => (await portal.as(moderator).get(`${LOGS}?event_type=${event}`)).body;
    expect(await asked('SUBSCRIPTION_GRANT')).toMatchObject({ items: [], total: 0 });
    expect(await asked('USER_BAN')).toMatchObject({ total: 1 });
    expect((await portal.as(moderator).get(`${LOGS}?entity_id=7`)).body.total).toBe(MODERATION_EVENTS.length);
  });
});

describe('entries', () => {
  test('are only ever added: no source changes or deletes one', async () => {
    const root = `${import.meta.dir}/../../src`;
    const paths = [...new Glob('**/*.ts').scanSync(root)];
    expect(paths.length).toBeGreaterThan(100);
    const texts = await Promise.all(
      paths.map(async (path) => ({ path, text: await Bun.file(`${root}/${path}`).text() })),
    );
    const changing = /\.(update|delete)\(\s*auditLog\b|\b(update|delete from|replace into)\s+["'`]?audit_log/i;
    expect(texts.filter(({ text }) => changing.test(text)).map(({ path }) => path)).toEqual([]);
    const holders = texts.filter(({ text }) => /\bauditLog\b/.test(text)).map(({ path }) => path);
    expect(holders.sort()).toEqual([
      'modules/people/audit/audit.repository.ts',
      'modules/people/audit/audit.tables.ts',
    ]);
  });

  test('are kept with the change, or neither is', async () => {
    await using portal = await testPortal();
    const [admin, eve] = [await portal.given.admin(), await portal.given.person()];
    const { units, read } = portal.database;
    const before = await read.select().from(auditLog);
    const failed = units.run('fails at the end', async ({ db }) => {
      await portal.modules.audit.record(db, { event: 'USER_BAN', entity: ['user', eve.id], actor: CONSOLE });
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    const refused = await portal.as(admin).post('/v1/admin/subscriptions/grant', { user_id: admin.id, tier: 3 });
    expect(refused.status).toBe(403);
    expect(await read.select().from(auditLog)).toEqual(before);
  });

  test('outlive the time and stay in their order when the clock steps back', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    portal.timers.jump(HOUR_MS);
    await written(portal, { entityId: 'a' });
    const at = portal.timers.now();
    await written(portal, { entityId: 'b', createdAt: at }, { entityId: 'c', createdAt: at });
    const { items } = (await portal.as(admin).get(`${LOGS}?event_type=USER_BAN`)).body;
    expect(items.map(({ entity_id }: Entry) => entity_id)).toEqual(['c', 'b', 'a']);
  });
});
