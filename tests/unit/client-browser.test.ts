import { afterEach, describe, expect, test } from 'bun:test';
import type { BrowserFrame, BrowserState, ChatRoom, RoomBrowserEvents } from '../../src/client/index.ts';
import { inputBatches } from '../../src/client/room/input-batches.ts';
import { clientStage, refusalOf } from '../support/client-stage.ts';
import { CHAT, type FakeServer } from '../support/fake-server.ts';
import { eventually } from '../support/waiting.ts';

const stage = clientStage();
afterEach(() => stage.close());

const ON: BrowserState = { engine: 'local', width: 1280, height: 720, url: '/browser/', frames: true };
const PAGE = { url: 'https://example.org/', title: 'Example', loading: false };
const refusal = (code: string) => ({ ok: false, error: 'No', code });

/** A room whose browser is on, and a server that lets it be watched. */
async function watching() {
  const { server, room, alice } = await stage.alone();
  server.part = {
    connected() {},
    rest: () => undefined,
    answer: (_who, name) => (name === 'browser:watch' ? { width: 1280, height: 720, page: PAGE } : undefined),
  };
  await told(room, 'started', () => server.tell('room:started', { browser: ON }));
  return { server, room, alice };
}

/** From now on a join finds the browser running. */
function joinsAgain(server: FakeServer): void {
  const { part } = server;
  if (!part) throw new Error('nobody watches');
  const { answer } = part;
  const about = { session_id: 'x', chat: { id: CHAT }, members: [], count: 0, epoch: 1, key: null, control: null };
  part.answer = (who, name, payload) => (name === 'room:join' ? { ...about, browser: ON } : answer(who, name, payload));
}

async function told<Name extends keyof RoomBrowserEvents>(room: ChatRoom, name: Name, act: () => void) {
  const event = room.browser.next(name);
  act();
  return event;
}

const frame = (seq: number, width = 1280) => ({ seq, width, height: 720, data: Buffer.from([0xff, 0xd8, seq]) });
const seen = (server: FakeServer) => server.calls('browser:seen').map(({ payload }) => payload.seq);
const sent = (server: FakeServer, name: string) => server.calls(name).map(({ payload }) => payload);

describe('a browser that sends its picture by WebRTC', () => {
  const LIVE: BrowserState = { ...ON, engine: 'docker', url: '/v1/portal/chats/1/browser/', frames: false };

  test('says where it is shown, instead of being watched without an end', async () => {
    const { server, room } = await watching();
    await told(room, 'started', () => server.tell('room:started', { browser: LIVE }));
    expect(room.browser.url).toBe(`${server.url}/v1/portal/chats/1/browser/`);
    expect(await refusalOf(room.browser.watch(() => {}))).toMatchObject({
      code: 'ERR_NO_FRAMES',
      message: expect.stringContaining(String(room.browser.url)),
    });
    expect(server.calls('browser:watch')).toEqual([]);
  });

  test('says so too when it starts after it was asked for', async () => {
    const { server, room } = await watching();
    await room.browser.watch(() => {});
    const error = await told(room, 'error', () => server.tell('room:started', { browser: LIVE }));
    expect(error).toMatchObject({ code: 'ERR_NO_FRAMES' });
  });

  test('can be followed without pictures, until nobody does any more', async () => {
    const { server, room } = await watching();
    await told(room, 'started', () => server.tell('room:started', { browser: LIVE }));
    const ends = [await room.browser.follow(), await room.browser.follow()];
    expect(room.browser.page).toEqual(PAGE);
    expect(server.calls('browser:watch')).toHaveLength(1);
    ends[0]?.();
    ends[0]?.();
    expect(server.calls('browser:unwatch')).toEqual([]);
    ends[1]?.();
    await eventually(() => server.calls('browser:unwatch').length === 1);
  });
});

describe('watching', () => {
  test('shows each picture with its bytes, and tells the server once it was shown', async () => {
    const { server, room } = await watching();
    const shown: BrowserFrame[] = [];
    const { promise: isDrawn, resolve: drawn } = Promise.withResolvers<void>();
    await room.browser.watch(async (picture) => {
      shown.push(picture);
      if (picture.seq === 1) await isDrawn;
    });
    expect(room.browser.page).toEqual(PAGE);
    server.tell('browser:frame', frame(1));
    await told(room, 'page', () => server.tell('browser:page', PAGE));
    expect(shown).toEqual([{ seq: 1, width: 1280, height: 720, data: expect.any(Uint8Array) }]);
    expect([...(shown[0]?.data ?? [])]).toEqual([0xff, 0xd8, 1]);
    expect(seen(server)).toEqual([]);
    drawn();
    await server.until(() => seen(server).length === 1);
    expect(seen(server)).toEqual([1]);
  });

  test('keeps the newest of the pictures that come while one is shown', async () => {
    const { server, room } = await watching();
    const shown: number[] = [];
    const { promise: isDrawn, resolve: drawn } = Promise.withResolvers<void>();
    await room.browser.watch(async ({ seq }) => {
      shown.push(seq);
      if (seq === 1) await isDrawn;
    });
    for (const seq of [1, 2, 3]) server.tell('browser:frame', frame(seq));
    await told(room, 'page', () => server.tell('browser:page', PAGE));
    drawn();
    await server.until(() => seen(server).length === 2);
    expect([shown, seen(server)]).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  test('goes on after a picture that cannot be shown, and says so', async () => {
    const { server, room } = await watching();
    await room.browser.watch(({ seq }) => {
      if (seq === 1) throw new Error('no JPEG');
    });
    const error = told(room, 'error', () => server.tell('browser:frame', frame(1)));
    expect(String(await error)).toContain('no JPEG');
    server.tell('browser:frame', frame(2));
    await server.until(() => seen(server).length === 2);
  });

  test('ends with the last listener, and shows nothing any more', async () => {
    const { server, room } = await watching();
    const shown: number[] = [];
    const [stop, stopOther] = [
      await room.browser.watch(({ seq }) => shown.push(seq)),
      await room.browser.watch(() => {}),
    ];
    expect(sent(server, 'browser:watch')).toEqual([{ chat_id: CHAT }]);
    stop();
    stopOther();
    await server.until(() => server.calls('browser:unwatch').length === 1);
    server.tell('browser:frame', frame(9));
    await told(room, 'page', () => server.tell('browser:page', PAGE));
    expect([shown, seen(server)]).toEqual([[], []]);
  });

  test('begins when the browser starts, and again after a crash and after a reconnect', async () => {
    const { server, room, alice } = await watching();
    await told(room, 'stopped', () => server.tell('room:stopped', { reason: 'stopped' }));
    await room.browser.watch(() => {});
    expect(server.calls('browser:watch')).toHaveLength(0);
    server.tell('room:started', { browser: ON });
    await server.until(() => server.calls('browser:watch').length === 1);
    server.tell('room:browser_recovering', {});
    server.tell('room:started', { browser: ON });
    await server.until(() => server.calls('browser:watch').length === 2);
    joinsAgain(server);
    const isBack = alice.next('connected');
    server.cut('alice');
    await isBack;
    await server.until(() => server.calls('browser:watch').length === 3);
    expect(room.browser.isRunning).toBe(true);
  });

  test('waits where the browser has just stopped, and where the connection has just been lost', async () => {
    const { server, room, alice } = await watching();
    server.refuse = (name) => (name === 'browser:watch' ? refusal('ERR_BROWSER_NOT_RUNNING') : undefined);
    const stop = await room.browser.watch(() => {});
    server.refuse = () => undefined;
    server.tell('room:started', { browser: ON });
    await server.until(() => server.calls('browser:watch').length === 2);
    stop();
    joinsAgain(server);
    const isLost = alice.next('disconnected');
    server.cut('alice');
    await isLost;
    await room.browser.watch(() => {});
    await server.until(() => server.calls('browser:watch').length === 3);
  });

  test('that is refused throws the server’s reason, and can be tried again', async () => {
    const { server, room } = await watching();
    server.refuse = (name) => (name === 'browser:watch' ? refusal('ERR_CHAT_BANNED') : undefined);
    expect(await refusalOf(room.browser.watch(() => {}))).toMatchObject({ code: 'ERR_CHAT_BANNED' });
    server.refuse = () => undefined;
    await room.browser.watch(() => {});
    expect(server.calls('browser:watch')).toHaveLength(2);
  });
});

describe('the browser of a room', () => {
  test('tells what happens to it', async () => {
    const { server, room } = await watching();
    expect(room.browser.state).toEqual(ON);
    expect(
      await told(room, 'progress', () => server.tell('room:browser_progress', { step: 'boot', percent: null })),
    ).toEqual({ step: 'boot', percent: null });
    const idle = { stops_at: '2026-11-29T12:00:00.000Z', reason: 'idle' };
    expect(await told(room, 'idle', () => server.tell('room:browser_idle', idle))).toEqual({
      stopsAt: idle.stops_at,
      reason: 'idle',
    });
    expect(await told(room, 'recovering', () => server.tell('room:browser_recovering', {}))).toEqual({ chatId: CHAT });
    const cursor = { user_id: 3, x: 0.5, y: 0.25 };
    for (const name of ['cursor', 'pointer'] as const)
      expect(await told(room, name, () => server.tell(`browser:${name}`, cursor))).toEqual({
        userId: 3,
        x: 0.5,
        y: 0.25,
      });
    const notice = { kind: 'download', host: 'files.example' };
    expect(await told(room, 'notice', () => server.tell('browser:notice', notice))).toMatchObject(notice);
    const dialog = { id: 'a', type: 'confirm', message: 'Leave?' };
    expect(await told(room, 'dialog', () => server.tell('browser:dialog', dialog))).toEqual(dialog as never);
    expect(await told(room, 'dialogClosed', () => server.tell('browser:dialog_closed', { id: 'a' }))).toEqual({
      id: 'a',
    });
    const stopped = { reason: 'failed', error: 'It crashed three times' };
    expect(await told(room, 'stopped', () => server.tell('room:stopped', stopped))).toEqual(stopped as never);
    expect([room.browser.state, room.browser.page]).toEqual([null, null]);
  });

  test('knows who has the mouse, and asks for it, gives it back and hands it on', async () => {
    const { server, room } = await watching();
    const { control } = room.browser;
    expect(control.state).toEqual({ host_user_id: null, queue: [], locked: false, implicit: false });
    const state = { host_user_id: 1, queue: [2, 3], locked: true, implicit: false };
    expect(await told(room, 'control', () => server.tell('control:state', state))).toEqual(state);
    expect(control.state).toEqual(state);
    await control.request();
    await control.cancel();
    await control.grant(3);
    await control.release();
    await control.take();
    const names = server.heard.map(({ name }) => name).filter((name) => name.startsWith('control:'));
    expect(names).toEqual(['control:request', 'control:cancel', 'control:grant', 'control:release', 'control:take']);
    expect(sent(server, 'control:grant')).toEqual([{ chat_id: CHAT, user_id: 3 }]);
    const code = 'ERR_FORBIDDEN';
    server.refuse = (name) => (name === 'control:take' ? { ok: false, error: 'No', code } : undefined);
    expect(await refusalOf(control.take())).toMatchObject({ code });
  });

  test('takes input, pointers, addresses, answers and the wish to go on', async () => {
    const { server, room } = await watching();
    room.browser.input({ type: 'move', x: 0.1, y: 0.2 }, { type: 'text', text: 'hi' });
    room.browser.point(0.3, 0.4);
    await room.browser.navigate('back');
    await room.browser.navigate({ url: 'https://example.org/' });
    await room.browser.answer('a', { accept: true, text: 'yes' });
    await room.browser.keep();
    const events = [
      { type: 'move', x: 0.1, y: 0.2 },
      { type: 'text', text: 'hi' },
    ];
    expect(sent(server, 'browser:input')).toEqual([{ chat_id: CHAT, events }]);
    expect(sent(server, 'browser:pointer')).toEqual([{ chat_id: CHAT, x: 0.3, y: 0.4 }]);
    expect(sent(server, 'browser:navigate')).toEqual([
      { chat_id: CHAT, action: 'back' },
      { chat_id: CHAT, url: 'https://example.org/' },
    ]);
    expect(sent(server, 'browser:answer')).toEqual([{ chat_id: CHAT, id: 'a', accept: true, text: 'yes' }]);
    expect(sent(server, 'browser:keep')).toEqual([{ chat_id: CHAT }]);
  });
});

describe('input', () => {
  const move = { type: 'move', x: 0, y: 0 } as const;

  test('is split into what the server takes at once', () => {
    const batches = inputBatches(Array.from({ length: 130 }, () => move));
    expect(batches.map(({ length }) => length)).toEqual([64, 64, 2]);
    expect(inputBatches([])).toEqual([]);
  });

  test('of long texts is cut between characters, and stays whole', () => {
    const text = `${'a'.repeat(4095)}🙂${'\u0001'.repeat(20_000)}`;
    const batches = inputBatches([{ type: 'text', text }, move]);
    const texts = batches.flat().flatMap((event) => (event.type === 'text' ? [event.text] : []));
    expect(texts.join('')).toBe(text);
    expect(texts.every((part) => part.length <= 4096 && part.isWellFormed())).toBe(true);
    for (const batch of batches) expect(JSON.stringify(batch).length).toBeLessThan(60_000);
    expect(batches.flat().at(-1)).toEqual(move);
  });
});
