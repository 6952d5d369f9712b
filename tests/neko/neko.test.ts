import { afterEach, describe, expect, test } from 'bun:test';
import { TestTimers } from '../support/test-timers.ts';
import { eventually } from '../support/waiting.ts';
import { NekoLine, nekoCaller } from './neko-caller.ts';
import { type Neko, type NekoOptions, startNeko } from './start-neko.ts';

let neko: Neko;

afterEach(() => neko.stop());

async function begin(options: NekoOptions = {}) {
  neko = await startNeko(options);
  return nekoCaller(neko);
}

const MOVE = Uint8Array.of(1, 0, 4, 0, 10, 0, 20);
const KEY_A_DOWN = Uint8Array.of(3, 0, 4, 0, 0, 0, 0x61);

describe('logging in', () => {
  test('answers as n.eko does', async () => {
    const { call, status, member, join } = await begin();
    await member('1.1');
    expect(await status('POST', '/api/login', { username: '1.1', password: 'wrong' }, null)).toBe(401);
    expect(await status('POST', '/api/login', '', null)).toBe(400);
    expect(await status('POST', '/api/login', '{', null)).toBe(400);
    const { body } = await call('POST', '/api/login', { username: '1.1', password: 'secret' }, null);
    const session = body as { id: string; token: string };
    expect(session.id).toBe('1.1');
    expect(await status('GET', '/api/whoami', undefined, session.token)).toBe(200);
    // Logging in again without a socket replaces the session.
    await call('POST', '/api/login', { username: '1.1', password: 'secret' }, null);
    expect(await status('GET', '/api/whoami', undefined, session.token)).toBe(401);
    await join('2.1');
    expect(await status('POST', '/api/login', { username: '2.1', password: 'secret' }, null)).toBe(422);
    await call('POST', '/api/room/settings', { locked_logins: true });
    expect(await status('POST', '/api/login', { username: '1.1', password: 'secret' }, null)).toBe(403);
  });

  test('the API’s own session has no socket, no list, no end', async () => {
    const { call, status } = await begin();
    expect((await call('GET', '/api/sessions')).body).toEqual([]);
    expect(await status('POST', '/api/logout')).toBe(400);
    expect(await status('POST', '/api/profile', { name: 'x' })).toBe(400);
    const line = new NekoLine(neko.address, neko.apiToken);
    expect(await line.next('system/disconnect')).toEqual({ message: 'connection disabled' });
    expect(await line.end()).toBe(1006);
  });
});

describe('members', () => {
  test('are made, changed and removed with n.eko’s codes', async () => {
    const { call, status, join } = await begin();
    expect(await status('POST', '/api/members', { username: '', password: 'x' })).toBe(400);
    expect(await status('POST', '/api/members', { username: 'a', password: '' })).toBe(400);
    const { body } = await call('POST', '/api/members', { username: 'a', password: 'b' });
    expect(body).toMatchObject({ id: 'a', profile: { can_host: true, is_admin: false } });
    expect(await status('POST', '/api/members', { username: 'a', password: 'b' })).toBe(422);
    expect(await status('POST', '/api/members/a', { can_host: false })).toBe(204);
    expect(await status('POST', '/api/members/a', { can_host: 'no' })).toBe(400);
    expect((await call('GET', '/api/members/a')).body).toMatchObject({ can_host: false, can_watch: true });
    expect(await status('GET', '/api/members/nobody')).toBe(404);
    expect(await status('DELETE', '/api/members/nobody')).toBe(404);
    expect(await status('DELETE', '/api/members/a')).toBe(204);
    const { token } = await join('b');
    expect(await status('POST', '/api/members', { username: 'c', password: 'd' }, token)).toBe(403);
    expect(await status('POST', '/api/members', { username: 'c', password: 'd' }, null)).toBe(401);
  });

  test('are sessions that end with n.eko’s codes', async () => {
    const { status, join } = await begin();
    const { line, token } = await join('a');
    expect(await status('GET', '/api/sessions/nobody')).toBe(404);
    expect(await status('DELETE', '/api/sessions/nobody')).toBe(400);
    expect(await status('DELETE', '/api/sessions/a')).toBe(204);
    expect(await line.next('system/disconnect')).toEqual({ message: 'session deleted' });
    expect(await line.end()).toBe(1006);
    expect(await status('GET', '/api/whoami', undefined, token)).toBe(401);
  });
});

describe('control', () => {
  test('is given only to who may host, whatever is locked, and without a socket', async () => {
    const { call, status, member, logIn } = await begin();
    await member('a', { can_host: false });
    expect(await status('POST', '/api/room/control/give/a')).toBe(404);
    await logIn('a');
    expect(await status('POST', '/api/room/control/give/a')).toBe(400);
    await call('POST', '/api/members/a', { can_host: true });
    await call('POST', '/api/room/settings', { locked_controls: true });
    expect(await status('POST', '/api/room/control/give/a')).toBe(204);
    expect((await call('GET', '/api/room/control')).body).toEqual({ has_host: true, host_id: 'a' });
    await call('POST', '/api/members/a', { can_host: false });
    expect((await call('GET', '/api/room/control')).body).toEqual({ has_host: false });
  });

  test('only the host’s input counts, and its keys stay down when it may host no longer', async () => {
    const { call, join } = await begin();
    const { line } = await join('a', { can_host: true });
    await join('b', { can_host: false });
    await call('POST', '/api/room/control/give/a');
    neko.input('b', KEY_A_DOWN);
    expect(neko.desktop.happened).toEqual([]);
    neko.input('a', MOVE);
    neko.input('a', KEY_A_DOWN);
    expect(neko.desktop.happened).toEqual([
      { type: 'move', x: 10, y: 20 },
      { type: 'key', keysym: 0x61, down: true },
    ]);
    await call('POST', '/api/members/a', { can_host: false });
    await line.next('control/host', 2);
    expect(neko.desktop.keysDown).toEqual([0x61]);
  });

  test('a reset lets keys go, and so does the host’s leaving', async () => {
    const { call, join } = await begin();
    const { line } = await join('a');
    await call('POST', '/api/room/control/give/a');
    neko.input('a', KEY_A_DOWN);
    await call('POST', '/api/room/control/reset');
    expect(neko.desktop.keysDown).toEqual([]);
    await call('POST', '/api/room/control/give/a');
    neko.input('a', KEY_A_DOWN);
    line.close(1000);
    await eventually(() => neko.desktop.keysDown.length === 0);
    expect(neko.room.host).toBeUndefined();
  });

  test('a held key goes up by itself after ten seconds', async () => {
    const timers = new TestTimers();
    const { call, join } = await begin({ timers });
    await join('a');
    await call('POST', '/api/room/control/give/a');
    neko.input('a', KEY_A_DOWN);
    await timers.advance(9000);
    expect(neko.desktop.keysDown).toEqual([0x61]);
    await timers.advance(2000);
    expect(neko.desktop.keysDown).toEqual([]);
  });

  test('names of fields count in any case', async () => {
    const { call, join } = await begin();
    const { line } = await join('a', { can_host: false });
    await call('POST', '/api/members/a', { CAN_HOST: true });
    line.sendText('{"event":"client/heartbeat","EVENT":"control/move","Payload":{"X":3,"y":4}}');
    await eventually(() => neko.room.host?.id === 'a');
    expect(neko.desktop.pointer).toEqual({ x: 3, y: 4 });
  });

  test('whoever may host takes the mouse through the socket when nobody has it', async () => {
    const { join } = await begin();
    const { line } = await join('a', { can_host: true });
    line.send('control/move', { x: 3, y: 4 });
    await eventually(() => neko.room.host?.id === 'a');
    expect(neko.desktop.pointer).toEqual({ x: 3, y: 4 });
  });
});

describe('sockets', () => {
  test('one that goes without a word has five seconds to come back', async () => {
    const timers = new TestTimers();
    const { status, join } = await begin({ timers });
    const { line, token } = await join('a');
    line.cut();
    await timers.advance(4900);
    expect(neko.session('a').state.is_connected).toBe(true);
    expect(await status('POST', '/api/login', { username: 'a', password: 'secret' }, null)).toBe(422);
    const again = new NekoLine(neko.address, token);
    await again.next('system/init');
    await timers.advance(6000);
    expect(neko.session('a').state.is_connected).toBe(true);
    again.cut();
    await eventually(() => again.closed !== undefined);
    await timers.advance(5100);
    await eventually(() => !neko.session('a').state.is_connected);
  });

  test('a second one takes the place of the first, and the statistics never come right again', async () => {
    const { call, join } = await begin();
    const { line, token } = await join('a');
    const second = new NekoLine(neko.address, token);
    await second.next('system/init');
    expect(await line.next('system/disconnect')).toEqual({ message: 'connection replaced' });
    expect(await line.end()).toBe(1006);
    second.close(1000);
    await eventually(() => !neko.session('a').state.is_connected);
    expect((await call('GET', '/api/stats')).body).toMatchObject({ total_users: 1 });
  });
});

describe('the picture', () => {
  test('candidates come before the offer, and after it', async () => {
    const { join } = await begin({ env: { NEKO_WEBRTC_UDPMUX: '52000', NEKO_WEBRTC_TCPMUX: '52000' } });
    const { line } = await join('a');
    line.send('signal/request', { video: {}, audio: {} });
    await line.next('signal/candidate', 2);
    const order = line.messages.map(({ event }) => event).filter((event) => event.startsWith('signal/'));
    expect(order).toEqual(['signal/candidate', 'signal/provide', 'signal/candidate']);
  });

  test('goes on after the socket has closed, until the session is deleted', async () => {
    const timers = new TestTimers();
    const { call, join, watch } = await begin({ timers });
    const { line } = await join('a');
    await watch(line);
    await eventually(async () => {
      await timers.advance(1);
      return neko.session('a').state.is_watching;
    });
    line.close(1000);
    await eventually(() => !neko.session('a').state.is_connected);
    const before = neko.frames;
    await timers.advance(1000);
    expect(neko.frames).toBe(before + 30);
    await call('DELETE', '/api/sessions/a');
    const last = neko.frames;
    await timers.advance(1000);
    expect(neko.frames).toBe(last);
  });

  test('a session that is deleted while it connects shows its picture all the same', async () => {
    const timers = new TestTimers();
    const { call, join, watch } = await begin({ timers });
    const { line } = await join('a');
    const before = timers.pending;
    await watch(line);
    await eventually(() => timers.pending > before);
    await call('DELETE', '/api/sessions/a');
    await timers.advance(1000);
    expect(neko.frames).toBeGreaterThan(0);
  });

  test('a hung one answers to /health, and to nothing that has to do with video', async () => {
    const { status, join } = await begin();
    const { line } = await join('a');
    neko.fault = 'video hangs';
    line.send('signal/request', {});
    line.send('send/broadcast', {});
    expect(await status('GET', '/health', undefined, null)).toBe(200);
    expect(await status('GET', '/api/sessions')).toBe(200);
    expect(line.of('signal/provide')).toEqual([]);
  });
});

describe('the rest', () => {
  test('the clipboard fails until something is copied, and is the host’s alone', async () => {
    const { call, status, join } = await begin();
    const { line, token } = await join('a');
    expect(await status('GET', '/api/room/clipboard', undefined, token)).toBe(403);
    await call('POST', '/api/room/control/give/a');
    expect(await status('GET', '/api/room/clipboard', undefined, token)).toBe(500);
    expect(await status('POST', '/api/room/clipboard', { text: 'hello' }, token)).toBe(204);
    const { body } = await call('GET', '/api/room/clipboard', undefined, token);
    expect(body).toEqual({ text: 'hello', html: 'hello' });
    expect(await line.next('clipboard/updated')).toEqual({ text: 'hello' });
  });

  test('a screenshot is a JPEG of the screen’s size; a screencast is not there', async () => {
    const { status } = await begin();
    const answer = await fetch(`${neko.address}/api/room/screen/shot.jpg?quality=500&token=${neko.apiToken}`);
    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    expect(await new Bun.Image(await answer.arrayBuffer()).metadata()).toMatchObject({ width: 1280, height: 720 });
    expect(await status('GET', '/api/room/screen/cast.jpg')).toBe(400);
  });

  test('a batch needs no token, and leads to nothing but the API', async () => {
    const { call, member } = await begin();
    await member('a');
    const { body } = await call(
      'POST',
      '/api/batch',
      [
        { path: '/api/login', method: 'POST', body: { username: 'a', password: 'secret' } },
        { path: '/health', method: 'GET' },
        { path: '/api/batch', method: 'POST' },
        { path: '/api/sessions', method: 'GET' },
      ],
      null,
    );
    expect((body as { status: number }[]).map(({ status }) => status)).toEqual([200, 400, 400, 401]);
  });

  test('a killed one forgets everybody and comes back', async () => {
    const timers = new TestTimers();
    const { status, join } = await begin({ timers });
    const { line, token } = await join('a');
    await neko.kill();
    expect(await line.end()).toBe(1006);
    await timers.advance(1300);
    await eventually(() => neko.isUp);
    expect(await status('GET', '/api/whoami', undefined, token)).toBe(401);
    expect(await status('GET', '/api/members/a')).toBe(404);
  });

  test('an environment that forgets something gets n.eko’s own default', async () => {
    await begin({ env: { NEKO_WEBRTC_ICESERVERS_FRONTEND: undefined, NEKO_WEBRTC_NAT1TO1: undefined } });
    expect(neko.settings.warnings).toHaveLength(2);
    expect(neko.settings.iceServers).toEqual([{ urls: ['stun:stun.l.google.com:19302'] }]);
    expect(startNeko({ env: { NEKO_LEGACY: undefined } })).rejects.toThrow('NEKO_LEGACY');
    expect(startNeko({ env: { NEKO_SCREEN: '1280x720@30' } })).rejects.toThrow('version 2');
  });
});
