import type { Timers } from '../../core/clock.ts';
import { SECOND_MS } from '../../core/durations.ts';
import type { Docker } from './docker.ts';

type Deps = {
  docker: Docker;
  /** Whose containers it is about. */
  label: string;
  timers: Timers;
  /** What one container may write, in bytes. */
  most: number;
  /** Whether there is something to look at. */
  isNeeded(): boolean;
  /** A container has written more. */
  tooMuch(id: string): void;
};

const EVERY_MS = 15 * SECOND_MS;

/** A page can fill the disk of the host, and Docker bounds what a container writes on few file systems only. So it is looked at. */
export class DiskWatch {
  readonly #deps: Deps;
  #cancel: (() => void) | undefined;
  #isOver = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  open(): void {
    if (!this.#isOver) this.#cancel ??= this.#deps.timers.after(EVERY_MS, () => void this.#look());
  }

  close(): void {
    this.#isOver = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const { docker, label, most, isNeeded, tooMuch } = this.#deps;
    try {
      const written = isNeeded() ? await docker.written(label) : new Map<string, number>();
      for (const [id, bytes] of written) if (bytes > most && !this.#isOver) tooMuch(id);
    } catch {
      // A daemon that is away is noticed elsewhere.
    }
    this.#cancel = undefined;
    this.open();
  }
}
