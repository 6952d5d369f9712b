import type { Timers } from '../../../core/clock.ts';
import { KIB, SECOND_MS } from '../../../core/durations.ts';
import { Budget } from './budget.ts';
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
/** Everything that every pointer did since the last time: one viewer can make it as long as they like, for everybody. */
const POINTERS = '{"event":"session/cursors"';
const LONGEST_POINTERS = 16 * KIB;
/** In a full room that comes back, everyone hears of everyone. */
const MOST = { atOnce: 5000, aSecond: 500 };

/** One of n.eko's sockets, from Portal's side. */
export class NekoSocket {
  readonly #ws: WebSocket;
  readonly #options: Options;
  readonly #opened = Promise.withResolvers<void>();
  #isOpen = false;
  #isOver = false;
  readonly #budget: Budget;

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
    this.#budget = new Budget({ ...MOST, elapsed: () => options.timers.elapsed() });
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

  /** What is too much is dropped. To end the socket for it would let one viewer end everybody's. */
  #receive(data: unknown): void {
    if (this.#isOver || typeof data !== 'string' || !this.#budget.take()) return;
    if (data.length > (data.startsWith(POINTERS) ? LONGEST_POINTERS : LONGEST_MESSAGE)) return;
    const message = messageIn(data);
    if (message) this.#options.onMessage(message);
    // This is no n.eko.
    else this.#end();
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
