import { MINUTE_MS } from '../core/durations.ts';

/** WebSocket pings and pongs of one connection per minute. Some libraries send one every few seconds, Socket.IO none. */
const PER_MINUTE = 120;

type Ended = { data: object; terminate(): void };

/**
 * Counts the pings and pongs of the WebSocket protocol, which never reach the engine. Bun answers each ping with a write of its
 * own: without a limit, one connection keeps everyone else waiting.
 */
export class ControlFrames {
  readonly #elapsed: () => number;
  readonly #counted = new WeakMap<object, { since: number; count: number }>();

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** A ping or pong came over `ws`, which ends if there were too many. */
  came(ws: Ended): void {
    const now = this.#elapsed();
    const last = this.#counted.get(ws.data);
    const counted = last && now - last.since < MINUTE_MS ? last : { since: now, count: 0 };
    this.#counted.set(ws.data, counted);
    if (++counted.count > PER_MINUTE) ws.terminate();
  }
}
