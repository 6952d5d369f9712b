import { expect, test } from 'bun:test';
import { testPortal } from '../support/portal.ts';

test('a signed-in user sees their own profile', async () => {
  await using portal = await testPortal();
  const ada = await portal.given.person({ username: 'ada' });
  const answer = await portal.as(ada).get('/v1/users/me');
  expect(answer).toMatchObject({ status: 200, body: { username: 'ada', permission_level: 0 } });
});
