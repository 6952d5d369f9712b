import { describe, expect, test } from 'bun:test';
import { iceServersFor } from '../../src/adapters/docker-browser/room/ice.ts';
import { downstream, upstream } from '../../src/adapters/docker-browser/room/signals.ts';

const up = (event: string, payload: unknown) => upstream({ event, payload });
const down = (event: string, payload: unknown) =>
  downstream({ event, payload }, () => [{ urls: ['stun:own.example'] }]);

describe('up, a message is made anew of the fields that are known:', () => {
  test.each<[string, unknown, unknown]>([
    [
      'signal/request',
      { video: { disabled: true, selector: { id: 'x' } }, audio: [], more: 1 },
      { video: { disabled: true }, audio: {} },
    ],
    ['signal/request', null, { video: {}, audio: {} }],
    ['signal/answer', { sdp: 'v=0', SDP: 'v=1', type: 'answer' }, { sdp: 'v=0' }],
    [
      'signal/candidate',
      { candidate: 'c', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null },
      { candidate: 'c', sdpMid: '0', sdpMLineIndex: 0 },
    ],
    ['signal/candidate', { candidate: '', sdpMLineIndex: Number.NaN }, { candidate: '' }],
    ['signal/restart', undefined, {}],
    ['signal/video', { disabled: 'yes' }, {}],
    ['client/heartbeat', { control: 'request' }, {}],
  ])('%s %j', (event, payload, expected) => {
    expect(up(event, payload)).toEqual({ event, payload: expected });
  });

  test.each<[string, unknown]>([
    ['signal/answer', { sdp: 5 }],
    ['signal/answer', { sdp: 'x'.repeat(50_000) }],
    ['signal/answer', ['sdp']],
    ['signal/candidate', {}],
    ['signal/candidate', { candidate: 'x'.repeat(3000) }],
    ['signal/offer', { sdp: 'v=0' }],
    ['signal/provide', { sdp: 'v=0' }],
    ['Signal/Request', {}],
    ['signal/request ', {}],
    ['control/request', {}],
    ['portal/ended', {}],
    ['toString', {}],
    ['__proto__', {}],
    ['', {}],
  ])('%s %p is none', (event, payload) => {
    expect(up(event, payload)).toBeUndefined();
  });
});

describe('down,', () => {
  test('the servers are those of the settings, whatever n.eko names', () => {
    const payload = { sdp: 'v=0', iceservers: [{ urls: ['stun:stun.third-party.example'] }], video: {}, audio: {} };
    expect(down('signal/provide', payload)).toEqual({
      event: 'signal/provide',
      payload: { sdp: 'v=0', video: {}, audio: {}, iceservers: [{ urls: ['stun:own.example'] }] },
    });
  });

  test('a beginning names nobody else, and no settings', () => {
    const payload = {
      session_id: '5.1',
      sessions: { '6.1': { profile: { name: 'x' } } },
      settings: {},
      screen_size: null,
    };
    expect(down('system/init', payload)?.payload).toEqual({ session_id: '5.1', control_host: {} });
  });

  test.each<[string, unknown, unknown]>([
    [
      'signal/provide',
      { sdp: 'v=0', video: { disabled: false, id: 'main', more: [1] }, audio: 'x', token: 'secret' },
      { sdp: 'v=0', video: { disabled: false }, audio: {}, iceservers: [{ urls: ['stun:own.example'] }] },
    ],
    ['signal/offer', { sdp: 'v=0', type: 'offer' }, { sdp: 'v=0' }],
    ['signal/video', { disabled: true, id: 'main', deep: { very: {} } }, { disabled: true }],
    ['signal/audio', ['x'.repeat(100_000)], {}],
    ['system/heartbeat', { filler: 'x' }, {}],
    ['screen/updated', { id: '5.1', width: 1280, height: 720, rate: 30 }, { width: 1280, height: 720, rate: 30 }],
  ])('%s is made anew of the fields that are known', (event, payload, expected) => {
    expect(down(event, payload)).toEqual({ event, payload: expected });
  });

  test.each<[string, unknown]>([
    ['signal/provide', {}],
    ['signal/provide', { sdp: 'x'.repeat(50_000) }],
    ['signal/offer', { sdp: ['v=0'] }],
    ['signal/restart', null],
    ['signal/candidate', { candidate: 5 }],
    ['screen/updated', { width: 1280, height: 0 }],
    ['screen/updated', null],
  ])('%s %p, which is none, is not told', (event, payload) => {
    expect(down(event, payload)).toBeUndefined();
  });

  test.each([
    'session/created',
    'session/profile',
    'session/state',
    'system/settings',
    'system/admin',
    'system/disconnect',
    'clipboard/updated',
    'send/broadcast',
    'send/unicast',
    'chat/message',
    'chat/init',
    'filetransfer/update',
    'control/request',
    'portal/ended',
    'constructor',
  ])('nobody hears %s', (event) => {
    expect(down(event, { text: 'secret' })).toBeUndefined();
  });
});

test('credentials for TURN are as servers with a shared secret take them, and end after twelve hours', () => {
  // printf '1767268800:5' | openssl dgst -sha1 -hmac north -binary | base64
  const [server] = iceServersFor([{ urls: ['turn:t.example'], secret: 'north' }], 5, Date.UTC(2026, 0, 1));
  expect(server).toEqual({
    urls: ['turn:t.example'],
    username: '1767268800:5',
    credential: 'JyjX15lnW/04DZScDLNTYehLjJI=',
  });
});
