import { expect, test } from 'bun:test';
import { type ChatRoom, PortalClient } from '../../src/client/index.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse } from './house.ts';

const reason = new Error('changed my mind');
const said = (room: ChatRoom) => room.messages.flatMap(({ type, body }) => (type === 'user' ? [body] : []));

/** What a call comes to if its signal aborts right after it was made. */
function stopped(call: (options: { signal: AbortSignal }) => Promise<unknown>): Promise<unknown> {
  const controller = new AbortController();
  const outcome = call({ signal: controller.signal }).catch((error: unknown) => error);
  controller.abort(reason);
  return outcome;
}

test('a connection that is given up is not made, and can be made later', async () => {
  await using house = await openHouse();
  const client = new PortalClient({ url: house.url, token: (await house.given.person()).token });
  const other = client.connect().catch(({ code }: { code: string }) => code);
  expect(await stopped((options) => client.connect(options))).toBe(reason);
  expect([await other, client.isConnected]).toEqual(['ERR_NOT_CONNECTED', false]);
  await client.connect();
  expect(client.isConnected).toBe(true);
  // It stands: nobody's signal ends it any more.
  expect(await stopped((options) => client.connect(options))).toBe(reason);
  expect(client.isConnected).toBe(true);
  client.close();
});

test('a room that is given up while it is joined is left, unless somebody else has asked for it', async () => {
  await using house = await openHouse();
  const ada = await house.given.premium('ada');
  const chat = await house.given.chat({ owner: ada });
  const bob = await house.given.member(chat);
  const bobRoom = await (await house.client(bob)).join(chat.id);
  const client = await house.client(ada);

  expect(await stopped((options) => client.join(chat.id, options))).toBe(reason);
  expect(client.rooms).toEqual([]);

  const wanted = client.join(chat.id);
  expect(await stopped((options) => client.join(chat.id, options))).toBe(reason);
  const room = await wanted;
  expect([client.room(chat.id) === room, room.isJoined]).toEqual([true, true]);
  await eventually(() => room.hasKey);
  await room.send('here I am');
  await eventually(() => said(bobRoom).includes('here I am'));
});

test('a message that is taken back before it is sent is never sent, and holds no other one up', async () => {
  await using house = await openHouse();
  const ada = await house.given.premium('ada');
  const chat = await house.given.chat({ owner: ada });
  const room = await (await house.client(ada)).join(chat.id);
  await eventually(() => room.hasKey);
  const first = room.send('first');
  const second = stopped((options) => room.send('second', options));
  const third = room.send('third');
  expect(await second).toBe(reason);
  await Promise.all([first, third]);
  expect(said(room)).toEqual(['first', 'third']);
  expect(room.gaps.missing).toBe(0);
  expect(await room.send('fourth', { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error)).toBe(
    reason,
  );
});
