import { expect, test } from 'bun:test';
import type { ChatRoom } from '../../src/client/index.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse } from './house.ts';

const said = (room: ChatRoom) => room.messages.flatMap(({ type, body }) => (type === 'user' ? [body] : []));
const ids = (room: ChatRoom) => room.sessions.map(({ sessionId }) => sessionId).sort();

test('a member who is not there gets the key, everybody is told of their session, and they read it on their own', async () => {
  await using house = await openHouse();
  const ada = await house.given.premium('ada');
  const bob = await house.given.person({ username: 'bob' });
  const chat = await house.given.chat({ owner: ada });
  await house.given.member(chat, bob);
  const bobClient = await house.client(bob);

  const adaClient = await house.client(ada);
  const adaRoom = await adaClient.join(chat.id);
  await eventually(() => adaRoom.sessions.some(({ userId, isAway }) => userId === bob.id && isAway));
  await adaRoom.send('for when you are back');
  const number = adaRoom.safetyNumber();
  expect(number).toMatch(/^\d{60}$/);
  adaClient.close();

  const bobRoom = await bobClient.join(chat.id);
  await eventually(() => said(bobRoom).includes('for when you are back'));
  expect(bobRoom.messages.find(({ body }) => body === 'for when you are back')?.author).toBe('signed');
  expect(bobRoom.safetyNumber()).toBe(number);
  expect(bobRoom.epoch).toBe(1);
});

test('who comes later sees the same list as those who saw somebody leave, and the same safety number', async () => {
  await using house = await openHouse();
  const ada = await house.given.premium('ada');
  const chat = await house.given.chat({ owner: ada });
  const [bob, carol] = [await house.given.member(chat), await house.given.member(chat)];
  const adaRoom = await (await house.client(ada)).join(chat.id);
  const bobClient = await house.client(bob);
  const bobRoom = await bobClient.join(chat.id);
  await eventually(() => adaRoom.hasKey && bobRoom.hasKey);
  bobClient.close();
  await eventually(() => adaRoom.members.length === 1);
  await eventually(() => adaRoom.sessions.some(({ userId, isAway }) => userId === bob.id && isAway));

  const carolRoom = await (await house.client(carol)).join(chat.id);
  await eventually(() => carolRoom.hasKey && ids(adaRoom).length === 3);
  expect(ids(carolRoom)).toEqual(ids(adaRoom));
  expect(carolRoom.safetyNumber()).toBe(adaRoom.safetyNumber());
});

test('who leaves a chat or ends a session while away is in nobody’s list any more', async () => {
  await using house = await openHouse();
  const ada = await house.given.premium('ada');
  const chat = await house.given.chat({ owner: ada });
  const [bob, carol] = [await house.given.member(chat), await house.given.member(chat)];
  const [bobClient, carolClient] = [await house.client(bob), await house.client(carol)];
  const adaRoom = await (await house.client(ada)).join(chat.id);
  await eventually(() => adaRoom.hasKey && adaRoom.sessions.length === 3);
  const number = adaRoom.safetyNumber();

  await bobClient.rest.chats.leave(chat.id);
  await eventually(() => adaRoom.sessions.length === 2);
  await carolClient.logout();
  await eventually(() => adaRoom.sessions.length === 1);
  expect(adaRoom.safetyNumber()).not.toBe(number);
});

test('who is kicked while away is not in the list of the new epoch', async () => {
  await using house = await openHouse();
  const ada = await house.given.premium('ada');
  const chat = await house.given.chat({ owner: ada });
  const bob = await house.given.member(chat);
  await house.client(bob);
  const adaClient = await house.client(ada);
  const adaRoom = await adaClient.join(chat.id);
  await eventually(() => adaRoom.hasKey && adaRoom.sessions.length === 2);
  await adaClient.rest.chats.kick(chat.id, { user_id: bob.id });
  await eventually(() => adaRoom.epoch === 2 && adaRoom.hasKey);
  expect(adaRoom.sessions.map(({ userId }) => userId)).toEqual([ada.id]);
});
