import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { ChatRoom, PortalClientOptions } from '../../src/client/index.ts';
import type { Payload, Relay } from '../adversary/relay.ts';
import { eventually } from '../support/waiting.ts';
import { openRelayedHouse, type RelayedHouse } from './relayed-house.ts';

const said = (room: ChatRoom) => room.messages.flatMap(({ type, body }) => (type === 'user' ? [body] : []));
const isSend = (name: string) => name === 'message:send';

describe('what is said on a line that loses answers', () => {
  let house: RelayedHouse['house'];
  let relay: RelayedHouse['relay'];
  let connect: RelayedHouse['connect'];
  let close: RelayedHouse['close'] | undefined;

  beforeAll(async () => {
    ({ house, relay, connect, close } = await openRelayedHouse());
  });
  afterAll(() => close?.());

  /** A listener, and a speaker on the bad line. `sent`: what has reached the server from there. */
  async function two(timing: PortalClientOptions['timing'] = {}) {
    const chat = await house.given.chat();
    const eve = await house.given.member(chat);
    const listener = await (await house.client(chat.owner)).join(chat.id);
    if (!listener.hasKey) await listener.next('key');
    const refused: string[] = [];
    listener.on('refused', ({ error }) => void refused.push(error.code));
    const client = await connect(eve, { timing });
    const room = await client.join(chat.id);
    if (!room.hasKey) await room.next('key');
    const lie = (lies: Parameters<Relay['lieTo']>[1]) => relay.lieTo(eve.token, lies);
    return { chat, eve, listener, refused, client, room, lie, cut: () => relay.cut(eve.token) };
  }

  test('stands there once if the line breaks before the answer, and send() gives its id', async () => {
    const { listener, refused, room, lie, cut } = await two();
    let sends = 0;
    lie({
      answer(name): Payload | null | undefined {
        if (!isSend(name) || sends++ > 0) return undefined;
        cut();
        return null;
      },
    });
    const id = await room.send('once');
    expect(sends).toBe(1);
    await room.send('and on');
    await eventually(() => said(listener).length === 2);
    expect(said(listener)).toEqual(['once', 'and on']);
    expect(listener.messages.find(({ body }) => body === 'once')?.id).toBe(id);
    expect([refused, listener.gaps]).toEqual([[], { missing: 0, reordered: 0 }]);
  });

  test('is sent again if the line breaks before it arrives', async () => {
    const { listener, refused, room, lie, cut } = await two();
    let sends = 0;
    lie({
      call(name): Payload | null | undefined {
        if (!isSend(name) || sends++ > 0) return undefined;
        cut();
        return null;
      },
    });
    await room.send('at last');
    expect(sends).toBe(2);
    await eventually(() => said(listener).length === 1);
    expect([said(listener), refused, listener.gaps]).toEqual([['at last'], [], { missing: 0, reordered: 0 }]);
  });

  test('is found in the history if only its answer is lost', async () => {
    const { listener, room, lie } = await two({ ackTimeoutMs: 300 });
    lie({
      answer: (name) => (isSend(name) ? null : undefined),
      event: (name) => (name === 'message:new' ? null : undefined),
    });
    const id = await room.send('heard');
    await eventually(() => said(listener).length === 1);
    expect(listener.messages.find(({ body }) => body === 'heard')?.id).toBe(id);
  });

  test('given again by hand after no answer stands there once, whether it had arrived or not', async () => {
    for (const hasArrived of [true, false]) {
      const { listener, refused, room, lie } = await two({ ackTimeoutMs: 300 });
      const down = { status: 403, body: { error: 'not now', code: 'ERR_FORBIDDEN' } };
      const lost = (name: string) => (isSend(name) ? null : undefined);
      lie({
        ...(hasArrived ? { answer: lost } : { call: lost }),
        event: (name) => (name === 'message:new' ? null : undefined),
        refuse: (path) => (path.includes('/history') ? down : undefined),
      });
      expect(await room.send('again').catch((error: unknown) => error)).toMatchObject({ code: 'ERR_TIMEOUT' });
      lie({});
      const id = await room.send('again');
      await room.send('the end');
      await eventually(() => said(listener).includes('the end'));
      expect([said(listener), refused]).toEqual([['again', 'the end'], []]);
      expect(listener.messages.find(({ body }) => body === 'again')?.id).toBe(id);
      expect(listener.gaps).toEqual({ missing: 0, reordered: 0 });
    }
  });

  test('arrives in the order in which it was said, also while keys change and the line breaks', async () => {
    const { chat, listener, refused, room, lie, cut } = await two();
    const texts = Array.from({ length: 9 }, (_, at) => `${at}`);
    let sends = 0;
    lie({
      call(name): Payload | null | undefined {
        if (!isSend(name)) return undefined;
        sends += 1;
        if (sends === 6) cut();
        return sends === 6 ? null : undefined;
      },
    });
    const sending = texts.map((text) => room.send(text));
    await sending[1];
    await house
      .as(chat.owner)
      .post(`/v1/portal/chats/${chat.id}/kick`, { user_id: (await house.given.member(chat)).id });
    await Promise.all(sending);
    await eventually(() => said(listener).length === texts.length);
    expect(said(listener)).toEqual(texts);
    expect([refused, listener.gaps]).toEqual([[], { missing: 0, reordered: 0 }]);
    expect(listener.epoch).toBe(2);
  });

  test('is given up with the room', async () => {
    const { chat, eve, room, lie, cut } = await two();
    lie({
      call(name): Payload | null | undefined {
        if (name === 'room:join') return { ok: false, error: 'later', code: 'ERR_UNAVAILABLE' };
        if (isSend(name)) cut();
        return isSend(name) ? null : undefined;
      },
    });
    const sending = room.send('too late').catch((error: unknown) => error);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: eve.id });
    lie({});
    expect(await sending).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});
