import { expect, test } from 'bun:test';
import { limitPages } from '../support/full-disk.ts';
import { testPortal } from '../support/portal.ts';

const SENTENCE = 'The disk is full: nothing can be saved until there is room';

test('on a full disk, writing is 503 and reading goes on; health is degraded and says why, until there is room again', async () => {
  await using portal = await testPortal();
  const people = await Promise.all(Array.from({ length: 60 }, () => portal.given.premium()));
  const makeChat = async () => {
    const [person] = people.splice(-1);
    return portal.as(person ?? { token: '' }).post('/v1/portal/chats', { name: 'Films', description: 'x'.repeat(400) });
  };
  await limitPages(portal, 1);

  // The pages that are there have some room left.
  let answer = await makeChat();
  while (answer.status === 200) answer = await makeChat();
  expect([answer.status, answer.body]).toMatchObject([503, { code: 'ERR_UNAVAILABLE', error: SENTENCE }]);
  expect((await portal.as(people[0] ?? { token: '' }).get('/v1/users/me')).status).toBe(200);
  const { status, body } = await portal.nobody.get('/health');
  expect([status, body]).toMatchObject([200, { status: 'degraded', database: true, errors: [SENTENCE] }]);

  await limitPages(portal, 100_000);
  expect((await portal.nobody.get('/health')).body).toMatchObject({ status: 'healthy', errors: [] });
  expect((await makeChat()).status).toBe(200);
});
