import { AsyncLocalStorage } from 'node:async_hooks';
import { unavailable } from '../core/errors.ts';
import type { Engine, Lane } from './engine.ts';
import type { Queries } from './queries.ts';
import { type Batch, newBatch, SyncQueue } from './sync-queue.ts';
import { Trouble } from './trouble.ts';

export type Unit<E> = {
  readonly db: Queries;
  /** The event goes out once the unit is committed, and not at all when it fails. */
  emit(event: E): void;
};

export type UnitOptions = {
  /**
   * The unit checks whatever may make it fail before it writes, so that it needs no savepoint, which costs as much as a short
   * unit. If it fails after all, the units that share its commit are undone with it and done again.
   */
  checksFirst?: boolean;
};

export class UnitTimeout extends Error {
  override readonly name = 'UnitTimeout';
}

/** A unit was undone through no fault of its own, because its batch was. */
class UndoneWithAnother extends Error {
  override readonly name = 'UndoneWithAnother';
  override readonly message = 'the unit of work was undone with another one, again and again';
}

type Options<E> = {
  engine: Engine;
  dispatch: (event: E) => void;
  /** Told of each unit that was kept: how long it took, waiting for its turn included. */
  onDone?: ((name: string, ms: number) => void) | undefined;
  /** Told when writing begins to fail through no fault of the unit's, as on a full disk. */
  onProblem?: ((sentence: string, error: unknown) => void) | undefined;
  /** Told once, when a sync has failed: no unit is kept from then on. */
  onFailure?: ((error: unknown) => void) | undefined;
  timeoutMs?: number;
  waitMs?: number;
};
/** The lane, with what is done on it and not committed. */
type Turn<E> = { lane: Lane | undefined; batch: Batch<E> | undefined };
type Failure = { error: unknown; hasWritten: boolean; isGuarded: boolean };
type Waiter<E> = { take(turn: Turn<E>): void };

const SAVEPOINT = 'savepoint unit';
const UNDO = 'rollback to unit';
const RELEASE = 'release unit';

const TRIES = 5;
const TURN_MS = 5;

/** `open` turns false at the end: what a unit left running behind it may start units of its own. */
const inside = new AsyncLocalStorage<{ readonly name: string; open: boolean }>();

const stopping = unavailable.saying('The server is stopping');

/**
 * Units of work: each is kept whole or not at all, and runs by itself; those that come together share a commit, and none of
 * them has its result before that is on disk. Only the database may be awaited inside, and a database error must not be caught inside: on
 * SQLite every other writer waits meanwhile.
 */
export class Units<E> {
  readonly #idle: (Lane | undefined)[] = [];
  readonly #waiting: Waiter<E>[] = [];
  readonly #engine: Engine;
  readonly #dispatch: (event: E) => void;
  readonly #onDone: ((name: string, ms: number) => void) | undefined;
  readonly #timeoutMs: number;
  readonly #waitMs: number;
  readonly #syncs: SyncQueue;
  readonly #trouble: Trouble;
  #turnBegan = 0;
  /** A batch that is about to be committed: whoever comes first may still join it. */
  #open: Turn<E> | undefined;
  #busy = 0;
  #closed = false;

  constructor({ engine, dispatch, onDone, onProblem, onFailure, timeoutMs = 10_000, waitMs = 10_000 }: Options<E>) {
    this.#engine = engine;
    this.#dispatch = dispatch;
    this.#onDone = onDone;
    this.#timeoutMs = timeoutMs;
    this.#waitMs = waitMs;
    this.#idle.length = engine.lanes;
    this.#trouble = new Trouble({
      problemOf: (error) => engine.problemOf(error),
      onProblem: (sentence, error) => onProblem?.(sentence, error),
    });
    this.#syncs = new SyncQueue({ sync: engine.sync, onFailure: (error) => onFailure?.(error) });
  }

  /** How many units run or wait, for their turn or for the disk. */
  get pending(): number {
    return this.#busy + this.#waiting.length + this.#syncs.pending;
  }

  /**
   * Runs `work` in a transaction, once more if that was undone through no fault of its own. Its events go out after the
   * commit. Throws what `work` throws, or `UnitTimeout`.
   */
  async run<R>(name: string, work: (unit: Unit<E>) => Promise<R>, options: UnitOptions = {}): Promise<R> {
    if (this.#syncs.failure) throw this.#syncs.failure;
    const outer = inside.getStore();
    if (outer?.open) throw new Error(`unit of work "${name}" started inside "${outer.name}"`);
    const beganMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#once(name, work, options);
        this.#onDone?.(name, performance.now() - beganMs);
        return result;
      } catch (error) {
        const mayRetry = error instanceof UndoneWithAnother || this.#engine.mayRetry(error);
        if (attempt < TRIES && mayRetry) await Bun.sleep(Math.random() * 10 * 2 ** attempt);
        else throw this.#trouble.told(error);
      }
    }
  }

  /** Why nothing could be written when that was last tried; undefined when it could. */
  get problem(): string | undefined {
    return this.#trouble.current;
  }

  /** Waits for the units under way, then closes the lanes. Units that come later are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.pending > 0) await Bun.sleep(1);
    for (const lane of this.#idle.splice(0)) await lane?.close();
  }

  async #once<R>(name: string, work: (unit: Unit<E>) => Promise<R>, { checksFirst = false }: UnitOptions): Promise<R> {
    const turn = await this.#takeTurn(name);
    let batch = turn.batch;
    const isGuarded = batch !== undefined && !checksFirst;
    let written: number | undefined;
    let outcome: { result: R } | { error: unknown };
    try {
      turn.lane ??= await this.#engine.open();
      written = turn.lane.written();
      if (!batch) await turn.lane.run(this.#engine.begin);
      else if (isGuarded) await turn.lane.run(SAVEPOINT);
      const { result, events } = await this.#work(turn.lane, name, work);
      if (isGuarded) await turn.lane.run(RELEASE);
      batch ??= newBatch<E>(written);
      batch.units++;
      batch.events.push(...events);
      outcome = { result };
    } catch (error) {
      outcome = { error };
      const hasWritten = turn.lane?.written() !== written;
      batch = await this.#undo(turn, { error, hasWritten, isGuarded });
    }
    const acknowledged = batch?.acknowledged.promise;
    await this.#goOn({ lane: turn.lane, batch });
    if ('error' in outcome) throw outcome.error;
    await acknowledged;
    return outcome.result;
  }

  async #work<R>(lane: Lane, name: string, work: (unit: Unit<E>) => Promise<R>) {
    const here = { name, open: true };
    const events: E[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new UnitTimeout(`unit of work "${name}" took longer than ${this.#timeoutMs} ms`)),
        this.#timeoutMs,
      );
    });
    try {
      const emit = (event: E) => void events.push(event);
      const result = await Promise.race([inside.run(here, () => work({ db: lane.db, emit })), late]);
      return { result, events };
    } finally {
      here.open = false;
      clearTimeout(timer);
    }
  }

  /** Undoes the unit that failed. Gives back the batch, if the units before it are still there to be committed. */
  async #undo(turn: Turn<E>, { error, hasWritten, isGuarded }: Failure): Promise<Batch<E> | undefined> {
    const { lane, batch } = turn;
    if (lane && batch && !(error instanceof UnitTimeout) && lane.inTransaction()) {
      if (!hasWritten && !isGuarded) return batch;
      const isUndone = isGuarded && (await succeeds(() => lane.run(UNDO))) && (await succeeds(() => lane.run(RELEASE)));
      if (isUndone) return batch;
    }
    turn.lane = lane && (await rolledBack(lane, error));
    batch?.acknowledged.reject(new UndoneWithAnother());
    return undefined;
  }

  /**
   * The commit takes longer than most units. So it waits until what has come in by now is done as well: requests that the
   * event loop has at hand share one, and nobody waits for a request that is still to come. While an earlier commit is brought
   * to the disk, this one could not be acknowledged, so that more may join it.
   */
  async #goOn(turn: Turn<E>): Promise<void> {
    const { batch } = turn;
    if (!batch) return this.#giveBack(turn.lane);
    const isFull = batch.units >= this.#engine.batch || performance.now() - batch.beganMs >= TURN_MS;
    if (isFull || this.#closed) return this.#commit(turn, batch);
    const next = this.#waiting.shift();
    if (next) return next.take(turn);
    this.#open = turn;
    this.#syncs.whenFree(async () => {
      if (this.#open !== turn) return;
      this.#open = undefined;
      await this.#commit(turn, batch);
    });
  }

  /** Never rejects. The lane goes on while the commit is brought to the disk. */
  async #commit({ lane }: Turn<E>, batch: Batch<E>): Promise<void> {
    const { units, events, acknowledged } = batch;
    try {
      await lane?.run('commit');
      const hasWritten = lane?.written() !== batch.written;
      if (hasWritten) this.#trouble.current = undefined;
      this.#syncs.add({
        units,
        hasWritten,
        acknowledge: () => {
          for (const event of events) this.#dispatch(event);
          acknowledged.resolve();
        },
        fail: acknowledged.reject,
      });
      const pause = hasWritten ? lane?.afterCommit?.() : undefined;
      if (pause !== undefined) void pause.finally(() => this.#giveBack(lane));
      else this.#giveBack(lane);
    } catch (error) {
      const usable = lane && (await rolledBack(lane, error));
      acknowledged.reject(error);
      this.#giveBack(usable);
    }
  }

  async #takeTurn(name: string): Promise<Turn<E>> {
    if (this.#closed) throw stopping();
    const open = this.#open;
    if (open) {
      this.#open = undefined;
      return open;
    }
    if (this.#idle.length > 0) {
      this.#busy++;
      return { lane: this.#idle.pop(), batch: undefined };
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter<E> = { take: resolve };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new UnitTimeout(`unit of work "${name}" waited longer than ${this.#waitMs} ms for its turn`));
      }, this.#waitMs);
      waiter.take = (turn) => {
        clearTimeout(timer);
        resolve(turn);
      };
      this.#waiting.push(waiter);
    });
  }

  /** SQLite answers at once, so a long queue would keep the event loop for itself: it pauses every few milliseconds. */
  #giveBack(lane: Lane | undefined): void {
    const next = this.#waiting.shift();
    if (!next) {
      this.#busy--;
      this.#idle.push(lane);
    } else if (performance.now() - this.#turnBegan < TURN_MS) {
      next.take({ lane, batch: undefined });
    } else {
      setImmediate(() => {
        this.#turnBegan = performance.now();
        next.take({ lane, batch: undefined });
      });
    }
  }
}

/** The lane, if it can be used again. What a late unit still does must reach no other unit: its connection goes with it. */
async function rolledBack(lane: Lane, error: unknown): Promise<Lane | undefined> {
  const clean = await succeeds(() => lane.run('rollback'));
  if (clean && !(error instanceof UnitTimeout)) return lane;
  await succeeds(() => lane.close());
  return undefined;
}

async function succeeds(act: () => unknown): Promise<boolean> {
  try {
    await act();
    return true;
  } catch {
    return false;
  }
}
