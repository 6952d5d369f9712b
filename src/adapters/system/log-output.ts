import type { Writable } from 'node:stream';

/** How much may be buffered for a slow reader. */
const MOST_WAITING = 4 * 1024 * 1024;

/**
 * Writes log lines to a stream that may be slow, full or closed: lines are dropped, and nothing else fails. Once the stream accepts
 * lines again, `onLost` gets their number.
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
    // Failures are handled by each write's callback.
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

  /** Waits at most `withinMs` for buffered lines. */
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
