import { type Cancel, isoTime, type Timers } from '../../src/core/clock.ts';
import type { Peer } from './peer.ts';
import type { Profile, State } from './profile.ts';

/** How long the socket of a session may be away, when it went without a word. */
const GRACE_MS = 5000;

/** A socket of `/api/ws`. */
export type Line = {
  send(event: string, payload: unknown): void;
  /** Says why, then cuts the connection without a close frame. */
  destroy(reason: string): void;
};

/** What a session tells the room. */
export type SessionEvents = {
  connected(session: Session): void;
  disconnected(session: Session): void;
  watching(session: Session): void;
  /** For the statistics, which count sockets and not sessions. */
  counted(session: Session, by: 1 | -1): void;
};

/** Somebody who logged in. There may be no socket, and no picture. */
export class Session {
  readonly id: string;
  readonly token: string;
  readonly #timers: Timers;
  readonly #events: SessionEvents;
  profile: Profile;
  readonly state: State = { is_connected: false, is_watching: false };
  line: Line | undefined;
  peer: Peer | undefined;
  isVideoOff = false;
  isAudioOff = false;
  /** All frames of the peers that it ever had. They go on after the socket has closed. */
  readonly #peers: Peer[] = [];
  #cancelLeaving: Cancel = () => {};

  constructor(id: string, token: string, profile: Profile, timers: Timers, events: SessionEvents) {
    this.id = id;
    this.token = token;
    this.profile = profile;
    this.#timers = timers;
    this.#events = events;
  }

  get frames(): number {
    return this.#peers.reduce((sum, { frames }) => sum + frames, 0);
  }

  get view(): { id: string; profile: Profile; state: State } {
    return { id: this.id, profile: this.profile, state: { ...this.state } };
  }

  send(event: string, payload: unknown): void {
    this.line?.send(event, payload);
  }

  connect(line: Line): void {
    const before = this.line;
    this.line = line;
    this.state.is_connected = true;
    this.state.connected_since = isoTime(this.#timers.now());
    delete this.state.not_connected_since;
    this.#events.counted(this, 1);
    this.#events.connected(this);
    before?.destroy('connection replaced');
  }

  /** The socket is gone: at once, or after the grace of one that went without a word. */
  disconnect(line: Line, delayed: boolean): void {
    if (line !== this.line) return;
    this.#cancelLeaving();
    this.#cancelLeaving = delayed ? this.#timers.after(GRACE_MS, () => this.disconnect(line, false)) : () => {};
    if (delayed) return;
    this.state.is_connected = false;
    delete this.state.connected_since;
    this.state.not_connected_since = isoTime(this.#timers.now());
    this.#events.counted(this, -1);
    this.#events.disconnected(this);
    if (line === this.line) this.line = undefined;
  }

  destroyLine(reason: string): void {
    const line = this.line;
    if (!line) return;
    this.disconnect(line, false);
    line.destroy(reason);
  }

  setPeer(peer: Peer): void {
    const before = this.peer;
    this.peer = peer;
    this.#peers.push(peer);
    this.isVideoOff = false;
    this.isAudioOff = false;
    before?.destroy();
  }

  setWatching(peer: Peer, watching: boolean): void {
    if (peer !== this.peer) return;
    this.state.is_watching = watching;
    if (watching) {
      this.state.watching_since = isoTime(this.#timers.now());
      delete this.state.not_watching_since;
    } else {
      delete this.state.watching_since;
      this.state.not_watching_since = isoTime(this.#timers.now());
    }
    this.#events.watching(this);
    if (watching) return;
    this.peer = undefined;
    this.send('signal/close', null);
  }

  /** What a changed profile does to what is under way. A picture ends a second later; a host's keys stay down. */
  profileChanged(): void {
    const { can_connect, can_login, can_watch } = this.profile;
    if (!(can_connect && can_login && can_watch) && this.state.is_watching) {
      this.#timers.after(1000, () => this.peer?.destroy());
    }
    if (!(can_connect && can_login) && this.state.is_connected) this.destroyLine('profile changed');
  }
}
