import { afterEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { openRoom } from '../../src/adapters/docker-browser/room/open-room.ts';
import { EngineError } from '../../src/ports/browser-engine.ts';
import { nekoCaller } from '../neko/neko-caller.ts';
import { TestTimers } from '../support/test-timers.ts';
import { eventually } from '../support/waiting.ts';
import { jpegSize } from './browser-viewer.ts';
import { type Page, type RoomStage, roomStage } from './neko-room.ts';

const stages: RoomStage[] = [];

async function begin(options: Parameters<typeof roomStage>[0] = {}): Promise<RoomStage> {
  const stage = await roomStage(options);
  stages.push(stage);
  return stage;
}

afterEach(async () => {
  for (const stage of stages.splice(0)) await stage[Symbol.asyncDispose]();
});

const KEY_A_DOWN = Uint8Array.of(3, 0, 4, 0, 0, 0, 0x61);

/** No frame is sent any more. */
async function isDark({ neko }: RoomStage): Promise<boolean> {
  const before = neko.frames;
  await new Promise((resolve) => neko.room.timers.after(120, () => resolve(undefined)));
  return neko.frames === before;
}

describe('a line', () => {
  test('brings the offer, with the servers of the settings and with credentials of the viewer’s own', async () => {
    const ice = [{ urls: ['turn:turn.example:3478'], secret: 'known to the server' }, { urls: ['stun:stun.example'] }];
    const { page, neko } = await begin({ ice });
    const [ada, bob] = [await page('5.1'), await page('6.1')];
    for (const one of [ada, bob]) await one.watch(neko);
    const [first, second] = [ada, bob].map((one) => one.of('signal/provide')[0]?.iceservers) as Record<
      string,
      unknown
    >[][];
    expect(first).toEqual([
      {
        urls: ['turn:turn.example:3478'],
        username: expect.stringMatching(/^\d{10}:5$/),
        credential: expect.any(String),
      },
      { urls: ['stun:stun.example'] },
    ]);
    expect(second?.[0]?.credential).not.toBe(first?.[0]?.credential as string);
    expect(JSON.stringify([ada.said, bob.said])).not.toContain('known to the server');
  });

  test('names nobody’s server when the settings name none', async () => {
    const { page, neko } = await begin();
    const ada = await (await page('5.1')).watch(neko);
    expect(ada.of('signal/provide')[0]?.iceservers).toEqual([]);
  });

  test('tells who one is and who drives, and nothing of the others, of settings, or of secrets', async () => {
    const stage = await begin();
    const ada = await stage.page('5.1');
    await (await stage.page('6.1')).watch(stage.neko);
    await ada.watch(stage.neko);
    await stage.room.viewers?.letDrive('6.1');
    expect(await ada.hears('control/host')).toMatchObject({ has_host: true, host_id: '6.1' });
    expect(ada.of('system/init')).toEqual([
      {
        session_id: '5.1',
        control_host: { id: '', has_host: false },
        screen_size: { width: 1280, height: 720, rate: 30 },
        touch_events: true,
      },
    ]);
    const known = ['system/init', 'signal/provide', 'signal/candidate', 'control/host', 'session/cursors'];
    expect(ada.said.map(({ event }) => event).filter((event) => !known.includes(event))).toEqual([]);
    const text = JSON.stringify(ada.said);
    for (const { token } of stage.neko.sessions) expect(text).not.toContain(token);
    expect(text).not.toContain(stage.neko.apiToken);
  });

  test.each([
    ['control/request', {}],
    ['control/move', { x: 1, y: 1 }],
    ['control/keypress', { keysym: 97 }],
    ['control/paste', { text: 'x' }],
    ['clipboard/set', { text: 'x' }],
    ['send/broadcast', { subject: 'x', body: 'y' }],
    ['send/unicast', { receiver: '6.1', subject: 'x', body: 'y' }],
    ['chat/message', { text: 'x' }],
    ['screen/set', { width: 640, height: 480, rate: 30 }],
    ['system/logs', [{ level: 'info' }]],
  ])('carries no %s to n.eko, also from who drives', async (event, payload) => {
    const { page, neko, room } = await begin();
    const [ada, bob] = [await page('5.1'), await page('6.1')];
    await room.viewers?.letDrive('5.1');
    for (const one of [ada, bob]) {
      one.say(event, payload);
      // Go reads names without regard to case, and the last of two.
      one.line?.receive(
        `{"event":"client/heartbeat","Event":"${event}","payload":{},"PAYLOAD":${JSON.stringify(payload)}}`,
      );
      one.line?.receive(`{"event":"client/heartbeat","payload":{},"event":"${event}"}`);
      await one.watch(neko);
    }
    expect(neko.desktop.happened).toEqual([]);
    expect(neko.desktop.clipboard).toBeUndefined();
    expect(neko.desktop.screen).toEqual({ width: 1280, height: 720, rate: 30 });
    expect(neko.room.hostId).toBe('5.1');
  });

  test.each([
    ['text that is no JSON', 'signal/request'],
    ['an SDP of 1 MB', JSON.stringify({ event: 'signal/answer', payload: { sdp: `v=0${'x'.repeat(2 ** 20)}` } })],
    ['a candidate of 1 MB', JSON.stringify({ event: 'signal/candidate', payload: { candidate: 'x'.repeat(2 ** 20) } })],
    ['an answer that is no text', '{"event":"signal/answer","payload":{"sdp":{"a":1}}}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['an event that is no text', '{"event":5}'],
    ['a name from the prototype', '{"event":"constructor","payload":{}}'],
  ])('swallows %s', async (_what, text) => {
    const { page, neko } = await begin();
    const ada = await page('5.1');
    ada.line?.receive(text);
    await ada.watch(neko);
    expect(ada.isLost).toBe(false);
  });

  test('of one viewer ends without the other of the same person', async () => {
    const { page, neko } = await begin();
    const [laptop, phone] = [await (await page('5.1')).watch(neko), await (await page('5.2')).watch(neko)];
    await phone.close();
    expect(neko.sessions.map(({ id }) => id).sort()).toEqual(['5.1', 'portal']);
    expect(laptop.isLost).toBe(false);
    expect(neko.session('5.1').state).toMatchObject({ is_connected: true, is_watching: true });
  });
});

describe('one viewer', () => {
  const move = (x: number) => Uint8Array.of(1, 0, 4, x >> 8, x & 255, 0, 20);

  test('who moves thousands of times a second ends nobody’s line, and is shown where they are', async () => {
    const { page, neko } = await begin();
    const [ada, eve] = [await page('5.1'), await page('6.1')];
    for (let n = 0; n < 3000; n++) neko.input(eve.id, move(n & 1023));
    await eventually(() => {
      neko.input(eve.id, move(7));
      return ada.of('session/cursors').length > 0;
    });
    await ada.watch(neko);
    expect([ada.isLost, eve.isLost]).toEqual([false, false]);
    expect(Math.max(...ada.said.map((one) => JSON.stringify(one).length))).toBeLessThan(16 * 1024);
  });

  test('who asks for pictures without end gets a few, and another one later', async () => {
    const timers = new TestTimers();
    const { page, neko } = await begin({ timers });
    const ada = await page('5.1');
    for (let n = 0; n < 50; n++) ada.say('signal/request');
    await (await page('6.1')).watch(neko);
    await ada.hears('signal/provide', 6);
    expect(ada.of('signal/provide').length).toBe(6);
    await timers.advance(1000);
    ada.say('signal/request');
    await ada.hears('signal/provide', 7);
  });
});

describe('the end of a line', () => {
  test('ends the picture, the session and the member before it resolves', async () => {
    const stage = await begin();
    const { page, neko } = stage;
    const ada = await (await page('5.1')).watch(neko);
    const { token } = neko.session('5.1');
    await eventually(() => neko.frames > 0);
    await Promise.all([ada.close(), ada.close()]);
    expect(await isDark(stage)).toBe(true);
    const { status } = nekoCaller(neko);
    expect(await status('GET', '/api/whoami', undefined, token)).toBe(401);
    expect(await status('GET', '/api/members/5.1')).toBe(404);
    expect(ada.isLost).toBe(false);
  });

  test.each([
    ['asked for', (ada: Page) => ada.say('signal/request')],
    [
      'being connected',
      async (ada: Page) => {
        ada.say('signal/request');
        await ada.hears('signal/provide');
        ada.say('signal/answer', { sdp: 'v=0\r\n' });
      },
    ],
    [
      'asked for anew',
      async (ada: Page, { neko }: RoomStage) => {
        await ada.watch(neko);
        ada.say('signal/request');
        await ada.hears('signal/provide', 2);
        ada.say('signal/answer', { sdp: 'v=0\r\n' });
      },
    ],
  ])('ends a picture that is %s', async (_what, ask) => {
    const stage = await begin();
    const ada = await stage.page('5.1');
    await ask(ada, stage);
    await ada.close();
    expect(await isDark(stage)).toBe(true);
  });

  test('lets nothing more through', async () => {
    const stage = await begin();
    const ada = await (await stage.page('5.1')).watch(stage.neko);
    await ada.close();
    const heard = ada.said.length;
    ada.say('signal/request');
    await (await stage.page('6.1')).watch(stage.neko);
    expect(ada.said.length).toBe(heard);
  });

  test('in the middle of its beginning leaves no member', async () => {
    const { room, neko } = await begin();
    const line: Promise<unknown> | undefined = room.viewers?.connect(
      { id: '5.1', userId: 5 },
      { send() {}, lost() {} },
    );
    line?.catch(() => {});
    await room.leave();
    await line?.catch(() => {});
    expect(neko.sessions.filter(({ id }) => id === '5.1')).toEqual([]);
  });

  test('is told when n.eko makes it', async () => {
    const { page, neko } = await begin();
    const ada = await page('5.1');
    await nekoCaller(neko).call('DELETE', '/api/sessions/5.1');
    await eventually(() => ada.isLost);
  });
});

describe('driving', () => {
  test('is for one at a time, and n.eko drops what the others send', async () => {
    const { page, neko, room } = await begin();
    const [ada, bob] = [await page('5.1'), await page('6.1')];
    neko.input(ada.id, KEY_A_DOWN);
    expect(neko.desktop.keysDown).toEqual([]);
    await room.viewers?.letDrive('5.1');
    neko.input(bob.id, KEY_A_DOWN);
    expect(neko.desktop.keysDown).toEqual([]);
    neko.input(ada.id, KEY_A_DOWN);
    expect(neko.desktop.keysDown).toEqual([0x61]);
  });

  test.each(['6.1', null])('by %p next: what the one before holds down goes up', async (next) => {
    const { page, neko, room } = await begin();
    const ada = await page('5.1');
    await page('6.1');
    await room.viewers?.letDrive('5.1');
    neko.input(ada.id, KEY_A_DOWN);
    await room.viewers?.letDrive(next);
    expect(neko.desktop.keysDown).toEqual([]);
    expect(neko.room.host?.id ?? null).toBe(next);
    expect(neko.sessions.filter(({ profile }) => profile.can_host).map(({ id }) => id)).toEqual(next ? [next] : []);
  });

  test('ends with the line, and what is down goes up', async () => {
    const { page, neko, room } = await begin();
    const ada = await page('5.1');
    await room.viewers?.letDrive('5.1');
    neko.input(ada.id, KEY_A_DOWN);
    await ada.close();
    expect(neko.desktop.keysDown).toEqual([]);
    expect(neko.room.hostId).toBe('');
  });

  test('goes to the last one named, when many are named at once', async () => {
    const { page, neko, room } = await begin();
    for (const id of ['5.1', '6.1', '7.1']) await page(id);
    const names = ['5.1', '6.1', null, '7.1', '5.1', 'nobody', '6.1'];
    await Promise.all(names.map((name) => room.viewers?.letDrive(name)));
    expect(neko.room.hostId).toBe('6.1');
    expect(neko.sessions.filter(({ profile }) => profile.can_host).map(({ id }) => id)).toEqual(['6.1']);
  });

  test('is for nobody who is not there', async () => {
    const { neko, room } = await begin();
    await room.viewers?.letDrive('9.9');
    expect(neko.room.hostId).toBe('');
  });
});

describe('the clipboard', () => {
  test.each(['5.1', null])('is read and written while %p drives, and nobody else drives afterwards', async (driver) => {
    const { page, neko, room } = await begin();
    await page('5.1');
    await page('6.1');
    await room.viewers?.letDrive(driver);
    expect(await room.readClipboard()).toBe('');
    await room.writeClipboard('two\nlines\t😀');
    expect(neko.desktop.clipboard?.text).toBe('two\nlines\t😀');
    expect(await room.readClipboard()).toBe('two\nlines\t😀');
    await room.writeClipboard('');
    expect(await room.readClipboard()).toBe('');
    expect(neko.room.host?.id ?? null).toBe(driver);
  });

  test('keeps its turn while control changes', async () => {
    const { page, neko, room } = await begin();
    await page('5.1');
    await page('6.1');
    const work = ['5.1', '6.1', null, '5.1'].flatMap((id) => [
      room.viewers?.letDrive(id),
      room.writeClipboard(`while ${id}`),
      room.readClipboard(),
    ]);
    await Promise.all(work);
    expect(neko.room.hostId).toBe('5.1');
  });
});

describe('a picture of the screen', () => {
  test('has the size and is a JPEG', async () => {
    const { room } = await begin();
    expect(jpegSize(await room.capture({ quality: 80, width: 1280 }))).toEqual({ width: 1280, height: 720 });
    expect(jpegSize(await room.capture({ quality: 80, width: 480 }))).toEqual({ width: 480, height: 270 });
  });

  test.each(['nonsense', 'errors'] as const)('is the last one when n.eko gives %s', async (fault) => {
    const { room, neko } = await begin();
    const last = await room.capture({ quality: 80, width: 1280 });
    neko.fault = fault;
    expect(await room.capture({ quality: 80, width: 1280 })).toEqual(last);
  });
});

describe('an address', () => {
  test('is opened by the browser itself, and then told', async () => {
    const { room, commands, listener } = await begin();
    await room.navigate({ url: 'https://example.com/a b?c="d' });
    const url = 'https://example.com/a%20b?c=%22d';
    expect(commands).toEqual([['chromium', '--no-sandbox', '--user-data-dir=/home/neko/.config/chromium', url]]);
    expect(listener.pages.at(-1)?.url).toBe(url);
  });

  test.each(['file:///etc/passwd', '--headless', 'javascript:alert(1)', ''])('%p is not opened', async (url) => {
    const { room, commands } = await begin();
    expect(room.navigate({ url })).rejects.toBeInstanceOf(EngineError);
    expect(commands).toEqual([]);
  });

  test('that the browser does not take is an error in words', async () => {
    const { room } = await begin({ exec: async () => ({ exitCode: 1 }) });
    expect(room.navigate({ url: 'https://example.com/' })).rejects.toThrow('did not open');
  });
});

describe('n.eko that', () => {
  test('was killed comes back: pages are told, and come in again, and one of them drives again', async () => {
    const { page, neko, room, listener } = await begin();
    const ada = await (await page('5.1')).watch(neko);
    await room.viewers?.letDrive('5.1');
    await neko.kill();
    await eventually(() => listener.awayFor.length === 1 && ada.isLost);
    const again = await page('5.2');
    await eventually(() => listener.backs === 1);
    await again.watch(neko);
    await room.viewers?.letDrive('5.2');
    expect(neko.room.hostId).toBe('5.2');
    expect(listener.goneFor).toEqual([]);
  });

  test.each(['frozen', 'nonsense', 'errors'] as const)(
    'is %s for good is given up, and its container removed',
    async (fault) => {
      const timers = new TestTimers();
      const { page, neko, room, listener, removals } = await begin({ timers });
      const ada = await page('5.1');
      neko.fault = fault;
      await timers.advance(5000);
      await eventually(() => listener.awayFor.length === 1, { found: () => listener });
      expect(ada.isLost).toBe(true);
      await eventually(async () => {
        await timers.advance(500);
        return listener.goneFor.length === 1;
      });
      expect(removals.length).toBe(1);
      expect(room.viewers?.connect({ id: '5.2', userId: 5 }, { send() {}, lost() {} })).rejects.toBeInstanceOf(
        EngineError,
      );
    },
  );

  test('was frozen for a moment knows nobody afterwards', async () => {
    const timers = new TestTimers();
    const { page, neko, listener } = await begin({ timers });
    const ada = await page('5.1');
    neko.fault = 'frozen';
    await timers.advance(5000);
    await eventually(() => ada.isLost);
    neko.fault = 'none';
    await eventually(async () => {
      await timers.advance(200);
      return listener.backs === 1;
    });
    expect(neko.sessions.map(({ id }) => id)).toEqual(['portal']);
    expect(listener.goneFor).toEqual([]);
  });

  test.each([
    ['waits for it', async () => {}],
    [
      'gives up and goes',
      async (ada: Page, timers: TestTimers) => {
        await timers.advance(1000);
        const closing = ada.close();
        await timers.advance(100);
        await closing;
      },
    ],
  ])('gives no picture any more, though all else answers, is given up when a page %s', async (_what, then) => {
    const timers = new TestTimers();
    const { page, neko, listener, removals } = await begin({ timers });
    const ada = await page('5.1');
    neko.fault = 'video hangs';
    ada.say('signal/request');
    await then(ada, timers);
    await timers.advance(2000);
    await eventually(() => neko.sessions.some(({ id, state }) => id === 'probe' && state.is_connected));
    await timers.advance(2900);
    await eventually(() => listener.goneFor.length === 1);
    expect(removals.length).toBe(1);
  });

  test('gives one page no offer, and others one, goes on', async () => {
    const timers = new TestTimers();
    const { page, neko, listener } = await begin({ timers });
    const ada = await page('5.1');
    ada.say('signal/request');
    await ada.hears('signal/provide');
    neko.fault = 'video hangs';
    // n.eko takes one after the other: once the first is answered, the second hangs.
    ada.say('signal/audio', { disabled: true });
    ada.say('signal/request');
    await ada.hears('signal/audio');
    neko.fault = 'none';
    await timers.advance(2000);
    await eventually(() => neko.room.deleted.some(({ id }) => id === 'probe'));
    expect([listener.awayFor, listener.goneFor]).toEqual([[], []]);
    await (await page('6.1')).watch(neko);
  });

  test('does not end a picture is ended itself', async () => {
    const { page, neko, listener, removals } = await begin();
    const ada = await (await page('5.1')).watch(neko);
    neko.fault = 'errors';
    await ada.close();
    expect(removals.length).toBe(1);
    expect(listener.goneFor.length).toBe(1);
  });
});

test('nothing of n.eko’s secrets is in the log, whatever goes wrong', async () => {
  const records: unknown[] = [];
  const note = (message: string, fields?: object) => records.push(message, Bun.inspect(fields, { depth: 10 }));
  const logger = { debug: note, info: note, warn: note, error: note };
  const { page, neko, room } = await begin({ logger });
  const [ada, bob] = [await page('5.1'), await page('6.1')];
  const tokens = neko.sessions.map(({ token }) => token);
  await room.viewers?.letDrive('5.1');
  neko.fault = 'errors';
  await room.viewers?.letDrive('6.1').catch((error: unknown) => note('', { error }));
  await room.readClipboard().catch((error: unknown) => note('', { error }));
  await Promise.all([ada, bob].map((one) => one.close().catch((error: unknown) => note('', { error }))));
  expect(records.length).toBeGreaterThan(3);
  for (const secret of [...tokens, neko.apiToken]) expect(JSON.stringify(records)).not.toContain(secret);
});

describe('a room', () => {
  test('that an earlier run of the server left is taken over without those who were in', async () => {
    const stage = await begin();
    await stage.room.leave();
    const { join, watch, call } = nekoCaller(stage.neko);
    const { line, token } = await join('5.1', { can_host: true });
    await watch(line);
    await call('POST', '/api/room/control/give/5.1');
    await eventually(() => stage.neko.session('5.1').state.is_watching);
    await call('POST', '/api/room/settings', { implicit_hosting: true, private_mode: false });
    const room = await openRoom(stage.options);
    expect(stage.neko.sessions.map(({ id }) => id)).toEqual(['portal']);
    expect((await call('GET', '/api/whoami', undefined, token)).status).toBe(401);
    expect(stage.neko.room.rules).toMatchObject({ implicit_hosting: false, locked_controls: false });
    expect(await isDark(stage)).toBe(true);
    await room.leave();
  });

  test('that is left goes on, with no picture to anybody', async () => {
    const stage = await begin();
    const ada = await (await stage.page('5.1')).watch(stage.neko);
    await stage.room.leave();
    expect(ada.isLost).toBe(true);
    expect(await isDark(stage)).toBe(true);
    expect(stage.removals).toEqual([]);
    expect(stage.listener.goneFor).toEqual([]);
  });

  test('whose container has ended is told of after it was removed, and once', async () => {
    const { room, listener, removals, page } = await begin();
    const ada = await page('5.1');
    room.failed('The container has ended');
    room.failed('The container has ended');
    await eventually(() => listener.goneFor.length > 0);
    expect(listener.goneFor).toEqual(['The container has ended']);
    expect(removals.length).toBe(1);
    expect(ada.isLost).toBe(true);
  });

  test('that was stopped says nothing', async () => {
    const { room, listener, removals } = await begin();
    await Promise.all([room.stop(), room.stop()]);
    room.failed('too late');
    expect(removals.length).toBe(1);
    expect(listener.told).toBe(0);
    expect(listener.awayFor).toEqual([]);
  });

  test.each(['nonsense', 'errors'] as const)('does not open over an n.eko that gives %s', async (fault) => {
    const { neko, options } = await begin();
    neko.fault = fault;
    expect(openRoom(options)).rejects.toBeInstanceOf(EngineError);
  });

  test('is reached straight where the settings of the system name a proxy', async () => {
    const script = join(import.meta.dir, 'room-behind-proxy.ts');
    const proxy = 'http://127.0.0.1:9';
    const env = { ...process.env, HTTP_PROXY: proxy, http_proxy: proxy };
    const run = Bun.spawn([process.execPath, script], { env, stdout: 'pipe', stderr: 'pipe' });
    const [said, complaint] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()]);
    expect([said, complaint]).toEqual(['watched\n', '']);
  });
});
