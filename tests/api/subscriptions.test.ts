import { describe, expect, test } from 'bun:test';
import { asc, eq } from 'drizzle-orm';
import { DAY_MS, SECOND_MS } from '../../src/core/durations.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { subscriptionChanges } from '../../src/modules/people/subscriptions/subscriptions.tables.ts';
import { users } from '../../src/modules/people/users/users.tables.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const GRANT = '/v1/admin/subscriptions/grant';
const REVOKE = '/v1/admin/subscriptions/revoke';
const ACTIVE = '/v1/admin/subscriptions/active';

async function house(portal: TestPortal) {
  const [owner, admin, grace] = [
    await portal.given.owner(),
    await portal.given.admin(),
    await portal.given.person({ username: 'grace' }),
  ];
  return {
    owner,
    admin,
    grace,
    // Staff sessions are short: a new one each time.
    grant: async (more: object, to: { id: number } = grace) =>
      portal.as(await portal.given.session(admin)).post(GRANT, { user_id: to.id, ...more }),
    revoke: async (reason = 'Called back', of: { id: number } = grace) =>
      portal.as(await portal.given.session(admin)).post(REVOKE, { user_id: of.id, reason }),
    me: async (who: Person = grace) => (await portal.as(who).get('/v1/users/me')).body,
  };
}

const changesOf = ({ database }: TestPortal, { id }: { id: number }) =>
  database.read
    .select()
    .from(subscriptionChanges)
    .where(eq(subscriptionChanges.userId, id))
    .orderBy(asc(subscriptionChanges.id));

async function eventsOf({ database }: TestPortal, { id }: { id: number }) {
  const rows = await database.read
    .select()
    .from(auditLog)
    .where(eq(auditLog.entityId, String(id)))
    .orderBy(auditLog.id);
  return rows.filter(({ eventType }) => eventType.startsWith('SUBSCRIPTION_'));
}

describe('a grant', () => {
  test('of Premium lasts its days, says so, and is written down with who gave it', async () => {
    await using portal = await testPortal();
    const { admin, grace, grant, me } = await house(portal);
    const answer = await grant({ tier: 'PREMIUM', duration_days: 30, reason: 'Won the quiz' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ message: `Subscription granted to user ${grace.id} for 30 days` });
    expect(await me()).toMatchObject({
      subscription_tier: 2,
      subscription_expires_at: '2026-01-31T00:00:00.000Z',
      subscription_granted_by: admin.id,
    });
    expect(await changesOf(portal, grace)).toMatchObject([
      { oldTier: 0, newTier: 2, reason: 'Won the quiz', grantedById: admin.id },
    ]);
    expect(await eventsOf(portal, grace)).toMatchObject([
      {
        eventType: 'SUBSCRIPTION_GRANT',
        entityType: 'user',
        actorId: admin.id,
        eventMetadata: {
          subscription_tier: { from: 0, to: 2 },
          subscription_expires_at: { from: null, to: '2026-01-31T00:00:00.000Z' },
          reason: 'Won the quiz',
        },
      },
    ]);
    expect((await portal.as(grace).post('/v1/portal/chats', { name: 'Mine' })).status).toBe(200);
  });

  test('of Premium on running Premium extends it; on Premium that ran out it begins now', async () => {
    await using portal = await testPortal();
    const { grant, me } = await house(portal);
    await grant({ tier: 2, duration_days: 10 });
    await grant({ tier: 2, duration_days: 1 });
    expect((await me()).subscription_expires_at).toBe('2026-01-12T00:00:00.000Z');
    portal.timers.jump(20 * DAY_MS);
    await grant({ tier: 2, duration_days: 1 });
    expect((await me()).subscription_expires_at).toBe('2026-01-22T00:00:00.000Z');
  });

  test.each([
    [1, '(7-day trial)', '2026-01-08T00:00:00.000Z'],
    ['TRIAL', '(7-day trial)', '2026-01-08T00:00:00.000Z'],
    [3, '(lifetime)', null],
    ['LIFETIME', '(lifetime)', null],
    [2, 'for 3650 days', '2035-12-30T00:00:00.000Z'],
  ])('of tier %p says %s', async (tier, length, expiresAt) => {
    await using portal = await testPortal();
    const { grace, grant, me } = await house(portal);
    const answer = await grant({ tier, duration_days: 3650 });
    expect(answer.body).toEqual({ message: `Subscription granted to user ${grace.id} ${length}` });
    expect((await me()).subscription_expires_at).toBe(expiresAt);
  });

  test('of a trial is once in a life: after a revoke, after its end, and for who was made with one', async () => {
    await using portal = await testPortal();
    const { grace, grant, revoke } = await house(portal);
    const used = { status: 409, body: { code: 'ERR_TRIAL_USED' } };
    expect((await grant({ tier: 1 })).status).toBe(200);
    expect(await grant({ tier: 1 })).toMatchObject(used);
    await revoke();
    expect(await grant({ tier: 1 })).toMatchObject(used);
    portal.timers.jump(30 * DAY_MS);
    expect(await grant({ tier: 'TRIAL' })).toMatchObject(used);
    const made = await portal.database.units.run('given trial', (unit) =>
      portal.modules.registration.create(unit, { tier: 1, subscriptionExpiresAt: 0, actor: { kind: 'console' } }),
    );
    expect(await grant({ tier: 1 }, made)).toMatchObject(used);
    expect((await changesOf(portal, grace)).map(({ newTier }) => newTier)).toEqual([1, 0]);
  });

  test('makes nobody poorer: less than someone has is 409 and changes nothing', async () => {
    await using portal = await testPortal();
    const { grace, grant, revoke, me } = await house(portal);
    await grant({ tier: 2, duration_days: 30 });
    expect(await grant({ tier: 1 })).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
    await grant({ tier: 3 });
    for (const less of [{ tier: 1 }, { tier: 2, duration_days: 3650 }])
      expect(await grant(less)).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
    expect(await me()).toMatchObject({ subscription_tier: 3, subscription_expires_at: null });
    expect(await changesOf(portal, grace)).toHaveLength(2);
    await revoke();
    expect((await grant({ tier: 1 })).status).toBe(200);
  });

  test('of two trials at once only one is given', async () => {
    await using portal = await testPortal();
    const { grace, grant } = await house(portal);
    const answers = await Promise.all([grant({ tier: 1 }), grant({ tier: 1 }), grant({ tier: 1 })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await changesOf(portal, grace)).toHaveLength(1);
  });

  test('respects the hierarchy: an Admin may not for Admins, themself included; an Owner may for themself', async () => {
    await using portal = await testPortal();
    const { owner, admin } = await house(portal);
    const moderator = await portal.given.moderator();
    const grantBy = (by: Person, to: Person) => portal.as(by).post(GRANT, { user_id: to.id, tier: 3 });
    for (const target of [admin, owner, await portal.given.admin()])
      expect(await grantBy(admin, target)).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
    expect((await grantBy(admin, moderator)).status).toBe(200);
    expect((await grantBy(owner, owner)).status).toBe(200);
    expect((await grantBy(owner, await portal.given.owner())).status).toBe(200);
    expect((await portal.as(owner).post(REVOKE, { user_id: owner.id, reason: 'A mistake' })).status).toBe(200);
    expect((await portal.as(admin).post(REVOKE, { user_id: owner.id, reason: 'Envy' })).status).toBe(403);
  });

  test.each([
    [{}, 'user_id'],
    [{ user_id: 0, tier: 3 }, 'user_id'],
    [{ user_id: '1', tier: 3 }, 'user_id'],
    [{ user_id: 1 }, 'tier'],
    [{ user_id: 1, tier: 0 }, 'tier'],
    [{ user_id: 1, tier: 4 }, 'tier'],
    [{ user_id: 1, tier: 'premium' }, 'tier'],
    [{ user_id: 1, tier: 2 }, 'duration_days'],
    [{ user_id: 1, tier: 2, duration_days: 0 }, 'duration_days'],
    [{ user_id: 1, tier: 2, duration_days: 3651 }, 'duration_days'],
    [{ user_id: 1, tier: 2, duration_days: 1.5 }, 'duration_days'],
    [{ user_id: 1, tier: 3, reason: '' }, 'reason'],
    [{ user_id: 1, tier: 3, reason: 'x'.repeat(501) }, 'reason'],
  ])('with %j names the bad field %s', async (body, field) => {
    await using portal = await testPortal();
    const { admin } = await house(portal);
    const answer = await portal.as(admin).post(GRANT, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  });

  test('to nobody is 404', async () => {
    await using portal = await testPortal();
    const { grant, revoke } = await house(portal);
    expect(await grant({ tier: 3 }, { id: 4711 })).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    expect((await revoke('x', { id: 4711 })).status).toBe(404);
  });
});

describe('a revoke', () => {
  test('takes the tier at once, needs a reason, and of none is 409', async () => {
    await using portal = await testPortal();
    const { admin, grace, grant, revoke, me } = await house(portal);
    await grant({ tier: 3 });
    const bare = await portal.as(admin).post(REVOKE, { user_id: grace.id });
    expect(bare).toMatchObject({ status: 400, body: { field: 'reason' } });
    expect((await me()).subscription_tier).toBe(3);
    expect((await revoke()).body).toEqual({ message: `Subscription revoked for user ${grace.id}` });
    expect(await me()).toMatchObject({
      subscription_tier: 0,
      subscription_expires_at: null,
      subscription_granted_by: null,
    });
    expect(await revoke()).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
    expect((await eventsOf(portal, grace)).map(({ eventType }) => eventType)).toEqual([
      'SUBSCRIPTION_GRANT',
      'SUBSCRIPTION_REVOKE',
    ]);
    expect(await changesOf(portal, grace)).toMatchObject([{}, { oldTier: 3, newTier: 0, reason: 'Called back' }]);
  });

  test('leaves the chat, which its owner can use and delete; another cannot be made', async () => {
    await using portal = await testPortal();
    const { grace, grant, revoke } = await house(portal);
    await grant({ tier: 3 });
    const { body: chat } = await portal.as(grace).post('/v1/portal/chats', { name: 'Mine' });
    await revoke();
    expect((await portal.as(grace).get(`/v1/portal/chats/${chat.id}`)).body).toMatchObject({ can_manage: true });
    expect(await portal.as(grace).post('/v1/portal/chats', { name: 'Second' })).toMatchObject({
      status: 403,
      body: { code: 'ERR_PREMIUM_REQUIRED' },
    });
    expect((await portal.as(grace).post(`/v1/portal/chats/${chat.id}/delete`)).status).toBe(200);
  });
});

describe('the end', () => {
  test('of Trial and Premium comes by itself within five seconds, with an entry and a notification, once', async () => {
    await using portal = await testPortal();
    const { grace, grant, me } = await house(portal);
    await grant({ tier: 1 });
    portal.timers.jump(7 * DAY_MS - 1);
    await portal.modules.subscriptions.expireRunOut();
    expect((await me()).subscription_tier).toBe(1);
    await portal.timers.advance(5 * SECOND_MS);
    expect(await me()).toMatchObject({ subscription_tier: 0, subscription_expires_at: null });
    await Promise.all([portal.modules.subscriptions.expireRunOut(), portal.modules.subscriptions.expireRunOut()]);
    const expiries = (await eventsOf(portal, grace)).filter(({ eventType }) => eventType === 'SUBSCRIPTION_EXPIRE');
    expect(expiries).toMatchObject([{ actorId: null, eventMetadata: { actor: 'system' } }]);
    const { notifications } = (await portal.as(grace).get('/v1/notifications')).body;
    expect(notifications).toMatchObject([
      { title: 'Your Trial subscription has ended', type: 'info', read_at: null, created_by: null },
      { type: 'success' },
    ]);
    expect(await changesOf(portal, grace)).toMatchObject([{}, { oldTier: 1, newTier: 0, grantedById: null }]);
  });

  test('leaves Lifetime and what still runs alone, however much ends with it', async () => {
    await using portal = await testPortal();
    const { grant, me } = await house(portal);
    const people = await Promise.all(Array.from({ length: 120 }, () => portal.given.person()));
    await portal.database.units.run('given many', ({ db }) =>
      db
        .update(users)
        .set({ subscriptionTier: 2, subscriptionExpiresAt: portal.timers.now() + DAY_MS })
        .returning({ id: users.id }),
    );
    const [lasting, longer] = [await portal.given.premium(), await portal.given.person()];
    await grant({ tier: 2, duration_days: 2 }, longer);
    portal.timers.jump(DAY_MS);
    await portal.timers.advance(3 * SECOND_MS);
    const tiers = await Promise.all([...people, lasting, longer].map(async (one) => (await me(one)).subscription_tier));
    expect(tiers).toEqual([...people.map(() => 0), 3, 2]);
  });

  test('is kept through a restart: what ended meanwhile is seen to by the next server', async () => {
    const first = await testPortal();
    const { grace, grant } = await house(first);
    await grant({ tier: 2, duration_days: 1 });
    await first.close({ keep: true });
    await using second = await testPortal({ dataDir: first.dataDir });
    second.timers.jump(2 * DAY_MS);
    await second.timers.advance(3 * SECOND_MS);
    expect((await second.as(grace).get('/v1/users/me')).body.subscription_tier).toBe(0);
    expect((await eventsOf(second, grace)).map(({ eventType }) => eventType)).toEqual([
      'SUBSCRIPTION_GRANT',
      'SUBSCRIPTION_EXPIRE',
    ]);
  });

  test('counts from its millisecond, before anybody has seen to it', async () => {
    await using portal = await testPortal();
    const { grace, grant, revoke } = await house(portal);
    await grant({ tier: 1 });
    portal.timers.jump(7 * DAY_MS);
    const refused = await portal.as(grace).post('/v1/portal/chats', { name: 'Too late' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'ERR_PREMIUM_REQUIRED' } });
    expect((await revoke()).status).toBe(409);
  });
});

describe('the list', () => {
  test('holds whoever has a subscription now, of one tier if asked', async () => {
    await using portal = await testPortal();
    const { admin, grace, grant } = await house(portal);
    const [trial, lifetime, over] = [
      await portal.given.person(),
      await portal.given.premium('linus'),
      await portal.given.person(),
    ];
    await grant({ tier: 2, duration_days: 2 });
    await grant({ tier: 1 }, trial);
    await grant({ tier: 2, duration_days: 1 }, over);
    portal.timers.jump(DAY_MS - 1000);
    portal.timers.jump(999);
    const list = async (query = '') => (await portal.as(admin).get(`${ACTIVE}${query}`)).body.users;
    expect((await list()).map(({ id }: { id: number }) => id)).toEqual([trial.id, over.id, grace.id, lifetime.id]);
    expect(await list('?tier=2')).toEqual([
      { id: over.id, name: over.username, tier: 2, expires_at: '2026-01-02T00:00:00.000Z', is_active: true },
      { id: grace.id, name: 'grace', tier: 2, expires_at: '2026-01-03T00:00:00.000Z', is_active: true },
    ]);
    expect(await list('?tier=3')).toEqual([
      { id: lifetime.id, name: 'linus', tier: 3, expires_at: null, is_active: true },
    ]);
    for (const tier of ['0', '4', 'PREMIUM', ''])
      expect(await portal.as(admin).get(`${ACTIVE}?tier=${tier}`)).toMatchObject({
        status: 400,
        body: { field: 'tier' },
      });
  });
});
