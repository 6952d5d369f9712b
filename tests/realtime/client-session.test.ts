import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { type ChatRoom, type KeyStorage, PortalClient, type StoredKeys } from '../../src/client/index.ts';
import { HOUR_MS, SECOND_MS } from '../../src/core/durations.ts';
import { sha256 } from '../../src/core/secrets.ts';
import { sessions } from '../../src/modules/people/sessions/sessions.tables.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, openWire } from './house.ts';

function storage(): KeyStorage & { stored(): StoredKeys | null } {
  let kept: StoredKeys | null = null;
  return {
    load: () => structuredClone(kept),
    save: (keys) => {
      kept = structuredClone(keys);
    },
    stored: () => kept,
  };
}

const said = (room: ChatRoom) => room.messages.flatMap(({ type, body }) => (type === 'user' ? [body] : []));
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
/** Ada's chat, and bob in it with a message that only his keys open. */
async function bobTalks(house: House) {
  const chat = await house.given.chat();
  const bob = await house.given.member(chat);
  const kept = storage();
  const client = await house.client(bob, { storage: kept });
  const room = await client.join(chat.id);
  if (!room.hasKey) await room.next('key');
  await room.send('only my keys open this');
  return { chat, bob, kept, client, room };
}

describe('a session that is kept out for a while', () => {
  test('waits as long as told, keeps rooms and keys, comes back by itself and reads what it read', async () => {
    await using house = await openHouse();
    const { chat, bob, kept, client, room } = await bobTalks(house);
    const key = client.publicKey;
    const ended: unknown[] = [];
    client.on('ended', (end) => ended.push(end));
    const [timedOut, back] = [client.next('timedOut'), client.next('connected')];
    const until = inMs(1.2 * SECOND_MS);
    const body = { reason: 'Cool down', expires_at: until };
    await house.as(await house.given.admin()).post(`/v1/admin/users/${bob.id}/timeout`, body);
    const told = await timedOut;
    expect(told).toMatchObject({ until, error: { code: 'ERR_TIMED_OUT' } });
    expect([client.isConnected, room.ending, client.publicKey]).toEqual([false, undefined, key as string]);
    expect(kept.stored()).not.toBeNull();

    await back;
    await eventually(() => room.isJoined);
    await room.send('I am back');
    await eventually(() => said(room).includes('I am back'));
    expect(said(room)).toEqual(['only my keys open this', 'I am back']);
    expect(ended).toEqual([]);
    expect(client.publicKey).toBe(key as string);

    const after = await (await house.client(bob, { storage: kept })).join(chat.id);
    expect(said(after)).toEqual(['only my keys open this', 'I am back']);
  });

  test('is refused with its keys untouched if it starts meanwhile', async () => {
    await using house = await openHouse();
    const { bob, kept, client } = await bobTalks(house);
    client.close();
    const before = kept.stored();
    await house.given.state(bob, 1, HOUR_MS);
    const late = new PortalClient({ url: house.url, token: bob.token, storage: kept });
    expect(await late.connect().catch((error: unknown) => error)).toMatchObject({ code: 'ERR_TIMED_OUT' });
    expect(kept.stored()).toEqual(before);
  });

  test.each(['logout', 'destroyed', 'expired', 'banned'] as const)('%s is the end: the keys are gone', async (how) => {
    await using house = await openHouse();
    const { bob, kept, client, room } = await bobTalks(house);
    const ended = client.next('ended');
    if (how === 'logout') await client.logout();
    if (how === 'destroyed') await house.as(await house.given.session(bob)).post('/v1/users/me/sessions/destroy');
    if (how === 'banned')
      await house.as(await house.given.admin()).post(`/v1/admin/users/${bob.id}/ban`, { reason: 'Spam' });
    if (how === 'expired') {
      house.timers.jump(31 * 24 * HOUR_MS);
      await house.modules.sessions.endOverdue();
    }
    expect((await ended).reason).toBe(how);
    await eventually(() => kept.stored() === null);
    expect([client.publicKey, room.ending?.code]).toEqual([undefined, 'ERR_UNAUTHENTICATED']);
  });

  describe('a session that the server does not know any more, as after a restore by mistake', () => {
    async function forgotten(house: House) {
      const chat = await house.given.chat();
      const bob = await house.given.member(chat);
      const kept = storage();
      const wire = await openWire(house.url);
      const client = await house.client(bob, { storage: kept, url: wire.url });
      const room = await client.join(chat.id);
      if (!room.hasKey) await room.next('key');
      await room.send('only my keys open this');
      const rename = (tokenHash: string) =>
        house.database.units.run('given token', ({ db }) =>
          db.update(sessions).set({ tokenHash }).where(eq(sessions.id, bob.sessionId)).returning({ id: sessions.id }),
        );
      await rename('unknown');
      const ended = client.next('ended');
      wire.cut();
      wire.mend();
      expect(await ended).toMatchObject({ reason: 'refused', error: { code: 'ERR_UNAUTHENTICATED' } });
      expect([client.isConnected, room.ending?.code]).toEqual([false, 'ERR_UNAUTHENTICATED']);
      return { chat, bob, kept, wire, client, undo: () => rename(sha256(bob.token)) };
    }

    test('has its keys again once it is known again', async () => {
      await using house = await openHouse();
      const { chat, bob, kept, wire, client, undo } = await forgotten(house);
      using _ = wire;
      const key = client.publicKey;
      await undo();
      await client.connect();
      expect(said(await client.join(chat.id))).toEqual(['only my keys open this']);
      client.close();
      const again = await house.client(bob, { storage: kept });
      expect(again.publicKey).toBe(key as string);
      expect(said(await again.join(chat.id))).toEqual(['only my keys open this']);
    });

    test('leaves nothing to another session that comes with its storage', async () => {
      await using house = await openHouse();
      const { chat, bob, kept, wire, client } = await forgotten(house);
      using _ = wire;
      const key = client.publicKey;
      const next = await house.client(await house.given.session(bob), { storage: kept });
      expect(next.publicKey).not.toBe(key as string);
      expect(said(await next.join(chat.id))).toEqual([null]);
      await eventually(
        () => kept.stored()?.doubted === undefined && Object.keys(kept.stored()?.chats ?? {}).length > 0,
      );
    });
  });
});

describe('connecting', () => {
  test('twice at once makes one connection, which close() ends', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const client = new PortalClient({ url: house.url, token: chat.owner.token });
    await Promise.all([client.connect(), client.connect()]);
    await client.connect();
    await client.join(chat.id);
    const sockets = async () =>
      (await house.adapters.presence.sessionsIn(chat.id)).flatMap(({ socketIds }) => socketIds);
    expect(await sockets()).toHaveLength(1);
    expect(house.transport.stats().connections).toBe(1);
    client.close();
    await eventually(() => house.transport.stats().connections === 0);
  });

  test('is ended by close() at whatever point, and can begin anew at once', async () => {
    await using house = await openHouse();
    const { owner } = await house.given.chat();
    const client = new PortalClient({ url: house.url, token: owner.token });
    const first = client.connect().catch((error: unknown) => error);
    client.close();
    await client.connect();
    expect(await first).toMatchObject({ code: 'ERR_NOT_CONNECTED' });
    expect(client.isConnected).toBe(true);
    client.close();
    await eventually(() => house.transport.stats().connections === 0);
  });
});
