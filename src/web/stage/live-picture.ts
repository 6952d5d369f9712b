import { type After, Alarms } from './alarms.ts';
import { LiveLine } from './live-line.ts';
import type { Peer, PeerEnd, PeerProgress } from './peer.ts';
import type { LineEnd, SignalLine } from './signal-line.ts';
import type { Cursors, Host, Init, Provided, Size } from './signals.ts';

/**
 * `coming`: it is on its way, or on its way back. `blocked`: the network lets nothing through. `unanswered`: the browser
 * does not answer. `resting`: nobody looks or listens here.
 */
export type LiveState = 'off' | 'coming' | 'playing' | 'blocked' | 'unanswered' | 'resting' | 'ended';

type Deps = Pick<PeerEnd, 'media' | 'channel' | 'data'> & {
  after: After;
  now(): number;
  openLine(end: LineEnd): SignalLine;
  openPeer(iceServers: RTCIceServer[], end: PeerEnd): Peer;
  /** Whether this machine makes sound of what comes. */
  isAudible(): boolean;
  /** `sentence`: why it has ended. */
  changed(state: LiveState, sentence: string | null): void;
  /** Whether this page is the one that drives. */
  drives(isDriving: boolean): void;
  size(size: Size): void;
  /** Where people point who do not drive. */
  cursors(cursors: Cursors): void;
};

/** An offer is there soon. */
const ANSWER_MS = 5000;
/** After a picture the other end is known to be quick: perhaps only this line is dead. */
const QUICK_ANSWER_MS = 2000;
/** Within ten seconds people are told what is wrong. */
const BLOCKED_MS = 8000;
const PATIENCE_MS = 9500;
const BLOCKED_RETRY_MS = 30_000;
/** A screen that stands still is sent all the same. */
const STALLED_MS = 3000;
const DOUBT_MS = 1500;
const SHORTLY_MS = 1000;
const LOOK_MS = 250;
const PLAYING_LOOK_MS = 1000;
const REST_MS = 60_000;
const AUDIBLE = 0.001;

/** Gets picture and sound of a browser that sends them by WebRTC, and gets them back when they are lost. */
export class LivePicture {
  readonly #deps: Deps;
  readonly #alarms: Alarms<'answer' | 'media' | 'look' | 'doubt' | 'patience' | 'retry' | 'rest'>;
  readonly #line: LiveLine;
  #state: LiveState = 'off';
  #peer: Peer | undefined;
  /** Candidates that came before their offer; undefined when no offer is awaited. */
  #early: RTCIceCandidateInit[] | undefined;
  #moved = { bytes: 0, at: 0 };
  #heardAt = 0;
  #isSeen: boolean = true;
  /** Since the last failure: then the network is hardly what stands in the way. */
  #hasPlayed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#alarms = new Alarms(deps.after);
    this.#line = new LiveLine({
      after: deps.after,
      openLine: deps.openLine,
      lost: () => this.#lostLine(),
      ended: (sentence) => this.#end('ended', sentence),
      handlers: {
        'system/init': (init) => this.#begin(init),
        'signal/provide': (provided) => this.#provided(provided),
        'signal/candidate': (candidate) => {
          if (this.#early) this.#early.push(candidate);
          else this.#peer?.candidate(candidate);
        },
        'signal/offer': ({ sdp }) => this.#peer?.offer(sdp),
        'signal/restart': ({ sdp }) => this.#peer?.offer(sdp),
        'control/host': (host) => this.#host(host),
        'screen/updated': (size) => deps.size(size),
        'session/cursors': (cursors) => deps.cursors(cursors),
      },
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Nothing happens if it is under way. */
  start(): void {
    if (this.#state !== 'off' && this.#state !== 'ended') return;
    this.#set(this.#isSeen ? 'coming' : 'resting');
    if (this.#isSeen) this.#line.open();
  }

  stop(): void {
    this.#end('off');
  }

  /** The network may be another one, or somebody is tired of waiting. */
  tryNow(): void {
    if (['off', 'resting', 'ended'].includes(this.#state)) return;
    if (this.#state === 'playing') void this.#doubt();
    else this.#renew();
  }

  /** This page is being used. */
  claim(): void {
    this.#line.send('portal/input');
  }

  send(packet: Uint8Array<ArrayBuffer>): void {
    this.#peer?.send(packet);
  }

  /** Whether the picture can be seen. While it cannot, it is not sent; without sound, the line ends after a while. */
  setSeen(isSeen: boolean): void {
    if (this.#isSeen === isSeen) return;
    this.#isSeen = isSeen;
    const now = this.#deps.now();
    this.#moved.at = now;
    if (!isSeen) this.#heardAt = now;
    if (this.#line.session !== undefined) this.#line.send('signal/video', { disabled: !isSeen });
    if (this.#state === 'resting' && isSeen) {
      this.#set('coming');
      this.#line.open();
    }
    if (isSeen) this.#alarms.clear('rest');
    else if (this.#state !== 'off' && this.#state !== 'ended') this.#alarms.set('rest', REST_MS, () => this.#rest());
  }

  #set(state: LiveState, sentence: string | null = null): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#alarms.clear('patience');
    if (state === 'coming') this.#alarms.set('patience', PATIENCE_MS, () => this.#set('unanswered'));
    this.#deps.changed(state, sentence);
  }

  #end(state: 'off' | 'resting' | 'ended', sentence: string | null = null): void {
    this.#alarms.clearAll();
    this.#line.close();
    this.#peer?.close();
    this.#peer = undefined;
    this.#deps.channel(false);
    this.#deps.drives(false);
    this.#set(state, sentence);
  }

  #rest(): void {
    const silentMs = this.#deps.now() - this.#heardAt;
    if (silentMs >= REST_MS) this.#end('resting');
    else this.#alarms.set('rest', REST_MS - silentMs, () => this.#rest());
  }

  /** The picture stands until another line has brought another one: the peer stays. */
  #lostLine(): void {
    for (const name of ['answer', 'media', 'doubt', 'retry'] as const) this.#alarms.clear(name);
    this.#deps.drives(false);
    if (this.#state === 'playing') this.#set('coming');
  }

  #begin({ control_host, screen_size }: Init): void {
    if (screen_size) this.#deps.size(screen_size);
    this.#ask(ANSWER_MS);
    if (control_host) this.#host(control_host);
  }

  #host({ has_host, host_id }: Host): void {
    this.#deps.drives(has_host && host_id !== undefined && host_id === this.#line.session);
  }

  /** Asks for a connection, the first one or another. */
  #ask(answerMs: number): void {
    this.#early = [];
    this.#line.send('signal/request', { video: {}, audio: {} });
    this.#alarms.clear('retry');
    this.#alarms.set('answer', answerMs, () => this.#line.again());
    this.#alarms.set('media', BLOCKED_MS, () => this.#judge());
  }

  /** Whether the picture still comes. */
  async #doubt(): Promise<void> {
    const peer = this.#peer;
    const before = await peer?.progress();
    this.#alarms.set('doubt', DOUBT_MS, async () => {
      const after = await peer?.progress();
      const isStill = before && after && this.#countOf(before) === this.#countOf(after);
      if (this.#peer === peer && this.#state === 'playing' && isStill) this.#renew();
    });
  }

  #renew(): void {
    const wasPlaying = this.#state === 'playing';
    if (wasPlaying) this.#set('coming');
    if (this.#line.session === undefined) this.#line.open();
    else if (!this.#alarms.has('answer')) this.#ask(wasPlaying ? QUICK_ANSWER_MS : ANSWER_MS);
  }

  #provided({ sdp, iceservers = [] }: Provided): void {
    this.#alarms.clear('answer');
    this.#peer?.close();
    this.#deps.channel(false);
    const line = this.#line;
    const peer = this.#deps.openPeer(iceservers, {
      answer: (answer) => line.send('signal/answer', { sdp: answer }),
      candidate: (candidate) => line.send('signal/candidate', candidate),
      media: (stream) => this.#deps.media(stream),
      broken: (wasOpen) => this.#broken(wasOpen),
      channel: (isOpen) => this.#deps.channel(isOpen),
      data: (data) => this.#deps.data(data),
    });
    this.#peer = peer;
    this.#moved = { bytes: 0, at: this.#deps.now() };
    peer.offer(sdp);
    for (const candidate of this.#early ?? []) peer.candidate(candidate);
    this.#early = undefined;
    if (!this.#isSeen) line.send('signal/video', { disabled: true });
    this.#look(peer);
  }

  /** What has to come: the picture while it can be seen, for sound alone says nothing of it. */
  #countOf({ video, audio }: PeerProgress): number {
    return this.#isSeen ? video : video + audio;
  }

  /** Looks again and again how the connection does. */
  #look(peer: Peer): void {
    this.#alarms.set('look', this.#state === 'playing' ? PLAYING_LOOK_MS : LOOK_MS, async () => {
      const progress = await peer.progress();
      if (this.#peer !== peer) return;
      const { frames, loudness, isConnected } = progress;
      const bytes = this.#countOf(progress);
      const now = this.#deps.now();
      if (loudness > AUDIBLE && this.#deps.isAudible()) this.#heardAt = now;
      if (bytes !== this.#moved.bytes) this.#moved = { bytes, at: now };
      const isStalled = now - this.#moved.at >= STALLED_MS;
      const comes = this.#isSeen ? frames > 0 && !isStalled : isConnected;
      if (comes && this.#state !== 'playing') this.#plays();
      else if (this.#state === 'playing' && this.#isSeen && isStalled) this.#renew();
      if (this.#peer === peer) this.#look(peer);
    });
  }

  #plays(): void {
    // While another picture is asked for, the one that comes is the old one.
    if (this.#early || this.#line.session === undefined) return;
    this.#line.proved();
    this.#alarms.clear('media');
    this.#alarms.clear('retry');
    this.#hasPlayed = true;
    this.#set('playing');
  }

  #broken(wasOpen: boolean): void {
    if (this.#state === 'playing') this.#renew();
    else if (wasOpen && !this.#early) this.#alarms.set('retry', SHORTLY_MS, () => this.#renew());
    else if (!this.#early && this.#alarms.has('media')) this.#blocked();
  }

  /** The time in which a picture comes is over. */
  async #judge(): Promise<void> {
    const peer = this.#peer;
    const progress = await peer?.progress();
    if (this.#peer !== peer || this.#state === 'playing' || this.#line.session === undefined) return;
    if (progress?.isConnected) {
      // There is a way, but nothing comes.
      this.#set('unanswered');
      this.#ask(ANSWER_MS);
    } else this.#blocked();
  }

  #blocked(): void {
    this.#alarms.clear('media');
    this.#set('blocked');
    this.#alarms.set('retry', this.#hasPlayed ? SHORTLY_MS : BLOCKED_RETRY_MS, () => this.#renew());
    this.#hasPlayed = false;
  }
}
