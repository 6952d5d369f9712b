import { describe, expect, test } from 'bun:test';
import type { InputEvent } from '../../src/ports/browser-engine.ts';
import { eventually, turn } from '../support/waiting.ts';
import { openStageHouse, stage } from './stage.ts';

const MOVE: InputEvent = { type: 'move', x: 0.5, y: 0.25 };
const key = (name: string, down: boolean, modifiers = 0): InputEvent => ({
  type: 'key',
  key: name,
  code: `Key${name.toUpperCase()}`,
  down,
  modifiers,
});
const button = (down: boolean): InputEvent => ({ type: down ? 'down' : 'up', x: 0.5, y: 0.25, button: 0 });

describe('input', () => {
  test('of the host reaches the browser in order, with its fields and no others', async () => {
    await using house = await openStageHouse();
    const { ada, call, browser } = await stage(house);
    const events: InputEvent[] = [
      MOVE,
      button(true),
      button(false),
      { type: 'wheel', x: 1, y: 0, dx: 0, dy: -120.5 },
      key('a', true, 2),
      key('a', false),
      { type: 'key', key: 'Enter', code: '', down: true, modifiers: 0 },
      { type: 'key', key: 'Enter', code: '', down: false, modifiers: 0 },
      { type: 'key', key: 'é', code: 'KeyE', down: true, modifiers: 15 },
      { type: 'key', key: 'é', code: 'KeyE', down: false, modifiers: 0 },
      { type: 'key', key: '😀', code: '', down: true, modifiers: 0 },
      { type: 'key', key: '😀', code: '', down: false, modifiers: 0 },
      { type: 'text', text: 'žluťoučký 🐎\n' },
    ];
    const extra = events.map((event) => ({ ...event, evil: true, __proto__: { x: 1 } }));
    expect(await call(ada, 'input', { events: extra })).toEqual({ ok: true });
    expect(browser.inputs).toEqual(events);
    for (let n = 0; n < 50; n++)
      ada.socket.emit('browser:input', { chat_id: browser.request.chatId, events: [{ ...MOVE, x: n / 100 }] });
    await call(ada, 'input', { events: [] });
    expect(browser.inputs.slice(events.length)).toEqual(
      Array.from({ length: 50 }, (_, n) => ({ ...MOVE, x: n / 100 })),
    );
  });

  test.each<[string, unknown]>([
    ['no events', undefined],
    ['events that are none', 'move'],
    ['65 events', Array.from({ length: 65 }, () => MOVE)],
    ['an unknown type', [{ type: 'tap', x: 0, y: 0 }]],
    ['x above 1', [{ ...MOVE, x: 1.001 }]],
    ['y below 0', [{ ...MOVE, y: -0.001 }]],
    ['NaN', [{ ...MOVE, x: Number.NaN }]],
    ['infinity', [{ ...MOVE, y: Number.POSITIVE_INFINITY }]],
    ['x as text', [{ ...MOVE, x: '0.5' }]],
    ['no y', [{ type: 'move', x: 0.5 }]],
    ['a fourth button', [{ ...button(true), button: 3 }]],
    ['half a button', [{ ...button(true), button: 0.5 }]],
    ['no button', [{ type: 'down', x: 0, y: 0 }]],
    ['a wheel without a way', [{ type: 'wheel', x: 0, y: 0 }]],
    ['a key of no name', [{ ...key('a', true), key: '' }]],
    ['a key with a control character', [{ ...key('a', true), key: '\u0000' }]],
    ['half a key', [{ ...key('a', true), key: '\ud83d' }]],
    ['a long key', [{ ...key('a', true), key: 'x'.repeat(33) }]],
    ['a code that is none', [{ ...key('a', true), code: 'Key A' }]],
    ['a key without modifiers', [{ type: 'key', key: 'a', code: 'KeyA', down: true }]],
    ['modifiers of a fifth kind', [{ ...key('a', true), modifiers: 16 }]],
    ['a key neither up nor down', [{ ...key('a', true), down: 'yes' }]],
    ['no text', [{ type: 'text', text: '' }]],
    ['4,097 characters', [{ type: 'text', text: 'x'.repeat(4097) }]],
    ['half a character', [{ type: 'text', text: '\ud800' }]],
    ['null', [null]],
  ])('with %s is refused as a whole', async (_, events) => {
    await using house = await openStageHouse();
    const { ada, call, browser } = await stage(house);
    const all = Array.isArray(events) && events.length < 64 ? [MOVE, ...events] : events;
    const answer = await call(ada, 'input', { events: all });
    expect(answer).toMatchObject({ ok: false, code: 'ERR_VALIDATION' });
    expect(answer.field).toMatch(/^events/);
    expect(browser.inputs).toEqual([]);
  });

  test('of anyone else is dropped, from the moment when control passes', async () => {
    await using house = await openStageHouse();
    const { chat, bob, ada, bobs, call, browser } = await stage(house);
    expect(await call(bobs, 'input', { events: [MOVE] })).toMatchObject({ ok: false, code: 'ERR_NOT_HOST' });
    await ada.call('control:grant', { chat_id: chat.id, user_id: bob.id });
    expect(await call(ada, 'input', { events: [MOVE] })).toMatchObject({ ok: false, code: 'ERR_NOT_HOST' });
    expect(browser.inputs).toEqual([]);
    expect(await call(bobs, 'input', { events: [MOVE] })).toEqual({ ok: true });
    await bobs.call('control:release', { chat_id: chat.id });
    for (const one of [ada, bobs])
      expect(await call(one, 'input', { events: [MOVE] })).toMatchObject({ code: 'ERR_NOT_HOST' });
    expect(browser.inputs).toEqual([MOVE]);
  });

  test('is at most 120 events a second and socket, but lets go of what is down', async () => {
    await using house = await openStageHouse({ realTime: false });
    const { ada, call, browser } = await stage(house);
    await call(ada, 'input', { events: [key('a', true), button(true)] });
    for (let n = 0; n < 10; n++) await call(ada, 'input', { events: Array.from({ length: 60 }, () => MOVE) });
    expect(browser.inputs).toHaveLength(120);
    await call(ada, 'input', { events: [key('b', true), key('b', false), key('a', false), button(false), MOVE] });
    expect(browser.inputs.slice(120)).toEqual([key('a', false), button(false)]);
    await house.timers.advance(1000);
    await call(ada, 'input', { events: [MOVE] });
    expect(browser.inputs).toHaveLength(123);
  });

  test('of more than 1,000 events a second for five seconds cuts the socket, whoever sends it', async () => {
    await using house = await openStageHouse({ realTime: false });
    const { chat, ada, bobs, call } = await stage(house);
    const events = Array.from({ length: 60 }, () => MOVE);
    for (let second = 0; second < 5; second++) {
      for (let n = 0; n < 20; n++) bobs.socket.emit('browser:input', { chat_id: chat.id, events });
      await bobs.settled();
      await house.timers.advance(1000);
    }
    expect(bobs.socket.connected).toBe(true);
    bobs.socket.emit('browser:input', { chat_id: chat.id, events });
    await bobs.heard('disconnect');
    expect(await call(ada, 'input', { events })).toEqual({ ok: true });
  });

  test('does not count as events of the session', async () => {
    await using house = await openStageHouse({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_SOCKET_EVENTS: '30' } });
    const { ada, chat, call, browser } = await stage(house);
    for (let n = 0; n < 100; n++) {
      ada.socket.emit('browser:input', { chat_id: chat.id, events: [MOVE] });
      ada.socket.emit('browser:seen', { chat_id: chat.id, seq: n });
      ada.socket.emit('browser:pointer', { chat_id: chat.id, x: 0, y: 0 });
    }
    expect(await call(ada, 'input', { events: [MOVE] })).toEqual({ ok: true });
    expect(await ada.call('control:release', { chat_id: chat.id })).toEqual({ ok: true });
    expect(browser.inputs).toHaveLength(101);
  });
});

describe('what is down goes up', () => {
  const DOWN = [key('a', true, 8), button(true)];
  const UP = [key('a', false), button(false)];

  test('when the host gives control up, loses it, or is put out', async () => {
    await using house = await openStageHouse();
    const { chat, bob, ada, bobs, call, browser } = await stage(house);
    const pressAndLose = async (who: typeof ada, lose: () => Promise<unknown>) => {
      browser.inputs.length = 0;
      expect(await call(who, 'input', { events: DOWN })).toEqual({ ok: true });
      await lose();
      await eventually(() => browser.inputs.length === 4);
      expect(browser.inputs.slice(2)).toEqual(UP);
    };
    const grant = () => ada.call('control:grant', { chat_id: chat.id, user_id: bob.id });
    await pressAndLose(ada, () => ada.call('control:release', { chat_id: chat.id }));
    await grant();
    await pressAndLose(bobs, () => ada.call('control:take', { chat_id: chat.id }));
    await pressAndLose(ada, grant);
    await pressAndLose(bobs, () => bobs.call('room:leave', { chat_id: chat.id }));
    await bobs.join(chat.id);
    await grant();
    await pressAndLose(bobs, () => ada.call('room:kick', { chat_id: chat.id, user_id: bob.id }));
  });

  test('with the tab that pressed it, while the host goes on in another', async () => {
    await using house = await openStageHouse();
    const { chat, ada, call, browser } = await stage(house);
    const tab = await house.dial(chat.owner);
    await tab.join(chat.id);
    await call(tab, 'input', { events: DOWN });
    await call(ada, 'input', { events: [key('b', true)] });
    tab.socket.disconnect();
    await eventually(() => browser.inputs.length === 5);
    expect(browser.inputs.slice(3)).toEqual(UP);
    expect(house.modules.control.hostOf(chat.id)).toBe(chat.owner.id);
    expect(await call(ada, 'input', { events: [key('b', false)] })).toEqual({ ok: true });
  });

  test('after ten seconds in which nothing is heard, and is forgotten with the browser', async () => {
    await using house = await openStageHouse({ realTime: false });
    const { ada, call, browser, crash } = await stage(house);
    await call(ada, 'input', { events: DOWN });
    await house.timers.advance(10_000);
    expect(browser.inputs.slice(2)).toEqual(UP);
    await call(ada, 'input', { events: DOWN });
    const next = await crash()();
    await ada.call('control:release', { chat_id: next.request.chatId });
    await turn();
    expect(next.inputs).toEqual([]);
  });
});

describe('pointers', () => {
  test('of the host are shown to those who watch, of the others where the chat says so, and nobody sees their own', async () => {
    await using house = await openStageHouse({ realTime: false });
    const { chat, bob, ada, bobs, call } = await stage(house);
    const carol = await house.given.member(chat);
    const blind = await house.dial(carol);
    await blind.join(chat.id);
    const starts = [call(ada, 'watch'), call(bobs, 'watch')];
    await Promise.all(starts);
    await house.timers.advance(1);
    await call(ada, 'input', {
      events: [
        { ...MOVE, x: 0.1 },
        { ...MOVE, x: 0.2 },
      ],
    });
    const cursor = (x: number) => ({ chat_id: chat.id, user_id: chat.owner.id, x, y: 0.25 });
    expect(await bobs.heard('browser:cursor')).toEqual(cursor(0.2));
    for (let n = 3; n < 9; n++) await call(ada, 'input', { events: [{ ...MOVE, x: n / 10 }] });
    await house.timers.advance(50);
    await bobs.heard('browser:cursor', ({ x }) => x === 0.8);
    expect(bobs.all('browser:cursor')).toEqual([cursor(0.2), cursor(0.8)]);
    expect(await call(bobs, 'pointer', { x: 0.5, y: 1 })).toEqual({ ok: true });
    await ada.settled();
    expect(ada.all('browser:pointer')).toEqual([]);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, { inactive_cursors: true });
    for (let n = 0; n < 100; n++) await call(bobs, 'pointer', { x: n / 100, y: 1 });
    await house.timers.advance(50);
    await ada.heard('browser:pointer', ({ x }) => x === 0.99);
    expect(ada.all('browser:pointer')).toEqual([0, 0.99].map((x) => ({ chat_id: chat.id, user_id: bob.id, x, y: 1 })));
    expect([...ada.all('browser:cursor'), ...bobs.all('browser:pointer')]).toEqual([]);
    await blind.settled();
    expect(blind.told.filter(({ event }) => event.startsWith('browser:'))).toEqual([]);
    for (const wrong of [{ x: 2, y: 0 }, { x: 0 }, { x: 0, y: null }])
      expect(await call(bobs, 'pointer', wrong)).toMatchObject({ code: 'ERR_VALIDATION' });
  });
});

describe('the address', () => {
  test('is the host’s to change, and only http and https are opened', async () => {
    await using house = await openStageHouse();
    const { ada, bobs, call, browser } = await stage(house);
    for (const action of ['back', 'forward', 'reload'])
      expect(await call(ada, 'navigate', { action })).toEqual({ ok: true });
    const url = 'https://example.com/ä?q=1#x';
    expect(await call(ada, 'navigate', { url })).toEqual({ ok: true });
    expect(browser.navigations).toEqual([
      { action: 'back' },
      { action: 'forward' },
      { action: 'reload' },
      { url },
    ] as never);
    expect(await call(bobs, 'navigate', { url })).toMatchObject({ code: 'ERR_NOT_HOST' });
    for (const wrong of [
      {},
      { action: 'close' },
      { action: 'back', url },
      { url: 'file:///etc/passwd' },
      { url: 'javascript:alert(1)' },
      { url: 'data:text/html,x' },
      { url: 'view-source:https://example.com' },
      { url: 'chrome://version' },
      { url: 'https://ada:secret@example.com/' },
      { url: 'https://' },
      { url: ' https://example.com' },
      { url: `https://example.com/${'x'.repeat(2049 - 20)}` },
    ])
      expect(await call(ada, 'navigate', wrong)).toMatchObject({ ok: false, code: 'ERR_VALIDATION' });
    expect(browser.navigations).toHaveLength(4);
  });

  test('that cannot be opened is said to be so', async () => {
    await using house = await openStageHouse();
    const { ada, call, browser } = await stage(house);
    const { EngineError } = await import('../../src/ports/browser-engine.ts');
    browser.navigate = async () => {
      throw new EngineError('The address does not answer');
    };
    expect(await call(ada, 'navigate', { url: 'https://example.com/' })).toMatchObject({
      code: 'ERR_UNAVAILABLE',
      error: 'The address does not answer',
    });
  });
});

test('watching and driving begin the idle time anew, and nothing of the others does', async () => {
  await using house = await openStageHouse({ realTime: false, env: { PORTAL_BROWSER_IDLE_SECONDS: '120' } });
  const { chat, ada, bobs, call } = await stage(house);
  const isOn = () => house.modules.running.find(chat.id) !== undefined;
  const minute = 60_000;
  await house.timers.advance(minute - 1000);
  await call(ada, 'input', { events: [MOVE] });
  await house.timers.advance(minute + 1000);
  expect(await ada.heard('room:browser_idle')).toMatchObject({ reason: 'idle' });
  expect(await call(ada, 'input', { events: [MOVE] })).toEqual({ ok: true });
  expect(await ada.heard('room:browser_idle', ({ stops_at }) => stops_at === null)).toMatchObject({ reason: 'idle' });
  await call(bobs, 'watch');
  await house.timers.advance(5 * minute);
  expect(isOn()).toBe(true);
  await call(bobs, 'unwatch');
  await house.timers.advance(minute);
  await call(bobs, 'input', { events: [MOVE] });
  await call(bobs, 'pointer', { x: 0, y: 0 });
  await house.timers.advance(minute);
  expect(await ada.heard('room:stopped')).toMatchObject({ reason: 'idle' });
});
