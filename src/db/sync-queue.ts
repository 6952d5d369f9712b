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
  #syncing: Commit[] = [];
  #done: Commit[] = [];
  #held: (() => Promise<void>)[] = [];
  #isBusy = false;
  /** Set once a sync has failed: nothing may be acknowledged any more. */
  failure: AppError | undefined;

  constructor({ sync, onFailure }: Options) {
    this.#sync = sync;
    this.#onFailure = onFailure;
  }

  /** How many units wait for the disk. */
  get pending(): number {
    return [...this.#done, ...this.#syncing, ...this.#waiting].reduce((sum, { units }) => sum + units, 0);
  }

  add(commit: Commit): void {
    // What only read may have read what is not on disk yet, so it waits its turn, but needs no sync of its own.
    const mustWait = this.#sync && (commit.hasWritten || this.#isBusy);
    if (this.failure) commit.fail(this.failure);
    else if (mustWait) this.#waiting.push(commit);
    else commit.acknowledge();
    if (!this.#isBusy) void this.#work();
  }

  /** Calls `act` once the sync under way has ended, else in the next turn of the event loop. What it adds is synced next. */
  whenFree(act: () => Promise<void>): void {
    if (this.#isBusy) this.#held.push(act);
    else setImmediate(() => void act());
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0 || this.#held.length > 0) {
      this.#syncing = this.#waiting;
      this.#waiting = [];
      const synced = this.#bringToDisk();
      // While this sync is under way, if there is one.
      for (const commit of this.#done.splice(0)) commit.acknowledge();
      await synced;
      await Promise.all(this.#held.splice(0).map((act) => act()));
      [this.#done, this.#syncing] = [this.#syncing, []];
    }
    this.#isBusy = false;
    for (const commit of this.#done.splice(0)) commit.acknowledge();
  }

  async #bringToDisk(): Promise<void> {
    if (!this.#syncing.some(({ hasWritten }) => hasWritten)) return;
    try {
      await this.#sync?.();
    } catch (error) {
      this.failure = unsafe();
      const lost = [...this.#syncing, ...this.#waiting];
      this.#syncing = [];
      this.#waiting = [];
      this.#onFailure(error);
      for (const commit of lost) commit.fail(this.failure);
    }
  }
}

/** Units that are committed together. */
export type Batch<E> = {
  beganMs: number;
  /** What the lane had written before. */
  written: number;
  units: number;
  events: E[];
  acknowledged: PromiseWithResolvers<void>;
};

/** A batch without units; `written` is what the lane had written before. */
export function newBatch<E>(written: number): Batch<E> {
  const acknowledged = Promise.withResolvers<void>();
  // Whoever waits for it gets its failure; nobody may.
  acknowledged.promise.catch(() => {});
  return { beganMs: performance.now(), written, units: 0, events: [], acknowledged };
}
