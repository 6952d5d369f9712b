import type { Writable } from 'node:stream';

/** As much as may wait for a slow reader. */
const MOST_WAITING = 4 * 1024 * 1024;

/**
 * Lines of a log, to a stream that may be slow, full or gone: that costs lines and nothing else. How many were lost is told once
 * the stream takes lines again.
 */
export class LogOutput {
  readonly #stream: Writable;
  readonly #onLost: (count: number) => void;
  #waiting = 0;
  #lost = 0;
  #drained: (() => void) | undefined;

  constructor(stream: Writable, onLost: (count: number) => void) {
    this.#stream = stream;
    this.#onLost = onLost;
    // Each line hears of its own failure.
    stream.on('error', () => {});
  }

  write(line: string): void {
    if (this.#waiting > MOST_WAITING) {
      this.#lost++;
      return;
    }
    this.#waiting += line.length;
    this.#stream.write(line, (error) => this.#done(line, error));
  }

  /** Waits at most `withinMs` for what has not been read yet. */
  async flush(withinMs: number): Promise<void> {
    if (this.#waiting === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    const timer = setTimeout(resolve, withinMs);
    await promise;
    clearTimeout(timer);
  }

  #done(line: string, error: Error | null | undefined): void {
    this.#waiting -= line.length;
    if (this.#waiting === 0) this.#drained?.();
    if (error) {
      this.#lost++;
      return;
    }
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#onLost(lost);
  }
}
