import { describe, expect, test } from 'bun:test';
import { LivePicture, type LiveState } from '../../src/web/stage/live-picture.ts';
import type { PeerEnd, PeerProgress } from '../../src/web/stage/peer.ts';
import type { LineEnd } from '../../src/web/stage/signal-line.ts';
import { TestTimers } from '../support/test-timers.ts';

const NOTHING: PeerProgress = { video: 0, audio: 0, frames: 0, loudness: 0, isConnected: false };

/** A line that the page opened, under the test's hand. */
class Line {
  readonly sent: { event: string; payload: unknown }[] = [];
  readonly end: LineEnd;
  isClosed = false;

  constructor(end: LineEnd) {
    this.end = end;
  }

  say(event: string, payload: unknown = {}): void {
    this.end.signal({ event, payload });
  }

  count(event: string): number {
    return this.sent.filter((one) => one.event === event).length;
  }
}

class FakePeer {
  readonly end: PeerEnd;
  readonly offers: string[] = [];
  readonly candidates: unknown[] = [];
  at = NOTHING;
  isClosed = false;

  constructor(end: PeerEnd) {
    this.end = end;
  }
}

/** A picture on its way, with the other end played by the test. */
function scene() {
  const timers = new TestTimers();
  const lines: Line[] = [];
  const peers: FakePeer[] = [];
  const states: LiveState[] = [];
  const drives: boolean[] = [];
  const told = { sentence: null as string | null, isAudible: false };
  const picture = new LivePicture({
    after: (ms, act) => timers.after(ms, act),
    now: () => timers.elapsed(),
    openLine(end) {
      const line = new Line(end);
      lines.push(line);
      return {
        send: (event, payload = {}) => line.sent.push({ event, payload }),
        close() {
          line.isClosed = true;
        },
      };
    },
    openPeer(_servers, end) {
      const peer = new FakePeer(end);
      peers.push(peer);
      return {
        offer: (sdp) => peer.offers.push(sdp),
        candidate: (candidate) => peer.candidates.push(candidate),
        send() {},
        progress: async () => peer.at,
        close() {
          peer.isClosed = true;
        },
      };
    },
    isAudible: () => told.isAudible,
    changed(state, sentence) {
      states.push(state);
      told.sentence = sentence;
    },
    media() {},
    channel() {},
    data() {},
    size() {},
    cursors() {},
    drives: (isDriving) => drives.push(isDriving),
  });
  const line = () => lines.at(-1) as Line;
  const peer = () => peers.at(-1) as FakePeer;
  const greet = () => line().say('system/init', { session_id: '2.1', screen_size: { width: 1280, height: 720 } });
  const offer = () => line().say('signal/provide', { sdp: 'an offer', iceservers: [] });

  /** Time passes, in which pictures come. */
  async function flow(ms: number) {
    for (let passed = 0; passed < ms; passed += 250) {
      const { video, frames, ...rest } = peer().at;
      peer().at = { ...rest, video: video + 1000, frames: frames + 5, isConnected: true };
      await timers.advance(250);
    }
  }

  /** As far as a moving picture. */
  async function play() {
    picture.start();
    greet();
    offer();
    await flow(500);
    expect(picture.state).toBe('playing');
  }

  return { picture, timers, lines, peers, states, drives, told, line, peer, greet, offer, flow, play };
}

describe('a picture that comes over a line of its own', () => {
  test('is asked for once the line is open, and takes candidates that come before their offer', async () => {
    const { picture, line, peer, greet, offer, states, timers } = scene();
    picture.start();
    expect(line().sent).toEqual([]);
    greet();
    expect(line().sent).toEqual([{ event: 'signal/request', payload: { video: {}, audio: {} } }]);
    line().say('signal/candidate', { candidate: 'early' });
    offer();
    line().say('signal/candidate', { candidate: 'late' });
    expect(peer()).toMatchObject({ offers: ['an offer'], candidates: [{ candidate: 'early' }, { candidate: 'late' }] });
    peer().end.answer('an answer');
    expect(line().sent.at(-1)).toEqual({ event: 'signal/answer', payload: { sdp: 'an answer' } });
    peer().at = { ...NOTHING, video: 10, frames: 1, isConnected: true };
    await timers.advance(300);
    expect(states).toEqual(['coming', 'playing']);
    picture.stop();
    expect(states.at(-1)).toBe('off');
    expect([line().isClosed, peer().isClosed, timers.pending]).toEqual([true, true, 0]);
  });

  test('is said to be blocked within ten seconds when no way is found, and asked for every half minute', async () => {
    const { picture, line, greet, offer, timers, states } = scene();
    picture.start();
    await timers.advance(1000);
    greet();
    offer();
    await timers.advance(9000);
    expect(picture.state).toBe('blocked');
    expect(line().count('signal/request')).toBe(1);
    await timers.advance(28_000);
    expect(line().count('signal/request')).toBe(1);
    await timers.advance(2000);
    expect(line().count('signal/request')).toBe(2);
    offer();
    await timers.advance(35_000);
    expect(line().count('signal/request')).toBe(2);
    picture.tryNow();
    expect(line().count('signal/request')).toBe(3);
    expect(states).toEqual(['coming', 'blocked']);
  });

  test('that has played before is asked for once more at once, and then every half minute', async () => {
    const { picture, line, peer, offer, timers, play } = scene();
    await play();
    peer().end.broken(true);
    offer();
    peer().at = NOTHING;
    await timers.advance(9000);
    expect([picture.state, line().count('signal/request')]).toEqual(['blocked', 3]);
    offer();
    await timers.advance(36_000);
    expect(line().count('signal/request')).toBe(3);
    await timers.advance(3000);
    expect(line().count('signal/request')).toBe(4);
  });

  test('that is blocked plays as soon as it comes after all', async () => {
    const { picture, greet, offer, timers, flow } = scene();
    picture.start();
    greet();
    offer();
    await timers.advance(9000);
    await flow(500);
    expect(picture.state).toBe('playing');
    await flow(35_000);
    expect(picture.state).toBe('playing');
  });

  test('is asked for anew as soon as its way breaks, or when nothing has come for three seconds', async () => {
    const one = scene();
    await one.play();
    one.peer().end.broken(true);
    expect([one.picture.state, one.line().count('signal/request')]).toEqual(['coming', 2]);
    const [before] = one.peers;
    one.offer();
    expect(before?.isClosed).toBe(true);
    await one.flow(500);
    expect(one.picture.state).toBe('playing');
    await one.timers.advance(5000);
    expect([one.picture.state, one.line().count('signal/request')]).toEqual(['coming', 3]);
  });

  test('is missed though its sound goes on', async () => {
    const { play, peer, timers, picture } = scene();
    await play();
    for (let audio = 0; audio < 5000; audio += 500) {
      peer().at = { ...peer().at, audio };
      await timers.advance(500);
    }
    expect(picture.state).toBe('coming');
  });

  test('takes another line when the present one does not answer any more, and keeps the last picture meanwhile', async () => {
    const { play, peer, timers, lines, greet, offer, flow, picture } = scene();
    await play();
    peer().end.broken(true);
    await timers.advance(2000);
    expect([lines.length, lines[0]?.isClosed, peer().isClosed]).toEqual([2, true, false]);
    greet();
    offer();
    await flow(500);
    expect(picture.state).toBe('playing');
  });

  test('opens a line that broke again at once, then with pauses, and says that nothing answers', async () => {
    const { picture, lines, line, timers } = scene();
    picture.start();
    line().end.closed();
    await timers.advance(1);
    expect(lines).toHaveLength(2);
    for (let passed = 0; passed < 20_000; passed += 100) {
      if (!line().isClosed) line().end.closed();
      await timers.advance(100);
    }
    // 0.5, 1, 2, 4, 5 and 5 seconds.
    expect(lines).toHaveLength(8);
    expect(picture.state).toBe('unanswered');
  });

  test('is asked for again a second later when it broke before it came', async () => {
    const { picture, greet, offer, peer, timers, line } = scene();
    picture.start();
    greet();
    offer();
    peer().end.broken(true);
    await timers.advance(900);
    expect(line().count('signal/request')).toBe(1);
    await timers.advance(200);
    expect([picture.state, line().count('signal/request')]).toEqual(['coming', 2]);
  });

  test('says that nothing answers when there is a way on which nothing comes', async () => {
    const { picture, greet, offer, peer, timers, line } = scene();
    picture.start();
    greet();
    offer();
    peer().at = { ...NOTHING, isConnected: true };
    await timers.advance(9000);
    expect([picture.state, line().count('signal/request')]).toEqual(['unanswered', 2]);
  });

  test('is left alone by a change of network that it survives', async () => {
    const { play, picture, flow, line, timers } = scene();
    await play();
    picture.tryNow();
    await flow(3000);
    expect([picture.state, line().count('signal/request')]).toEqual(['playing', 1]);
    picture.tryNow();
    for (const ms of [1, 1600]) await timers.advance(ms);
    expect([picture.state, line().count('signal/request')]).toEqual(['coming', 2]);
  });

  test('ends with the sentence that is said, and comes back only when it is told to', async () => {
    const { play, picture, line, lines, timers, told, peer } = scene();
    await play();
    line().say('portal/ended', { code: 'ERR_KICKED', sentence: 'You were removed.', retry: false });
    await timers.advance(60_000);
    expect([picture.state, told.sentence, lines.length, peer().isClosed]).toEqual([
      'ended',
      'You were removed.',
      1,
      true,
    ]);
    picture.start();
    expect(lines).toHaveLength(2);
    line().say('portal/ended', { code: 'ERR_RESTART', sentence: 'Again.', retry: true });
    await timers.advance(1);
    expect([picture.state, lines.length]).toEqual(['coming', 3]);
  });

  test('drives while the host over there is this very line', async () => {
    const { play, line, drives } = scene();
    await play();
    line().say('control/host', { has_host: true, host_id: '2.1' });
    expect(drives.at(-1)).toBe(true);
    line().say('control/host', { has_host: true, host_id: '2.2' });
    expect(drives.at(-1)).toBe(false);
    line().say('control/host', { has_host: true, host_id: '2.1' });
    line().end.closed();
    expect(drives.at(-1)).toBe(false);
  });

  test('is not sent while it cannot be seen, and rests when nothing has been heard of it for a minute', async () => {
    const { play, picture, line, lines, flow, told, peer, timers, greet } = scene();
    await play();
    picture.setSeen(false);
    expect(line().sent.at(-1)).toEqual({ event: 'signal/video', payload: { disabled: true } });
    told.isAudible = true;
    peer().at = { ...peer().at, loudness: 0.5 };
    await flow(120_000);
    expect(picture.state).toBe('playing');
    told.isAudible = false;
    await timers.advance(70_000);
    expect([picture.state, line().isClosed, peer().isClosed]).toEqual(['resting', true, true]);
    picture.setSeen(true);
    greet();
    expect([picture.state, lines.length, line().count('signal/request')]).toEqual(['coming', 2, 1]);
  });

  test('is not disturbed by messages that it does not know', async () => {
    const { play, line, picture } = scene();
    await play();
    for (const event of ['toString', '__proto__', 'chat/message', 'signal/close']) line().say(event, null);
    line().say('system/heartbeat', {});
    expect(line().sent.at(-1)?.event).toBe('client/heartbeat');
    expect(picture.state).toBe('playing');
  });
});
