const KEPT = 10;
/** A later picture is none of the input's: nothing changed over there. */
const TOO_LATE_MS = 3000;
/** From here on it feels slow. */
export const SLOW_MS = 250;

/** How long it takes from one's own input to the next picture. */
export class Latency {
  readonly #times: number[] = [];
  #since: number | undefined;

  sent(now: number): void {
    this.#since ??= now;
  }

  shown(now: number): void {
    if (this.#since === undefined) return;
    const taken = now - this.#since;
    this.#since = undefined;
    if (taken > TOO_LATE_MS) return;
    this.#times.push(taken);
    if (this.#times.length > KEPT) this.#times.shift();
  }

  /** The median of the last ten; undefined before there is any. */
  get median(): number | undefined {
    return this.#times.toSorted((a, b) => a - b)[Math.floor(this.#times.length / 2)];
  }

  get isSlow(): boolean {
    return this.#times.length >= KEPT / 2 && (this.median ?? 0) > SLOW_MS;
  }

  forget(): void {
    this.#times.length = 0;
    this.#since = undefined;
  }
}
