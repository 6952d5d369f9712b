import { type Random, randomBelow } from '../../core/random.ts';

/** Whether a port of this machine can be listened on, by UDP and TCP. */
export type PortTest = (port: number) => Promise<boolean>;

/**
 * The ports for picture and sound, one for each room. The one that has been unused longest comes first: packets of old viewers
 * go on arriving at a port for a while.
 */
export class Ports {
  /** Unused ones, the longest unused first. */
  readonly #free: number[];
  readonly #range: { first: number; last: number };
  readonly #isFree: PortTest;

  constructor(range: { first: number; last: number }, random: Random, isFree: PortTest = canListen) {
    const { first, last } = range;
    this.#range = range;
    const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    // Which of them an earlier run used last is not known.
    const begin = randomBelow(random, all.length);
    this.#free = [...all.slice(begin), ...all.slice(0, begin)];
    this.#isFree = isFree;
  }

  /** Whether a port is one of them, free or not. */
  has(port: number): boolean {
    return port >= this.#range.first && port <= this.#range.last;
  }

  /** A port that is free now; undefined when there is none. */
  async take(): Promise<number | undefined> {
    const taken: number[] = [];
    try {
      for (let port = this.#free.shift(); port !== undefined; port = this.#free.shift()) {
        if (await this.#isFree(port)) return port;
        taken.push(port);
      }
      return undefined;
    } finally {
      // What another program holds may be free the next time.
      this.#free.push(...taken);
    }
  }

  /** A container has it already. */
  hold(port: number): void {
    const at = this.#free.indexOf(port);
    if (at >= 0) this.#free.splice(at, 1);
  }

  giveBack(port: number): void {
    if (!this.#free.includes(port)) this.#free.push(port);
  }
}

/** Tries it. A daemon on another machine may still refuse the port. */
export async function canListen(port: number): Promise<boolean> {
  try {
    const udp = await Bun.udpSocket({ port, hostname: '0.0.0.0' });
    udp.close();
    Bun.listen({ port, hostname: '0.0.0.0', socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}
