import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { ChatRoom, PortalClient } from '../../src/client/index.ts';
import type { Payload } from '../adversary/relay.ts';
import { fill } from '../support/long-chat.ts';
import { eventually } from '../support/waiting.ts';
import { openRelayedHouse, type RelayedHouse } from './relayed-house.ts';

const said = (room: ChatRoom) => room.messages.flatMap(({ type, body }) => (type === 'user' ? [body] : []));

/** Clients whose line breaks, and servers that refuse for a while. */
describe('a client that was away', () => {
  let house: RelayedHouse['house'];
  let relay: RelayedHouse['relay'];
  let connect: RelayedHouse['connect'];
  let close: RelayedHouse['close'] | undefined;

  beforeAll(async () => {
    ({ house, relay, connect, close } = await openRelayedHouse());
  });
  afterAll(() => close?.());

  /** The owner is there and talks; a member comes through the relay. */
  async function two(history = 100) {
    const chat = await house.given.chat();
    const eve = await house.given.member(chat);
    const host = await house.client(chat.owner);
    const hostRoom = await host.join(chat.id);
    if (!hostRoom.hasKey) await hostRoom.next('key');
    const client = await connect(eve);
    const room = await client.join(chat.id, { history });
    if (!room.hasKey) await room.next('key');
    return { chat, eve, host, hostRoom, client, room };
  }

  /** Breaks the line, and holds the way back until `meanwhile` is done. */
  async function away(client: PortalClient, token: string, meanwhile: () => Promise<unknown>): Promise<void> {
    const isOver = Promise.withResolvers<void>();
    const [down, back] = [client.next('disconnected'), client.next('resumed')];
    relay.hold(token, isOver.promise);
    relay.cut(token);
    await down;
    await meanwhile();
    isOver.resolve();
    await back;
  }

  const asked = (paths: string[]) => paths.filter((path) => path.includes('/history'));

  test('has what it missed with the join, without a request, whatever it loaded before', async () => {
    for (const history of [0, 100]) {
      const { eve, hostRoom, client, room } = await two(history);
      const paths: string[] = [];
      relay.lieTo(eve.token, { refuse: (path) => void paths.push(path) });
      await away(client, eve.token, async () => {
        for (const text of ['one', 'two', 'three']) await hostRoom.send(text);
      });
      expect(said(room)).toEqual(['one', 'two', 'three']);
      expect(asked(paths)).toEqual([]);
    }
  });

  test('sees what was deleted meanwhile, as far back as it shows, and asks for nothing if nothing was', async () => {
    const chat = await house.given.chat();
    const owner = await connect(chat.owner);
    await fill(house, chat, { by: chat.owner, count: 1300 });
    const room = await owner.join(chat.id, { history: 500 });
    for (let at = 0; at < 2; at += 1) await room.loadOlder(500);
    const shown = room.messages.map(({ id }) => id);
    expect(shown.length).toBeGreaterThan(1300);
    const paths: string[] = [];
    relay.lieTo(chat.owner.token, { refuse: (path) => void paths.push(path) });

    await away(owner, chat.owner.token, async () => {});
    expect(asked(paths)).toEqual([]);
    const gone = [shown[3], shown[600], shown[1299]] as string[];
    const deleted = room.next('deleted');
    await away(owner, chat.owner.token, () =>
      house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/messages/delete`, { ids: gone }),
    );
    await deleted;
    await eventually(() => room.messages.length === shown.length - gone.length);
    expect(room.messages.map(({ id }) => id)).toEqual(shown.filter((id) => !gone.includes(id)));
  });

  test('is told in one event that it is back, with what may have changed, when what was missed is there', async () => {
    const { chat, eve, hostRoom, client, room } = await two();
    const order: string[] = [];
    for (const name of ['message', 'resumed'] as const) room.on(name, () => void order.push(name));
    client.on('connected', () => void order.push('connected'));
    client.on('resumed', ({ rooms }) => void order.push(`all ${rooms.length}`));
    const resumed = room.next('resumed');
    await away(client, eve.token, async () => {
      await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/mute`, { user_id: eve.id, duration: 600 });
      await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, { name: 'Tomorrow' });
      await hostRoom.send('welcome back');
    });
    const state = await resumed;
    expect(state).toMatchObject({ chat: { name: 'Tomorrow' }, muted: { ttl: expect.any(Number) }, count: 2 });
    expect(new Set(state.members.map(({ id }) => id))).toEqual(new Set([chat.owner.id, eve.id]));
    expect(order).toEqual(['connected', 'message', 'resumed', 'all 1']);
  });

  test('comes back however often its joins are refused for now, and waits as long as it is told', async () => {
    const { eve, hostRoom, client, room } = await two();
    const refused = { ok: false, error: 'later', code: 'ERR_RATE_LIMITED', retry_after: 0.03 };
    let refusals = 0;
    const call = (name: string): Payload | undefined => (name === 'room:join' && refusals++ < 8 ? refused : undefined);
    relay.lieTo(eve.token, { call });
    await away(client, eve.token, () => hostRoom.send('meanwhile'));
    expect(refusals).toBe(9);
    expect(said(room)).toEqual(['meanwhile']);
    expect(room.ending).toBeUndefined();

    const gone = { ok: false, error: 'no', code: 'ERR_NOT_FOUND' };
    relay.lieTo(eve.token, { call: (name) => (name === 'room:join' ? gone : undefined) });
    const ended = room.next('ended');
    relay.cut(eve.token);
    expect(await ended).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  test('knocks again when it was told to, however often it is not let in for now', async () => {
    const { eve, hostRoom, client, room } = await two();
    let knocks = 0;
    const full = { code: 'ERR_RATE_LIMITED', retry_after: 0.03 };
    relay.lieTo(eve.token, { door: () => (knocks++ < 6 ? full : undefined) });
    await away(client, eve.token, () => hostRoom.send('meanwhile'));
    expect([knocks, said(room)]).toEqual([7, ['meanwhile']]);
  });

  test('gets what it missed after a limit of requests, though many tries are refused, and shows the rest meanwhile', async () => {
    const { eve, hostRoom, client, room } = await two();
    let refusals = 0;
    const limited = { error: 'slow down', code: 'ERR_RATE_LIMITED', retry_after: 0.03 };
    const refuse = (path: string) =>
      path.includes('/history') && refusals++ < 8 ? { status: 429, body: limited } : undefined;
    relay.lieTo(eve.token, { refuse });
    const texts = Array.from({ length: 25 }, (_, at) => `${at}`);
    await away(client, eve.token, async () => {
      for (const text of texts) await hostRoom.send(text);
    });
    await hostRoom.send('live');
    await eventually(() => said(room).length === 26);
    expect(said(room)).toEqual([...texts, 'live']);
    expect(refusals).toBeGreaterThanOrEqual(9);
  });

  test('enters a chat for the first time though it is refused for now, and a reader of older messages loses none', async () => {
    const chat = await house.given.chat();
    await fill(house, chat, { by: chat.owner, count: 30 });
    const client = await connect(chat.owner, { maxMessages: 10 });
    const refused = { ok: false, error: 'later', code: 'ERR_RATE_LIMITED', retry_after: 0.03 };
    let refusals = 0;
    relay.lieTo(chat.owner.token, {
      call: (name) => (name === 'room:join' && refusals++ < 2 ? refused : undefined),
    });
    const room = await client.join(chat.id, { history: 10 });
    if (!room.hasKey) await room.next('key');
    const trimmed: string[] = [];
    room.on('trimmed', ({ ids }) => trimmed.push(...ids));
    await room.loadOlder(15);
    const reading = room.messages.map(({ id }) => id);
    expect(reading.length).toBeGreaterThanOrEqual(25);
    await room.send('while they read');
    expect(room.messages.map(({ id }) => id).slice(0, reading.length)).toEqual(reading);
    expect(trimmed).toEqual(reading.slice(0, trimmed.length));

    const before = room.messages.map(({ id }) => id);
    room.follow();
    expect(room.messages.map(({ id }) => id)).toEqual(before.slice(-10));
    expect(trimmed.slice(-before.length + 10)).toEqual(before.slice(0, -10));
  });
});
