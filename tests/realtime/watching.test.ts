import { describe, expect, test } from 'bun:test';
import { Level } from '../../src/core/principal.ts';
import { eventually } from '../support/waiting.ts';
import type { Visitor } from './house.ts';
import { frames, openStageHouse, scripted, stage, watcher } from './stage.ts';

const picture = (n: number) => new Uint8Array(100).fill(n);
const numbers = (who: Visitor) => frames(who).map(({ data }) => new Uint8Array(data)[0]);

describe('a watcher', () => {
  test('is told size and page, and then gets the newest frame, whether it moves or not', async () => {
    await using house = await openStageHouse();
    const { chat, ada, bobs, call, browser } = await stage(house);
    browser.show({ url: 'https://example.com/', title: 'Example' });
    browser.picture = picture(1);
    const order: string[] = [];
    bobs.socket.onAny((event: string) => order.push(event));
    const answer = await bobs.socket.emitWithAck('browser:watch', { chat_id: chat.id });
    expect(frames(bobs)).toEqual([]);
    const page = { url: 'https://example.com/', title: 'Example', loading: false };
    expect(answer).toEqual({ ok: true, width: 1280, height: 720, page });
    const first = await bobs.heard('browser:frame');
    expect(first).toMatchObject({ chat_id: chat.id, width: 1280, height: 720 });
    expect(new Uint8Array(first.data)).toEqual(picture(1));
    browser.frame(picture(2));
    await bobs.heard('browser:frame', ({ seq }) => seq > first.seq);
    expect(await call(ada, 'watch')).toMatchObject({ ok: true });
    await ada.heard('browser:frame');
    expect(numbers(ada)).toEqual([2]);
    expect(frames(ada)[0]?.seq).toBe(frames(bobs).at(-1)?.seq);
    browser.show({ title: 'Other', loading: true });
    browser.notice('popup', 'example.org');
    const other = { url: 'https://example.com/', title: 'Other', loading: true };
    for (const one of [ada, bobs]) {
      expect(await one.heard('browser:page')).toEqual({ chat_id: chat.id, ...other });
      expect(await one.heard('browser:notice')).toEqual({ chat_id: chat.id, kind: 'popup', host: 'example.org' });
    }
  });

  test('with two frames unseen gets none, and then the newest; who is quick misses none', async () => {
    await using house = await openStageHouse();
    const { chat, ada, bobs, call, browser } = await stage(house);
    ada.socket.on('browser:frame', ({ seq }) => ada.socket.emit('browser:seen', { chat_id: chat.id, seq }));
    await call(ada, 'watch');
    await call(bobs, 'watch');
    await bobs.heard('browser:frame');
    for (let n = 1; n <= 10; n++) {
      browser.frame(picture(n));
      await ada.heard('browser:frame', ({ data }) => new Uint8Array(data)[0] === n);
      await ada.settled();
    }
    expect(numbers(ada).slice(-10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await bobs.settled();
    expect(frames(bobs)).toHaveLength(2);
    // Not sent, so not seen.
    for (const seq of [0, 999, 2 ** 40]) expect(await call(bobs, 'seen', { seq })).toEqual({ ok: true });
    expect(frames(bobs)).toHaveLength(2);
    await call(bobs, 'seen', { seq: frames(bobs)[0]?.seq });
    await bobs.settled();
    expect(numbers(bobs).at(-1)).toBe(10);
    expect(frames(bobs)).toHaveLength(3);
    for (const wrong of [{}, { seq: -1 }, { seq: 0.5 }, { seq: null }, { seq: '1' }])
      expect(await call(bobs, 'seen', wrong)).toMatchObject({ code: 'ERR_VALIDATION' });
  });

  test('whose frame takes over half a second gets one at a time at half the width, for itself alone', async () => {
    await using house = await openStageHouse();
    const { chat, ada, bobs, call, browser } = await stage(house);
    ada.socket.on('browser:frame', ({ seq }) => ada.socket.emit('browser:seen', { chat_id: chat.id, seq }));
    await call(ada, 'watch');
    await call(bobs, 'watch');
    const first = await bobs.heard('browser:frame');
    await ada.heard('browser:frame');
    await ada.settled();
    await house.timers.advance(600);
    await call(bobs, 'seen', { seq: first.seq });
    expect([...browser.casts]).toEqual(['full']);
    browser.frame(picture(1));
    const half = await bobs.heard('browser:frame', ({ width }) => width === 640);
    expect(browser.casts).toEqual(new Set(['full', 'half'] as const));
    browser.frame(picture(2));
    await ada.heard('browser:frame', ({ data }) => new Uint8Array(data)[0] === 2);
    await bobs.settled();
    expect(frames(bobs)).toHaveLength(2);
    await call(bobs, 'seen', { seq: half.seq });
    expect(await bobs.heard('browser:frame', ({ data }) => new Uint8Array(data)[0] === 2)).toMatchObject({
      width: 640,
    });
    expect(frames(ada).every(({ width }) => width === 1280)).toBe(true);
    await call(bobs, 'unwatch');
    expect([...browser.casts]).toEqual(['full']);
  });

  test('on a slow line gets the picture in full once it stands still, and full ones again when the line is quick', async () => {
    await using house = await openStageHouse({ realTime: false });
    const { bobs, call, browser } = await stage(house);
    const pass = (ms: number) => house.timers.advance(ms);
    const nth = async (count: number) => {
      await eventually(() => frames(bobs).length >= count);
      return frames(bobs)[count - 1];
    };
    let count = 0;
    const seenAfter = async (ms: number) => {
      const frame = await nth(++count);
      await pass(ms);
      await call(bobs, 'seen', { seq: frame?.seq });
      return frame;
    };
    await call(bobs, 'watch');
    await pass(1);
    await seenAfter(600);
    browser.frame(picture(1));
    // The picture with which the cast began, and the one that moved.
    for (const ms of [0, 300]) expect(await seenAfter(ms)).toMatchObject({ width: 640 });
    expect([...browser.casts]).toEqual(['half']);
    await pass(1999);
    await bobs.settled();
    expect(frames(bobs)).toHaveLength(count);
    await pass(1);
    expect(await seenAfter(600)).toMatchObject({ width: 1280 });
    for (let n = 0; n < 20; n++) {
      browser.frame(picture(n));
      expect(await seenAfter(50)).toMatchObject({ width: 640 });
    }
    expect(await seenAfter(50)).toMatchObject({ width: 1280 });
    expect([...browser.casts]).toEqual(['full']);
  });

  test('on a slow line is spared a still picture that is large, and asked less and less whether it became smaller', async () => {
    await using house = await openStageHouse({ realTime: false });
    const { bobs, call, browser } = await stage(house);
    const tried: number[] = [];
    const pass = (ms: number) => house.timers.advance(ms);
    await call(bobs, 'watch');
    await pass(1);
    const first = await bobs.heard('browser:frame');
    await pass(600);
    await call(bobs, 'seen', { seq: first.seq });
    browser.picture = new Uint8Array(300_000);
    browser.frame();
    const half = await bobs.heard('browser:frame', ({ width }) => width === 640);
    await pass(300);
    await call(bobs, 'seen', { seq: half.seq });
    // As a browser does it: not at once.
    const cast = browser.cast.bind(browser);
    browser.cast = (width, on) => {
      if (width === 'full' && on) tried.push(house.timers.elapsed());
      queueMicrotask(() => cast(width, on));
    };
    for (let n = 0; n < 130; n++) {
      await bobs.settled();
      const seq = frames(bobs).at(-1)?.seq;
      await pass(300);
      await call(bobs, 'seen', { seq });
      await pass(700);
    }
    expect(frames(bobs).filter(({ width }) => width === 1280)).toHaveLength(1);
    const pauses = tried.slice(1).map((at, n) => at - (tried[n] as number));
    expect(pauses.length).toBeGreaterThan(2);
    expect(pauses.every((pause, n) => n === 0 || pause > (pauses[n - 1] as number) || pause >= 59_000)).toBe(true);
  });

  test('who begins with a large picture gets a small one first, and at once the large one if the line is quick', async () => {
    await using house = await openStageHouse({ realTime: false });
    const { ada, bobs, call, browser } = await stage(house);
    await call(ada, 'watch');
    await house.timers.advance(1);
    await ada.heard('browser:frame');
    browser.picture = new Uint8Array(300_000).fill(7);
    browser.frame();
    await ada.settled();
    await call(bobs, 'watch');
    await house.timers.advance(1);
    const small = await bobs.heard('browser:frame');
    expect(small.width).toBe(640);
    await call(bobs, 'seen', { seq: small.seq });
    const large = await bobs.heard('browser:frame', ({ width }) => width === 1280);
    expect(large.seq).toBeGreaterThan(small.seq);
    await bobs.settled();
    expect(frames(bobs)).toHaveLength(2);
    expect([...browser.casts]).toEqual(['full']);
  });

  test('costs a cast only while there is one, on every way out', async () => {
    await using house = await openStageHouse();
    const { chat, ada, bobs, bob, call, browser } = await stage(house);
    const { watching } = house.modules;
    expect(browser.casts.size).toBe(0);
    const tab = await watcher(house, bob, chat);
    await call(ada, 'watch');
    await call(bobs, 'watch');
    await bobs.heard('browser:frame');
    await ada.heard('browser:frame');
    expect(watching.viewersOf(chat.id)).toBe(3);
    await call(bobs, 'unwatch');
    browser.frame(picture(7));
    await ada.settled();
    expect(frames(bobs)).toHaveLength(1);
    await ada.call('room:leave', { chat_id: chat.id });
    expect(watching.viewersOf(chat.id)).toBe(1);
    tab.socket.disconnect();
    await eventually(() => browser.casts.size === 0);
    expect(watching.viewersOf(chat.id)).toBe(0);
    bobs.forget();
    await call(bobs, 'watch');
    await bobs.heard('browser:frame');
    expect([...browser.casts]).toEqual(['full']);
  });

  test('has a picture in each tab and on each device, and closing one changes nothing for the others', async () => {
    await using house = await openStageHouse();
    const { chat, bob, browser } = await stage(house);
    const tabs = [
      await watcher(house, bob, chat),
      await watcher(house, bob, chat),
      await watcher(house, await house.given.session(bob), chat),
    ];
    const [silent, ...lively] = tabs as [Visitor, Visitor, Visitor];
    for (const one of lively)
      one.socket.on('browser:frame', ({ seq }) => one.socket.emit('browser:seen', { chat_id: chat.id, seq }));
    for (const one of lively)
      expect(await one.call('browser:seen', { chat_id: chat.id, seq: frames(one).at(-1)?.seq })).toEqual({ ok: true });
    const shown = async (n: number, to: readonly Visitor[]) => {
      browser.frame(picture(n));
      for (const one of to) {
        await one.heard('browser:frame', ({ data }) => new Uint8Array(data)[0] === n);
        await one.settled();
      }
    };
    for (let n = 1; n <= 5; n++) await shown(n, lively);
    expect(numbers(silent)).not.toContain(5);
    silent.socket.disconnect();
    lively[0]?.socket.disconnect();
    await eventually(() => house.modules.watching.viewersOf(chat.id) === 1);
    for (let n = 6; n <= 10; n++) await shown(n, lively.slice(1));
    expect([...browser.casts]).toEqual(['full']);
  });

  test('by long polling sees the same', async () => {
    await using house = await openStageHouse();
    const { chat, bob, browser } = await stage(house);
    browser.picture = picture(9);
    const { io } = await import('socket.io-client');
    const socket = io(house.url, { auth: { token: bob.token }, transports: ['polling'], forceNew: true });
    const first = new Promise<{ data: Uint8Array }>((resolve) => socket.once('browser:frame', resolve));
    await socket.emitWithAck('room:join', { chat_id: chat.id });
    await socket.emitWithAck('browser:watch', { chat_id: chat.id });
    expect(new Uint8Array((await first).data)).toEqual(picture(9));
    socket.disconnect();
  });

  test('sees the browser that follows a crash, and nothing once it is off', async () => {
    await using house = await openStageHouse();
    const { ada, bobs, chat, call, browser, crash, stop } = await stage(house);
    await call(ada, 'watch');
    await ada.heard('browser:frame');
    ada.forget();
    const restart = crash();
    browser.frame(picture(1));
    expect(await call(ada, 'watch')).toMatchObject({ ok: true });
    expect(await call(bobs, 'watch')).toMatchObject({ ok: true });
    await house.timers.advance(0);
    expect(await call(ada, 'navigate', { action: 'back' })).toMatchObject({ code: 'ERR_UNAVAILABLE' });
    const next = await restart();
    next.frame(picture(2));
    for (const one of [ada, bobs]) {
      await one.heard('browser:frame', ({ data }) => new Uint8Array(data)[0] === 2);
      expect(numbers(one)).not.toContain(1);
    }
    await stop();
    await ada.heard('room:stopped');
    ada.forget();
    next.casts.add('full');
    next.frame(picture(3));
    next.show({ title: 'late' });
    await ada.settled();
    expect(ada.told.filter(({ event }) => event.startsWith('browser:'))).toEqual([]);
    for (const event of ['watch', 'navigate', 'input', 'pointer', 'answer']) {
      const more = { action: 'back', events: [], x: 0, y: 0, id: 'x', accept: true };
      expect(await call(ada, event, more)).toMatchObject({ code: 'ERR_BROWSER_NOT_RUNNING' });
    }
    expect(house.modules.watching.viewersOf(chat.id)).toBe(0);
  });

  test('who comes to an open dialog is shown it; the host answers it', async () => {
    await using house = await openStageHouse();
    const { chat, ada, bobs, call, browser } = await stage(house);
    await call(ada, 'watch');
    browser.open({ id: 'd1', type: 'prompt', message: 'x'.repeat(5000) });
    const dialog = { chat_id: chat.id, id: 'd1', type: 'prompt', message: 'x'.repeat(1000) };
    expect(await ada.heard('browser:dialog')).toEqual(dialog);
    await call(bobs, 'watch');
    expect(await bobs.heard('browser:dialog')).toEqual(dialog);
    const answer = { id: 'd1', accept: true, text: 'yes' };
    expect(await call(bobs, 'answer', answer)).toMatchObject({ code: 'ERR_NOT_HOST' });
    for (const wrong of [
      { ...answer, id: '' },
      { ...answer, accept: 1 },
      { ...answer, text: 'x'.repeat(4097) },
    ])
      expect(await call(ada, 'answer', wrong)).toMatchObject({ code: 'ERR_VALIDATION' });
    expect(await call(ada, 'answer', answer)).toEqual({ ok: true });
    expect(await call(ada, 'answer', answer)).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(browser.answers).toEqual([answer]);
    for (const watcher of [ada, bobs])
      expect(await watcher.heard('browser:dialog_closed')).toEqual({ chat_id: chat.id, id: 'd1' });
  });
});

describe('the answer to a join', () => {
  test('has browser and control while the browser is on, and says who can have the mouse', async () => {
    await using house = await openStageHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const early = await house.dial(bob);
    expect(await early.join(chat.id)).toMatchObject({ browser: null, control: null });
    await scripted(house, chat);
    const started = await early.heard('room:started');
    expect(started.browser).not.toHaveProperty('can_control');
    const state = { host_user_id: null, queue: [], locked: false, implicit: false };
    expect(await early.heard('control:state')).toEqual({ chat_id: chat.id, ...state });
    const configure = (flags: object) => house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, flags);
    for (const [flags, may] of [
      [{ allow_control_requests: false }, false],
      [{ allow_control_requests: true }, true],
      [{ locked_controls: true }, true],
    ] as const) {
      await configure(flags);
      for (const [who, can_control] of [
        [chat.owner, true],
        [bob, may],
      ] as const) {
        const answer = await (await house.dial(who)).join(chat.id);
        expect(answer.browser).toEqual({ ...started.browser, can_control });
        expect(answer.control).toMatchObject({ host_user_id: null, queue: [] });
      }
    }
    await configure({ implicit_hosting: true, locked_controls: false });
    const carol = await house.given.member(chat);
    const answer = await (await house.dial(carol)).join(chat.id);
    expect(answer.control).toMatchObject({ host_user_id: carol.id, queue: [], locked: false, implicit: true });
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/stop`);
    expect(await (await house.dial(bob)).join(chat.id)).toMatchObject({ browser: null, control: null });
  });
});

const EVENTS: [string, object][] = [
  ['watch', {}],
  ['unwatch', {}],
  ['seen', { seq: 1 }],
  ['input', { events: [] }],
  ['pointer', { x: 0, y: 0 }],
  ['navigate', { action: 'back' }],
  ['answer', { id: 'x', accept: true }],
  ['keep', {}],
];

describe('the browser of a chat', () => {
  test('is for sockets that joined it: no one outside, no stranger, and no direct chat has any of it', async () => {
    await using house = await openStageHouse();
    const { chat, bob } = await stage(house);
    const outsiders = [
      await house.dial(await house.given.session(bob)),
      await house.dial(await house.given.person()),
      await house.dial(await house.given.owner()),
    ];
    const stranger = await house.given.stranger();
    const strangers = await house.dial(stranger);
    const direct = await house.given.direct(bob, stranger);
    const bobs = await house.dial(bob);
    await strangers.call('room:join', { token: direct.tokens[1] });
    await bobs.call('room:join', { token: direct.tokens[0] });
    for (const [event, more] of EVENTS) {
      const payload = { chat_id: chat.id, ...more };
      for (const one of outsiders)
        expect(await one.call(`browser:${event}`, payload)).toMatchObject({ ok: false, code: 'ERR_NOT_JOINED' });
      for (const chat_id of [chat.id, direct.id])
        expect(await strangers.call(`browser:${event}`, { ...payload, chat_id })).toMatchObject({
          code: 'ERR_ACCOUNT_REQUIRED',
        });
      const inDirect = await bobs.call(`browser:${event}`, { ...payload, chat_id: direct.id });
      if (!['unwatch', 'seen', 'keep'].includes(event)) expect(inDirect.ok).toBe(false);
      for (const wrong of [{}, { chat_id: 0 }, { chat_id: '1' }])
        expect(await bobs.call(`browser:${event}`, { ...more, ...wrong })).toMatchObject({ code: 'ERR_VALIDATION' });
    }
    const join = await bobs.call('room:join', { token: direct.tokens[0] });
    expect(join).toMatchObject({ browser: null, control: null });
  });

  test.each([
    ['private', Level.User],
    ['public', Level.User],
    ['public', Level.Moderator],
    ['public', Level.Owner],
  ] as const)(
    'in a %s chat is watched by anyone who joined, level %i, and driven by the host alone',
    async (kind, level) => {
      await using house = await openStageHouse();
      const chat = await house.given.chat({ visibility: kind });
      const { browser } = await scripted(house, chat);
      const someone = await house.given.person({ level });
      if (kind === 'private') await house.given.member(chat, someone);
      const visitor = await watcher(house, someone, chat);
      const event = { type: 'move', x: 0, y: 0 };
      for (const [name, more] of [
        ['input', { events: [event] }],
        ['navigate', { action: 'back' }],
      ] as const)
        expect(await visitor.call(`browser:${name}`, { chat_id: chat.id, ...more })).toMatchObject({
          ok: false,
          code: 'ERR_NOT_HOST',
        });
      expect(await visitor.call('browser:keep', { chat_id: chat.id })).toEqual({ ok: true });
      expect(browser.inputs).toEqual([]);
      expect(browser.navigations).toEqual([]);
    },
  );
});
