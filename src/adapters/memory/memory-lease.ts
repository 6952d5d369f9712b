import type { Clock } from '../../core/clock.ts';
import type { Leases } from '../../ports/lease.ts';

type Held = { token: string; until: number };

/** Leases of one process, in memory. */
export class MemoryLeases implements Leases {
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  #taken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async take(name: string, ttlMs: number): Promise<string | undefined> {
    if (this.#find(name)) return undefined;
    const token = String(++this.#taken);
    this.#held.set(name, { token, until: this.#clock.elapsed() + ttlMs });
    return token;
  }

  async renew(name: string, token: string, ttlMs: number): Promise<boolean> {
    const held = this.#find(name);
    if (held?.token !== token) return false;
    held.until = this.#clock.elapsed() + ttlMs;
    return true;
  }

  async release(name: string, token: string): Promise<void> {
    if (this.#held.get(name)?.token === token) this.#held.delete(name);
  }

  #find(name: string): Held | undefined {
    const held = this.#held.get(name);
    if (held && held.until > this.#clock.elapsed()) return held;
    this.#held.delete(name);
    return undefined;
  }
}
