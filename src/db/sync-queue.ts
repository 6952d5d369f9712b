import { type AppError, unavailable } from '../core/errors.ts';

/** A commit whose units wait for their results. */
export type Commit = {
  readonly units: number;
  readonly hasWritten: boolean;
  acknowledge(): void;
  fail(error: unknown): void;
};

const unsafe = unavailable.saying('The database cannot be brought to the disk, so the server stops');

type Options = {
  /** Brings everything committed so far to the disk. Without it, a commit is acknowledged at once. */
  sync: (() => Promise<void>) | undefined;
  /** Told once, when a sync has failed. */
  onFailure(error: unknown): void;
};

/**
 * Acknowledges commits in their order, each once it is on disk. One sync runs at a time and serves all commits made before it
 * began; further commits gather meanwhile. After a failed sync the system may have dropped what it could not write, so a later
 * one would prove nothing: every commit from then on fails.
 */
export class SyncQueue {
  readonly #sync: (() => Promise<void>) | undefined;
  readonly #onFailure: (error: unknown) => void;
  #waiting: Commit[] = [];
  #syncing: readonly Commit[] = [];
  #isBusy = false;
  #failure: AppError | undefined;

  constructor({ sync, onFailure }: Options) {
    this.#sync = sync;
    this.#onFailure = onFailure;
  }

  /** How many units wait for the disk. */
  get pending(): number {
    return [...this.#syncing, ...this.#waiting].reduce((sum, { units }) => sum + units, 0);
  }

  /** Throws once a sync has failed. */
  requireSound(): void {
    if (this.#failure) throw this.#failure;
  }

  add(commit: Commit): void {
    // What only read may have read what is not on disk yet, so it waits its turn, but needs no sync of its own.
    const mustWait = this.#sync && (commit.hasWritten || this.#isBusy);
    if (this.#failure) commit.fail(this.#failure);
    else if (mustWait) this.#waiting.push(commit);
    else commit.acknowledge();
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      this.#syncing = this.#waiting;
      this.#waiting = [];
      if (this.#syncing.some(({ hasWritten }) => hasWritten)) await this.#bringToDisk();
      const done = this.#syncing;
      this.#syncing = [];
      for (const commit of done) commit.acknowledge();
    }
    this.#isBusy = false;
  }

  async #bringToDisk(): Promise<void> {
    try {
      await this.#sync?.();
    } catch (error) {
      this.#failure = unsafe();
      const lost = [...this.#syncing, ...this.#waiting];
      this.#syncing = [];
      this.#waiting = [];
      this.#onFailure(error);
      for (const commit of lost) commit.fail(this.#failure);
    }
  }
}
