import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { RTCPeerConnection } from 'werift';
import { eventually } from '../support/waiting.ts';
import { type NekoLine, nekoCaller } from './neko-caller.ts';
import { type Neko, startNeko } from './start-neko.ts';
import { webrtcMedia } from './webrtc-media.ts';

let neko: Neko;
let viewers: RTCPeerConnection[];

beforeEach(async () => {
  viewers = [];
  neko = await startNeko({ media: webrtcMedia });
});

afterEach(async () => {
  for (const viewer of viewers) await viewer.close();
  await neko.stop();
});

/** A viewer as a page is one: it takes the offer, and the candidates that came before it. */
async function view(line: NekoLine) {
  const connection = new RTCPeerConnection({
    iceServers: [],
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ['127.0.0.1'],
  });
  viewers.push(connection);
  const seen = { packets: 0, data: [] as Buffer[], send: (_: Uint8Array) => {} };
  connection.onTrack.subscribe((track) => {
    if (track.kind === 'video') track.onReceiveRtp.subscribe(() => void seen.packets++);
  });
  connection.onDataChannel.subscribe((channel) => {
    channel.onMessage.subscribe((data) => void seen.data.push(Buffer.from(data)));
    seen.send = (bytes) => channel.send(Buffer.from(bytes));
  });
  line.send('signal/request', { video: {}, audio: {} });
  const { sdp } = await line.next('signal/provide');
  await connection.setRemoteDescription({ type: 'offer', sdp: String(sdp) });
  for (const candidate of line.of('signal/candidate')) await connection.addIceCandidate(candidate);
  await connection.setLocalDescription(await connection.createAnswer());
  line.send('signal/answer', { sdp: connection.localDescription?.sdp });
  return { connection, seen };
}

describe('the picture', () => {
  test('comes to several viewers through one port, until the session is deleted', async () => {
    const { call, join } = nekoCaller(neko);
    const [one, other] = [await join('a'), await join('b')];
    const first = await view(one.line);
    const second = await view(other.line);
    await eventually(() => first.seen.packets > 20 && second.seen.packets > 20);
    const ports = [...one.line.of('signal/candidate'), ...other.line.of('signal/candidate')].map(
      ({ candidate }) => String(candidate).split(' ')[5],
    );
    expect(new Set(ports).size).toBe(1);
    await call('DELETE', '/api/sessions/a');
    const { packets } = second.seen;
    const before = neko.frames;
    await eventually(() => second.seen.packets > packets + 20);
    // The other's frames alone.
    expect(neko.frames - before).toBeLessThan(second.seen.packets - packets + 5);
    expect(first.connection.connectionState).not.toBe('new');
  });

  test('the data channel shows the pointer’s shape and answers pings; the host’s input counts alone', async () => {
    const { call, join } = nekoCaller(neko);
    const { line } = await join('a');
    const { seen } = await view(line);
    await eventually(() => seen.data.length >= 2);
    expect(seen.data[0]?.readUInt8()).toBe(2);
    expect(seen.data[0]?.toString('latin1', 12, 15)).toBe('PNG');
    seen.send(Uint8Array.of(3, 0, 4, 0, 0, 0, 0x61));
    seen.send(Uint8Array.of(7, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2));
    await eventually(() => seen.data.some((data) => data.readUInt8() === 3));
    expect(neko.desktop.happened).toEqual([]);
    await call('POST', '/api/room/control/give/a');
    seen.send(Uint8Array.of(3, 0, 4, 0, 0, 0, 0x61));
    await eventually(() => neko.desktop.keysDown.length === 1);
  });

  test('ends some seconds after a viewer fell silent', async () => {
    const { join } = nekoCaller(neko);
    const { line } = await join('a');
    const { connection } = await view(line);
    await eventually(() => neko.session('a').state.is_watching);
    await connection.close();
    await eventually(() => !neko.session('a').state.is_watching);
    expect(await line.next('signal/close')).toBeNull();
  });

  test('no viewer gets an offer where several outside addresses are given', async () => {
    await neko.stop();
    neko = await startNeko({ media: webrtcMedia, env: { NEKO_WEBRTC_NAT1TO1: '192.0.2.1,192.0.2.2' } });
    const { call, join } = nekoCaller(neko);
    const { line } = await join('a');
    line.send('signal/request', {});
    await call('POST', '/api/members/a', { name: 'x' });
    await line.next('session/profile');
    expect(line.of('signal/provide')).toEqual([]);
  });
});
