import { expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { type TestPortal, testPortal } from '../support/portal.ts';

const SENTENCE = 'The disk is full: nothing can be saved until there is room';

/** Lets the database grow to so many pages only, as if the disk had no more room. */
function leaveRoomFor(portal: TestPortal, pages: number): Promise<void> {
  return portal.database.units.run('given', async ({ db }) => {
    (db as unknown as { run(query: unknown): unknown }).run(sql.raw(`pragma max_page_count = ${pages}`));
  });
}

test('on a full disk, writing is 503 and reading goes on; health is degraded and says why, until there is room again', async () => {
  await using portal = await testPortal();
  const people = await Promise.all(Array.from({ length: 60 }, () => portal.given.premium()));
  const makeChat = async () => {
    const [person] = people.splice(-1);
    return portal.as(person ?? { token: '' }).post('/v1/portal/chats', { name: 'Films', description: 'x'.repeat(400) });
  };
  await leaveRoomFor(portal, 1);

  // The pages that are there have some room left.
  let answer = await makeChat();
  while (answer.status === 200) answer = await makeChat();
  expect([answer.status, answer.body]).toMatchObject([503, { code: 'ERR_UNAVAILABLE', error: SENTENCE }]);
  expect((await portal.as(people[0] ?? { token: '' }).get('/v1/users/me')).status).toBe(200);
  const { status, body } = await portal.nobody.get('/health');
  expect([status, body]).toMatchObject([200, { status: 'degraded', database: true, errors: [SENTENCE] }]);

  await leaveRoomFor(portal, 100_000);
  expect((await portal.nobody.get('/health')).body).toMatchObject({ status: 'healthy', errors: [] });
  expect((await makeChat()).status).toBe(200);
});
