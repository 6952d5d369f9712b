import { describe, expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { cinema, heard, names } from './browser-room.ts';

describe('a browser that crashes', () => {
  test('comes back at its last page, with whoever drove it', async () => {
    await using room = await cinema();
    const { running } = room.house.modules;
    await room.start();
    running.setHost(room.chat.id, room.chat.owner.id);
    room.engine.browser.show({ url: 'https://example.com/scene', title: 'Scene' });
    room.engine.browser.show({ url: 'chrome-error://chromewebdata/' });
    const release = room.engine.hold();
    room.engine.browser.crash();
    await room.engine.asked(2);
    expect(await names(room.bob)).toEqual(['started', 'browser_recovering']);
    expect(running.find(room.chat.id)?.browser).toBeUndefined();
    expect(await room.read()).toMatchObject({ status: 503, body: { code: 'ERR_UNAVAILABLE' } });
    release();
    await eventually(async () => (await names(room.bob)).length === 3);
    expect(await names(room.bob)).toEqual(['started', 'browser_recovering', 'started']);
    expect(room.engine.requests.at(-1)?.startUrl).toBe('https://example.com/scene');
    expect(running.hostOf(room.chat.id)).toBe(room.chat.owner.id);
    expect((await room.read()).status).toBe(200);
  });

  test('three times within ten minutes ends', async () => {
    await using room = await cinema();
    await room.start();
    for (const alive of [1, 1, 0]) {
      room.engine.browser.crash();
      await eventually(() => room.engine.alive.length === alive);
    }
    const error = 'The browser failed three times within ten minutes';
    await eventually(async () => (await names(room.bob)).at(-1) === 'stopped');
    expect((await heard(room.bob)).at(-1)).toEqual(['room:stopped', { reason: 'failed', error }]);
    expect(room.engine.requests.length).toBe(3);
    expect(await room.start()).toMatchObject({ status: 200 });
  });

  test('now and then goes on for ever', async () => {
    await using room = await cinema();
    await room.start();
    room.watched(1);
    for (const _ of [1, 2, 3, 4, 5]) {
      await room.pass(301);
      room.engine.browser.crash();
      await eventually(() => room.engine.alive.length === 1);
    }
    expect(await names(room.bob)).not.toContain('stopped');
  });

  test('and does not start again counts each try', async () => {
    await using room = await cinema();
    await room.start();
    room.engine.failWith('no', 'no');
    room.engine.browser.crash();
    await eventually(async () => {
      await room.pass(1);
      return (await names(room.bob)).at(-1) === 'stopped';
    });
    expect(room.engine.requests.length).toBe(3);
    await room.pass(100);
    expect(room.engine.requests.length).toBe(3);
  });

  test('may be stopped while it comes back', async () => {
    await using room = await cinema();
    await room.start();
    const release = room.engine.hold();
    room.engine.browser.crash();
    await room.engine.asked(2);
    expect(await room.stop()).toMatchObject({ status: 200 });
    release();
    await eventually(() => room.engine.started.length === 2 && room.engine.alive.length === 0);
    expect(await names(room.bob)).toEqual(['started', 'browser_recovering', 'stopped']);
  });

  test('takes its dialogs along', async () => {
    await using room = await cinema();
    const { running } = room.house.modules;
    await room.start();
    const closed: string[] = [];
    running.on(room.chat.id, { dialogClosed: (id) => closed.push(id) });
    room.engine.browser.open({ id: 'one', type: 'alert', message: 'Hello' });
    expect([...(running.find(room.chat.id)?.dialogs.keys() ?? [])]).toEqual(['one']);
    room.engine.browser.crash();
    expect(closed).toEqual(['one']);
    await eventually(() => room.engine.alive.length === 1);
    expect(running.find(room.chat.id)?.dialogs.size).toBe(0);
  });
});

test('what an ended browser still tells reaches nobody', async () => {
  await using room = await cinema();
  await room.start();
  const { browser } = room.engine;
  const told: string[] = [];
  room.house.modules.running.on(room.chat.id, {
    page: ({ url }) => told.push(url),
    gone: (isOver) => told.push(`gone ${isOver}`),
    notice: (kind) => told.push(kind),
  });
  await room.stop();
  browser.show({ url: 'https://example.com/late' });
  browser.notice('popup');
  browser.crash();
  expect(told).toEqual(['gone true']);
  expect(await names(room.bob)).toEqual(['started', 'stopped']);
});
