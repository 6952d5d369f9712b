import { describe, expect, test } from 'bun:test';
import type { ChatRoom, KeyStorage, StoredKeys } from '../../src/client/index.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse } from './house.ts';

const said = (room: ChatRoom) => room.messages.flatMap(({ type, body }) => (type === 'user' ? [body] : []));

/** Views of one storage, as tabs have them. */
function storages() {
  let kept: StoredKeys | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  return (): KeyStorage => ({
    lock(work) {
      const result = turn.then(work);
      turn = result.catch(() => {});
      return result;
    },
    load: () => structuredClone(kept),
    save: (keys) => {
      kept = structuredClone(keys);
    },
  });
}

describe('two tabs of one session', () => {
  test('with one storage have one key: both read, both speak, and both keep what they learn', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const host = await (await house.client(chat.owner)).join(chat.id);
    const open = storages();
    const tabs = await Promise.all([1, 2].map(() => house.client(bob, { storage: open() })));
    const rooms = await Promise.all(tabs.map((tab) => tab.join(chat.id)));
    expect(new Set(tabs.map(({ publicKey }) => publicKey)).size).toBe(1);
    await eventually(() => [host, ...rooms].every(({ hasKey }) => hasKey));
    await host.send('to both');
    for (const [at, room] of rooms.entries()) await room.send(`from ${at}`);
    await eventually(() => [host, ...rooms].every((room) => said(room).length === 3));
    expect(rooms.map(said)).toEqual([said(host), said(host)]);
    expect(rooms.every((room) => room.messages.every(({ author }) => author !== 'unverified'))).toBe(true);

    // One tab is away while the key changes: the other one's storage has it.
    for (const tab of tabs) tab.close();
    const later = await (await house.client(bob, { storage: open() })).join(chat.id);
    expect(said(later)).toEqual(said(host));
  });

  test('with a storage each: the first is told that its key is replaced, and takes nothing from the second', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const host = await (await house.client(chat.owner)).join(chat.id);
    const first = await (await house.client(bob)).join(chat.id);
    await eventually(() => host.hasKey && first.hasKey);
    await host.send('before');
    const replaced = first.next('keyReplaced');
    const client = await house.client(bob);
    const second = await client.join(chat.id);
    expect(await replaced).toEqual({ publicKey: client.publicKey as string });
    await eventually(() => second.hasKey);

    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/clear`);
    await eventually(() => [host, second].every(({ epoch, hasKey }) => epoch === 2 && hasKey));
    await host.send('after');
    await second.send('I read it');
    await eventually(() => [host, second].every((room) => said(room).length === 2));
    expect(said(second)).toEqual(['after', 'I read it']);
    expect(first.messages.filter(({ type }) => type === 'user').map(({ state }) => state)).toEqual([
      'waiting',
      'waiting',
    ]);
  });
});
