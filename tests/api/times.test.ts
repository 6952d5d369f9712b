import { expect, test } from 'bun:test';
import { Level } from '../../src/core/principal.ts';
import { announcements } from '../../src/modules/people/announcements/announcements.tables.ts';
import { testPortal } from '../support/portal.ts';

/** Written as the year 9999, and the year 10000 in UTC. */
const BEYOND = '9999-12-31T23:59:59-23:59';
const LAST = '9999-12-31T23:59:59Z';

test('a time beyond the year 9999 of UTC is refused wherever one is taken', async () => {
  await using portal = await testPortal();
  const { given } = portal;
  const owner = portal.as(await given.owner());
  const [eve, chat] = [await given.person(), await given.chat()];
  const bot = portal.holding((await given.bot()).apiKey);
  const asked: [string, Promise<{ status: number; body: unknown }>][] = [
    ['expires_at', owner.post('/v1/admin/announcements', { title: 'Hello', body: 'there', expires_at: BEYOND })],
    ['expires_at', owner.post(`/v1/admin/users/${eve.id}/ban`, { reason: 'Spam', expires_at: BEYOND })],
    ['expires_at', owner.post(`/v1/admin/users/${eve.id}/timeout`, { reason: 'Spam', expires_at: BEYOND })],
    ['expires_at', owner.post(`/v1/admin/users/${eve.id}/warn`, { reason: 'Spam', expires_at: BEYOND })],
    ['expires_at', portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/invites`, { expires_at: BEYOND })],
    ['since', owner.get(`/v1/admin/audit/logs?since=${encodeURIComponent(BEYOND)}`)],
    ['commands[0].timestamp', bot.post('/v1/bot/batch', { commands: [{ command: 'x', count: 1, timestamp: BEYOND }] })],
  ];
  for (const [field, answer] of asked)
    expect(await answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  const last = await owner.post(`/v1/admin/users/${eve.id}/ban`, { reason: 'Spam', expires_at: LAST });
  expect(last.status).toBe(200);
  expect((await owner.get('/v1/admin/moderation')).status).toBe(200);
});

test('one that was kept before is shown as the last moment there is', async () => {
  await using portal = await testPortal();
  await portal.given.person({ level: Level.Owner });
  const row = { title: 'Old', body: 'row', type: 'info' as const, createdAt: 0, expiresAt: Date.parse(BEYOND) };
  await portal.database.units.run('given announcement', ({ db }) => db.insert(announcements).values(row).returning());
  const { status, body } = await portal.client.get('/v1/announcements');
  expect([status, body[0].expires_at]).toEqual([200, '9999-12-31T23:59:59.999Z']);
});
