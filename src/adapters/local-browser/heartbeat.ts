import type { Cancel, Timers } from '../../core/clock.ts';
import type { DevToolsPipe } from './devtools-pipe.ts';

const BEAT_MS = 1500;
const ANSWER_MS = 3000;
/** When our own process was held up, the answer may be waiting to be read. */
const LATE_MS = 500;

type Options = { timers: Timers; pipe: DevToolsPipe; onBeat(): void; onSilence(): void };

/** Notices a browser that is still there but does nothing any more, such as one that was stopped: within 5 s. */
export class Heartbeat {
  readonly #timers: Timers;
  readonly #pipe: DevToolsPipe;
  readonly #onBeat: () => void;
  readonly #onSilence: () => void;
  #cancel: Cancel = () => {};
  #isClosed = false;

  constructor({ timers, pipe, onBeat, onSilence }: Options) {
    this.#timers = timers;
    this.#pipe = pipe;
    this.#onBeat = onBeat;
    this.#onSilence = onSilence;
    this.#plan();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #plan(): void {
    if (!this.#isClosed) this.#cancel = this.#timers.after(BEAT_MS, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const began = this.#timers.elapsed();
    try {
      await this.#pipe.send('Browser.getVersion', {}, { withinMs: ANSWER_MS });
      this.#onBeat();
    } catch {
      const wasHeldUp = this.#timers.elapsed() - began > ANSWER_MS + LATE_MS;
      if (!wasHeldUp && !this.#isClosed) return this.#onSilence();
    }
    this.#plan();
  }
}
