import { expect, test } from 'bun:test';
import type { ChatRoom, MessageState } from '../../src/client/index.ts';
import { Relay } from '../adversary/relay.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse } from './house.ts';

const states = (room: ChatRoom): [string | null, MessageState][] =>
  room.messages.filter(({ type }) => type === 'user').map(({ body, state }) => [body, state]);

test('to somebody new, what was said under an earlier key is lost, and what is said under this one opens', async () => {
  await using house = await openHouse();
  const chat = await house.given.chat();
  const [gone, bob] = [await house.given.member(chat), await house.given.member(chat)];
  const host = await (await house.client(chat.owner)).join(chat.id);
  if (!host.hasKey) await host.next('key');
  await host.send('of an epoch that is over');
  await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: gone.id });
  await eventually(() => host.epoch === 2 && host.hasKey);
  await host.send('of this one');

  const room = await (await house.client(bob)).join(chat.id);
  await eventually(() => room.hasKey);
  await eventually(() => states(room).every(([, state]) => state !== 'waiting'));
  expect(states(room)).toEqual([
    [null, 'lost'],
    ['of this one', 'open'],
  ]);
});

test('what is said before its key comes waits for it, and is lost when its epoch is over', async () => {
  await using house = await openHouse();
  const relay = await new Relay(house.url).start();
  const chat = await house.given.chat();
  const [gone, bob] = [await house.given.member(chat), await house.given.member(chat)];
  const host = await (await house.client(chat.owner)).join(chat.id);
  if (!host.hasKey) await host.next('key');
  // The key of this epoch never reaches him.
  relay.lieTo(bob.token, {
    event: (name) => (name === 'portal:key_shared' ? null : undefined),
    answer: (name, _, reply) => (name === 'room:join' ? { ...reply, key: null } : undefined),
  });
  const client = await house.client(bob, { url: relay.url });
  const room = await client.join(chat.id);
  await host.send('who brings me the key?');
  await eventually(() => states(room).length === 1);
  expect(states(room)).toEqual([[null, 'waiting']]);

  relay.lieTo(bob.token, {});
  const changed = room.next('changed');
  await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: gone.id });
  expect((await changed).messages.map(({ state }) => state)).toEqual(['lost']);
  await eventually(() => room.hasKey);
  await host.send('here it is');
  await eventually(() => states(room).length === 2);
  expect(states(room)).toEqual([
    [null, 'lost'],
    ['here it is', 'open'],
  ]);
  client.close();
  await relay.stop();
});
