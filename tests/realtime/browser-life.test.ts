import { describe, expect, test } from 'bun:test';
import { browserPath } from '../support/browser-house.ts';
import { eventually } from '../support/waiting.ts';
import { cinema, heard, names } from './browser-room.ts';

const sharedBrowser = ({ id }: { id: number }) => ({
  engine: 'local',
  width: 1280,
  height: 720,
  url: `/v1/portal/chats/${id}/browser/`,
  frames: true,
});

describe('the room hears', () => {
  test('of each step of the start, and of the end', async () => {
    await using room = await cinema();
    await room.start();
    await room.stop();
    for (const visitor of [room.ada, room.bob])
      expect(await heard(visitor, /^room:(started|stopped|browser_)/)).toEqual([
        ['room:browser_progress', { step: 'create', percent: null }],
        ['room:browser_progress', { step: 'boot', percent: null }],
        ['room:browser_progress', { step: 'ready', percent: 100 }],
        ['room:started', { browser: sharedBrowser(room.chat) }],
        ['room:stopped', { reason: 'stopped' }],
      ]);
  });

  test('that a start failed, and why', async () => {
    await using room = await cinema();
    room.engine.failWith('The disk is full.');
    await room.start();
    expect(await heard(room.bob)).toEqual([['room:stopped', { reason: 'failed', error: 'The disk is full' }]]);
  });

  test('of the browser when it is joined, and of none while it is off', async () => {
    await using room = await cinema();
    const join = async () => (await room.bob.join(room.chat.id)).browser;
    expect(await join()).toBeNull();
    await room.start();
    expect(await join()).toEqual({ ...sharedBrowser(room.chat), can_control: false });
    expect((await room.ada.join(room.chat.id)).browser.can_control).toBe(true);
    await room.stop();
    expect(await join()).toBeNull();
  });

  test('in every list that it runs', async () => {
    await using room = await cinema();
    const carol = await room.house.dial(room.bob.session);
    await room.start();
    await room.pass(1);
    expect(await carol.heard('chat:status', ({ running }) => running)).toMatchObject({ chat_id: room.chat.id });
    await room.stop();
    await room.pass(1);
    expect(await carol.heard('chat:status', ({ running }) => !running)).toMatchObject({ chat_id: room.chat.id });
  });

  test('of the end of the browser before that of the chat', async () => {
    await using room = await cinema();
    await room.start();
    await room.house.as(room.chat.owner).post(browserPath(room.chat, 'delete'));
    await room.bob.heard('room:destroyed');
    const last = room.bob.told.map(({ event }) => event).filter((event) => /stopped|destroyed/.test(event));
    expect(last).toEqual(['room:stopped', 'room:destroyed']);
  });
});

describe('a browser that nobody watches', () => {
  test('stops after its idle time, announced a minute before', async () => {
    await using room = await cinema();
    await room.start();
    await room.pass(539);
    expect(await names(room.bob)).toEqual(['started']);
    await room.pass(1);
    const stops_at = room.at(60);
    await room.pass(59);
    expect(room.engine.alive.length).toBe(1);
    await room.pass(1);
    expect((await heard(room.bob)).slice(1)).toEqual([
      ['room:browser_idle', { stops_at, reason: 'idle' }],
      ['room:stopped', { reason: 'idle' }],
    ]);
    expect(room.engine.alive).toEqual([]);
  });

  test('is warned of half of a short idle time before', async () => {
    await using room = await cinema({ PORTAL_BROWSER_IDLE_SECONDS: '10' });
    await room.start();
    await room.pass(5);
    expect((await heard(room.bob)).at(-1)).toEqual(['room:browser_idle', { stops_at: room.at(5), reason: 'idle' }]);
    await room.pass(5);
    expect(await names(room.bob)).toEqual(['started', 'browser_idle', 'stopped']);
  });

  test('stays as long as somebody watches, and has its whole time afterwards', async () => {
    await using room = await cinema();
    await room.start();
    room.watched(1);
    await room.pass(1000);
    room.watched(2);
    room.watched(1);
    await room.pass(1000);
    room.watched(0);
    await room.pass(539);
    expect(await names(room.bob)).toEqual(['started']);
    await room.pass(61);
    expect(await names(room.bob)).toEqual(['started', 'browser_idle', 'stopped']);
  });

  test.each(['browser:keep', 'start', 'a viewer', 'input'])('is kept by %s', async (by) => {
    await using room = await cinema();
    await room.start();
    await room.pass(570);
    if (by === 'browser:keep') expect(await room.bob.call(by, { chat_id: room.chat.id })).toEqual({ ok: true });
    if (by === 'start') await room.start();
    if (by === 'a viewer') room.watched(1);
    if (by === 'input') room.touched();
    expect((await heard(room.bob)).at(-1)).toEqual(['room:browser_idle', { stops_at: null, reason: 'idle' }]);
    if (by === 'a viewer') room.watched(0);
    await room.pass(539);
    expect(room.engine.alive.length).toBe(1);
    await room.pass(1);
    expect((await heard(room.bob)).at(-1)).toEqual(['room:browser_idle', { stops_at: room.at(60), reason: 'idle' }]);
    await room.pass(60);
    expect(room.engine.alive).toEqual([]);
  });

  test('is not kept by those who are not in the room', async () => {
    await using room = await cinema();
    await room.start();
    await room.pass(570);
    const tab = await room.house.dial(room.bob.session);
    const outsider = await room.house.dial(await room.house.given.person());
    const stranger = await room.house.dial(await room.house.given.stranger());
    for (const visitor of [tab, outsider])
      expect(await visitor.call('browser:keep', { chat_id: room.chat.id })).toMatchObject({ code: 'ERR_NOT_JOINED' });
    expect(await stranger.call('browser:keep', { chat_id: room.chat.id })).toMatchObject({
      code: 'ERR_ACCOUNT_REQUIRED',
    });
    await room.pass(30);
    expect(room.engine.alive).toEqual([]);
  });

  test('that was stopped by hand is not announced again', async () => {
    await using room = await cinema();
    await room.start();
    await room.pass(500);
    await room.stop();
    await room.start();
    await room.pass(500);
    expect(await names(room.bob)).toEqual(['started', 'stopped', 'started']);
  });
});

describe('the longest time', () => {
  test('ends what is watched, too, announced five minutes and one minute before', async () => {
    await using room = await cinema({ PORTAL_BROWSER_MAX_SECONDS: '3600' });
    await room.start();
    room.watched(3);
    const stops_at = room.at(3600);
    await room.pass(3299);
    expect(await names(room.bob)).toEqual(['started']);
    await room.pass(1);
    await room.bob.call('browser:keep', { chat_id: room.chat.id });
    await room.pass(240);
    await room.pass(60);
    expect((await heard(room.bob)).slice(1)).toEqual([
      ['room:browser_idle', { stops_at, reason: 'max' }],
      ['room:browser_idle', { stops_at, reason: 'max' }],
      ['room:stopped', { reason: 'stopped' }],
    ]);
    expect(room.engine.alive).toEqual([]);
  });

  test('goes on over a crash', async () => {
    await using room = await cinema({ PORTAL_BROWSER_MAX_SECONDS: '100' });
    await room.start();
    await room.pass(30);
    room.engine.browser.crash();
    await eventually(() => room.engine.alive.length === 1);
    await room.pass(70);
    expect(await names(room.bob)).toEqual(['started', 'browser_recovering', 'started', 'browser_idle', 'stopped']);
  });
});

test('nor does what a start still tells that was stopped', async () => {
  await using room = await cinema();
  const release = room.engine.hold();
  const starting = room.start();
  await room.engine.asked(1);
  await room.stop();
  release();
  await starting;
  await eventually(() => room.engine.started.length === 1 && room.engine.alive.length === 0);
  expect(await heard(room.bob, /^room:(stopped|browser_progress)$/)).toEqual([
    ['room:browser_progress', { step: 'create', percent: null }],
    ['room:stopped', { reason: 'stopped' }],
  ]);
});
