import { expect, test } from 'bun:test';
import { openHouse } from './house.ts';

test('the sockets of a destroyed session end at once, and no others', async () => {
  await using house = await openHouse();
  const ada = await house.given.person();
  const phone = await house.given.session(ada);
  const [here, there] = [await house.dial(ada), await house.dial(phone)];

  await house.as(ada).post(`/v1/users/me/sessions/${phone.token.slice(-6)}/destroy`);

  expect(await there.heard('session:ended')).toEqual({ reason: 'destroyed' });
  await there.heard('disconnect');
  expect(await house.as(ada).post('/v1/users/me/sessions/destroy')).toMatchObject({ body: { destroyed: 0 } });
  expect(here.socket.connected).toBe(true);
});
