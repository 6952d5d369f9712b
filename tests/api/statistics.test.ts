import { expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { SECOND_MS } from '../../src/core/durations.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { createStatistics } from '../../src/modules/instance/statistics/statistics.service.ts';
import { bots } from '../../src/modules/people/bots/bots.tables.ts';
import { users } from '../../src/modules/people/users/users.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const get = async (portal: TestPortal, what: string) => (await portal.client.get(`/v1/statistics/${what}`)).body;

const setTier = (portal: TestPortal, id: number, subscriptionTier: number) =>
  portal.database.units.run('given tier', ({ db }) =>
    db.update(users).set({ subscriptionTier }).where(eq(users.id, id)).returning({ id: users.id }),
  );

test('accounts are counted by tier, and each change counts at once', async () => {
  await using portal = await testPortal();
  const none = { total_count: 0, basic_count: 0, trial_count: 0, premium_count: 0, lifetime_count: 0 };
  expect(await get(portal, 'users')).toEqual(none);

  const ada = await portal.given.person();
  await portal.given.person({ premium: true });
  expect(await get(portal, 'users')).toEqual({ ...none, total_count: 2, basic_count: 1, lifetime_count: 1 });
  await setTier(portal, ada.id, 1);
  expect(await get(portal, 'users')).toEqual({ ...none, total_count: 2, trial_count: 1, lifetime_count: 1 });
  await setTier(portal, ada.id, 2);
  expect(await get(portal, 'users')).toEqual({ ...none, total_count: 2, premium_count: 1, lifetime_count: 1 });
  await portal.database.units.run('delete', ({ db }) => db.delete(users).where(eq(users.id, ada.id)).returning());
  expect(await get(portal, 'users')).toEqual({ ...none, total_count: 1, lifetime_count: 1 });
});

test('of a deleted account neither it nor its bots count any more, also before all of it is cleared away', async () => {
  await using portal = await testPortal();
  const owner = await portal.given.owner();
  const person = await portal.given.person({ premium: true });
  const body = { name: 'Porter', owner_id: person.id, platform: 'discord' };
  await portal.as(owner).post('/v1/admin/bots', body);
  expect(await get(portal, 'app')).toMatchObject({ users: { total_count: 2 }, bots: { total_count: 1 } });

  expect((await portal.as(owner).post(`/v1/admin/users/${person.id}/delete`)).status).toBe(200);
  for (let round = 0; round < 2; round++) {
    expect(await get(portal, 'app')).toMatchObject({
      users: { total_count: 1, basic_count: 1, lifetime_count: 0 },
      bots: { total_count: 0, community_count: 0 },
    });
    await portal.timers.advance(10 * SECOND_MS);
  }
});

test('bots are counted by type', async () => {
  await using portal = await testPortal();
  const admin = portal.as(await portal.given.admin());
  const [first, second, third] = [await portal.given.bot(), await portal.given.bot(), await portal.given.bot()];
  await admin.post(`/v1/admin/bots/${first.id}/update`, { bot_type: 'official' });
  await admin.post(`/v1/admin/bots/${second.id}/update`, { bot_type: 'verified' });
  const counts = { total_count: 3, official_count: 1, verified_count: 1, community_count: 1 };
  expect(await get(portal, 'bots')).toEqual(counts);
  await admin.post(`/v1/admin/bots/${third.id}/delete`);
  expect(await get(portal, 'bots')).toEqual({ ...counts, total_count: 2, community_count: 0 });
});

test('of chats the official ones count as public; direct and deleted ones do not count', async () => {
  await using portal = await testPortal();
  const owner = await portal.given.owner();
  await portal.given.chat({ owner });
  await portal.given.chat({ owner, visibility: 'public' });
  await portal.given.chat({ owner, visibility: 'official' });
  const direct = await portal.given.chat({ owner });
  const change = { chatType: 'direct' as const };
  await portal.database.units.run('given direct', ({ db }) =>
    db.update(chats).set(change).where(eq(chats.id, direct.id)).returning({ id: chats.id }),
  );
  expect(await get(portal, 'chats')).toEqual({ total_count: 3, public_count: 2, private_count: 1 });

  const gone = await portal.given.chat({ owner });
  expect(await get(portal, 'chats')).toMatchObject({ total_count: 4, private_count: 2 });
  await portal.as(owner).post(`/v1/portal/chats/${gone.id}/delete`);
  expect(await get(portal, 'chats')).toEqual({ total_count: 3, public_count: 2, private_count: 1 });
});

test('all figures together have two addresses', async () => {
  await using portal = await testPortal();
  await portal.given.bot();
  const app = await get(portal, 'app');
  expect(app).toEqual({
    application_name: 'Portal',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    users: await get(portal, 'users'),
    bots: await get(portal, 'bots'),
    chats: await get(portal, 'chats'),
    started_at: '2026-01-01T00:00:00.000Z',
  });
  expect(app.bots.total_count).toBe(1);
  expect(await get(portal, 'application')).toEqual(app);
});

test('statistics are for whoever has the public key or an account', async () => {
  await using portal = await testPortal();
  const user = portal.as(await portal.given.person());
  const stranger = portal.as(await portal.given.stranger());
  for (const what of ['users', 'bots', 'chats', 'app', 'application']) {
    const path = `/v1/statistics/${what}`;
    const statuses = [await portal.nobody.get(path), await stranger.get(path), await user.get(path)];
    expect({ what, statuses: statuses.map(({ status }) => status) }).toEqual({ what, statuses: [401, 403, 200] });
  }
});

test('where there is much to count, a count holds for two seconds and is right again after', async () => {
  await using portal = await testPortal();
  const { read } = portal.database;
  const statistics = createStatistics({ read, clock: portal.timers, startedAt: 0, keepFrom: 2 });
  const total = async () => (await statistics.users()).total_count;
  await portal.given.person();
  expect(await total()).toBe(1);
  await portal.given.person();
  expect(await total()).toBe(2);
  await portal.given.person();
  expect(await total()).toBe(2);
  await portal.timers.advance(2 * SECOND_MS);
  expect(await total()).toBe(3);
});

test('10,000 accounts and chats, and 1,000 bots, are counted right, and by their indexes alone', async () => {
  await using portal = await testPortal();
  await portal.database.units.run('given many', async ({ db }) => {
    for (let start = 0; start < 10_000; start += 1000) {
      const numbers = Array.from({ length: 1000 }, (_, index) => start + index + 1);
      const times = { createdAt: 0, updatedAt: 0 };
      await db
        .insert(users)
        .values(
          numbers.map((n) => ({
            ...times,
            username: `many_${n}`,
            usernameKey: `many_${n}`,
            permissionSince: 0,
            lastActivityAt: 0,
            subscriptionTier: n % 4,
          })),
        )
        .returning({ id: users.id });
      const kind = { chatType: 'group' as const, visibility: 'private' as const };
      const browserConfig = { browser: 'chromium' as const, start_url: null, kiosk: false };
      await db
        .insert(chats)
        .values(
          numbers.map((n) => ({ ...times, ...kind, name: `Chat ${n}`, ownerId: n, lastActivityAt: 0, browserConfig })),
        )
        .returning({ id: chats.id });
      if (start >= 1000) continue;
      await db
        .insert(bots)
        .values(
          numbers.map((n) => ({
            ...times,
            name: 'Bot',
            ownerId: n,
            platform: 'x',
            rateLimitPerHour: 1,
            keyHash: `${n}`,
          })),
        )
        .returning({ id: bots.id });
    }
  });
  const {
    users: people,
    chats: rooms,
    bots: robots,
  } = await createStatistics({
    read: portal.database.read,
    clock: { now: () => 0, elapsed: () => 0 },
    startedAt: 0,
  }).app();
  expect([people.premium_count, rooms.private_count, robots.community_count]).toEqual([2500, 10_000, 1000]);
});
