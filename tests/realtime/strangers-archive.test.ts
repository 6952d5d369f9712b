import { expect, test } from 'bun:test';
import { DAY_MS, HOUR_MS } from '../../src/core/durations.ts';
import { memoryStorage, roomUntil } from '../support/client-stage.ts';
import { openHouse } from './house.ts';

test('a direct chat that is over can be read for a day; then it is gone, and its keys with it', async () => {
  await using house = await openHouse({ realTime: false });
  const storage = memoryStorage();
  const [ada, bob] = [await house.given.person(), await house.given.person()];
  const client = await house.client(ada, { storage });
  const other = await house.client(bob);
  const queued = client.match.next('state', ({ state }) => state === 'searching');
  const waiting = client.match.find(['music']);
  await queued;
  const [room, atBob] = await house.passUntil(Promise.all([waiting, other.match.find(['music'])]));
  await atBob.send('not for long');
  await roomUntil(room, () => room.messages.some(({ body }) => body === 'not for long'));
  await atBob.leave();
  await roomUntil(room, () => room.isArchived);

  await house.timers.leap(DAY_MS - HOUR_MS);
  const later = await house.client(ada, { storage });
  const [archive] = await later.match.resume();
  expect(archive?.messages.map(({ body }) => body)).toEqual([
    `Chat started — say hi to ${room.peer.alias}! Matched on: music`,
    'not for long',
    `${room.peer.alias} left the chat`,
  ]);
  expect(storage.stored()).toMatchObject({ direct: [room.chatId] });
  expect(Object.keys(storage.stored()?.chats ?? {})).toEqual([String(room.chatId)]);

  const gone = Promise.all([room, atBob].map((one) => one.next('ended')));
  await house.timers.leap(2 * HOUR_MS);
  expect((await gone).map(({ code }) => code)).toEqual(['ERR_NOT_FOUND', 'ERR_NOT_FOUND']);
  expect(await later.match.resume()).toEqual([]);
  expect([client.rooms, storage.stored()?.chats, storage.stored()?.direct]).toEqual([[], {}, undefined]);
});

test('after a restart of the server a live chat goes on with the same key, and nothing is lost', async () => {
  const first = await openHouse();
  const [ada, bob] = [await first.client(await first.given.person()), await first.client(await first.given.person())];
  const queued = ada.match.next('state', ({ state }) => state === 'searching');
  const waiting = ada.match.find(['music']);
  await queued;
  const atBob = await bob.match.find(['music']);
  const atAda = await waiting;
  await atAda.send('before the restart');
  await roomUntil(atBob, () => atBob.messages.some(({ body }) => body === 'before the restart'));
  const { port } = new URL(first.url);
  const back = [ada, bob].map((client) => client.next('connected'));
  await first.shutDown();

  await using _ = await openHouse({ dataDir: first.dataDir, env: { PORTAL_PORT: port } });
  await Promise.all(back);
  await atBob.send('after the restart');
  for (const room of [atAda, atBob])
    await roomUntil(room, () => room.messages.some(({ body }) => body === 'after the restart'));
  expect([atAda.epoch, atBob.epoch, atAda.isArchived]).toEqual([1, 1, false]);
  expect(atAda.messages.map(({ id }) => id)).toEqual(atBob.messages.map(({ id }) => id));
  for (const client of [ada, bob]) client.close();
});
