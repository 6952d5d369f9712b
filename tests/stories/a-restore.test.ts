import { expect, test } from 'bun:test';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import type { ChatRoom } from '../../src/client/index.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openHouse } from '../realtime/house.ts';
import { commandLine } from '../support/command-line.ts';
import { eventually } from '../support/waiting.ts';

async function key(room: ChatRoom): Promise<void> {
  if (!room.hasKey) await room.next('key');
}

const heard = (room: ChatRoom, body: string) => eventually(() => room.messages.some((one) => one.body === body));

test('after a restore no number of an epoch comes again, no stored key is handed out, and everybody can speak', async () => {
  await using cli = commandLine();
  await using first = await openHouse();
  const { given } = first;
  const [ada, bob, mallory] = [await given.premium('ada'), await given.person(), await given.person()];
  const chat = await given.chat({ owner: ada });
  for (const person of [bob, mallory]) await given.member(chat, person);
  const [adas, bobs] = [await first.client(ada), await first.client(bob)];
  const adaRoom = await adas.join(chat.id);
  await key(adaRoom);
  await adaRoom.send('before the backup');

  const control = listenForCommands(first.dataDir, (request) => perform(first, request), silentLogger);
  const at = ['--data-dir', first.dataDir];
  const { file } = await cli.json('backup', 'create', ...at);
  await control.stop();

  // Time that will be lost: mallory is put out, and the key is another one.
  await first.as(ada).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: mallory.id });
  await eventually(() => adaRoom.epoch === 2 && adaRoom.hasKey);
  const bobRoom = await bobs.join(chat.id);
  await key(bobRoom);
  await bobRoom.send('after the backup');
  await heard(adaRoom, 'after the backup');

  const { port } = new URL(first.url);
  const back = [adas, bobs].map((client) => client.next('connected'));
  await first.shutDown();
  await cli.json('backup', 'restore', file, '--yes', ...at);

  await using second = await openHouse({ dataDir: first.dataDir, env: { PORTAL_PORT: port } });
  expect(await second.blobs()).toEqual([]);
  await Promise.all(back);
  await eventually(() => adaRoom.epoch === 1_000_001 && adaRoom.hasKey && bobRoom.hasKey);
  await bobRoom.send('who is there?');
  await heard(adaRoom, 'who is there?');
  await adaRoom.send('I am');
  await heard(bobRoom, 'I am');
  expect((await second.blobs()).every(({ epoch }) => epoch === 1_000_001)).toBe(true);

  // The same backup once more: the numbers since the first restore do not come again either.
  await second.shutDown();
  await cli.json('backup', 'restore', file, '--yes', ...at);
  await using third = await openHouse({ dataDir: first.dataDir });
  const room = await (await third.client(ada)).join(chat.id);
  await key(room);
  expect(room.epoch).toBe(2_000_001);
}, 120_000);
