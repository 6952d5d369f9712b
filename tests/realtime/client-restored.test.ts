import { describe, expect, test } from 'bun:test';
import { cpSync, rmSync } from 'node:fs';
import type { ChatRoom } from '../../src/client/index.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse } from './house.ts';

const said = (room: ChatRoom) => room.messages.flatMap(({ type, body }) => (type === 'user' ? [body] : []));

describe('a server that went back in time', () => {
  test('as when its disk is put back: the lower epoch is the truth, under another key, and everybody speaks again', async () => {
    await using first = await openHouse();
    const chat = await first.given.chat();
    const bob = await first.given.member(chat);
    const mallory = await first.given.member(chat);
    const [adas, bobs] = [await first.client(chat.owner), await first.client(bob)];
    const [ada, ben] = [await adas.join(chat.id), await bobs.join(chat.id)];
    await eventually(() => ada.hasKey && ben.hasKey);
    await ada.send('before');
    const { port } = new URL(first.url);
    const reopen = (from: typeof first) => openHouse({ dataDir: from.dataDir, env: { PORTAL_PORT: port } });
    const copy = `${first.dataDir}-copy`;
    await first.shutDown();
    cpSync(first.dataDir, copy, { recursive: true });

    await using second = await reopen(first);
    await eventually(() => ada.isJoined && ben.isJoined);
    await second.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: mallory.id });
    await eventually(() => [ada, ben].every(({ epoch, hasKey }) => epoch === 2 && hasKey));
    await ben.send('lost with the disk');
    await eventually(() => said(ada).length === 2);
    await second.shutDown();
    rmSync(first.dataDir, { recursive: true });
    cpSync(copy, first.dataDir, { recursive: true });
    rmSync(copy, { recursive: true });

    await using third = await reopen(first);
    await eventually(() => [ada, ben].every(({ isJoined, epoch }) => isJoined && epoch < 3), {
      found: () => [ada.epoch, ben.epoch],
    });
    await ben.send('can you hear me?');
    await ada.send('I can');
    await eventually(() =>
      [ada, ben].every((room) => said(room).includes('can you hear me?') && said(room).includes('I can')),
    );
    expect(said(ada)).toEqual(['before', 'can you hear me?', 'I can']);
    expect(said(ben)).toEqual(['before', 'can you hear me?', 'I can']);
    expect(third.url).toBe(first.url);
  }, 120_000);
});
