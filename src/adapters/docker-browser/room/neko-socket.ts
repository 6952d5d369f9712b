import type { Timers } from '../../../core/clock.ts';
import { KIB, SECOND_MS } from '../../../core/durations.ts';
import { NekoSilence } from './neko-api.ts';

export type NekoMessage = { event: string; payload: unknown };

type Options = {
  /** n.eko's, over HTTP. */
  address: string;
  token: string;
  timers: Timers;
  onMessage(message: NekoMessage): void;
  /** It has ended, by whomever. Called once, and only for one that was open. */
  onClose(): void;
};

const NORMAL = 1000;
const WITHIN_MS = 3 * SECOND_MS;
/** An offer is a few KiB. */
const LONGEST_MESSAGE = 256 * KIB;
/** In a full room that comes back, everyone hears of everyone. */
const MOST_AT_ONCE = 5000;
const MOST_A_SECOND = 500;

/** One of n.eko's sockets, from Portal's side. */
export class NekoSocket {
  readonly #ws: WebSocket;
  readonly #options: Options;
  readonly #opened = Promise.withResolvers<void>();
  #isOpen = false;
  #isOver = false;
  #left = MOST_AT_ONCE;
  #at: number;

  /** @throws NekoSilence when it does not open */
  static async open(options: Options): Promise<NekoSocket> {
    const socket = new NekoSocket(options);
    const cancel = options.timers.after(WITHIN_MS, () => socket.#end());
    try {
      await socket.#opened.promise;
      return socket;
    } finally {
      cancel();
    }
  }

  private constructor(options: Options) {
    this.#options = options;
    this.#at = options.timers.elapsed();
    const headers = { authorization: `Bearer ${options.token}` };
    const url = `${options.address.replace(/^http/, 'ws')}/api/ws`;
    this.#ws = new WebSocket(url, { headers, perMessageDeflate: false } as never);
    this.#ws.addEventListener('open', () => {
      this.#isOpen = true;
      this.#opened.resolve();
    });
    this.#ws.addEventListener('message', ({ data }) => this.#receive(data));
    this.#ws.addEventListener('close', () => this.#end());
    this.#ws.addEventListener('error', () => this.#end());
  }

  send(message: NekoMessage): void {
    if (this.#isOpen && !this.#isOver) this.#ws.send(JSON.stringify(message));
  }

  close(): void {
    this.#end();
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    const isSound = typeof data === 'string' && data.length <= LONGEST_MESSAGE && this.#isInTime();
    const message = isSound ? messageIn(data) : undefined;
    if (message) this.#options.onMessage(message);
    // n.eko sends nothing else, but what has taken its place might.
    else this.#end();
  }

  #isInTime(): boolean {
    const now = this.#options.timers.elapsed();
    this.#left = Math.min(MOST_AT_ONCE, this.#left + ((now - this.#at) / SECOND_MS) * MOST_A_SECOND) - 1;
    this.#at = now;
    return this.#left >= 0;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#opened.reject(new NekoSilence('/api/ws', false));
    // Any other code keeps the session for a while.
    this.#ws.close(NORMAL);
    if (this.#isOpen) this.#options.onClose();
  }
}

/** The message in a text; undefined if there is none. */
export function messageIn(text: string): NekoMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { event, payload } = value as { event?: unknown; payload?: unknown };
    return typeof event === 'string' ? { event, payload } : undefined;
  } catch {
    return undefined;
  }
}
