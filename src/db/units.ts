import { AsyncLocalStorage } from 'node:async_hooks';
import type { Queries } from './queries.ts';

/** One connection that only units of work use. */
export type Lane = { readonly db: Queries; run(statement: string): unknown; close(): unknown };

/** What differs between the databases. */
export type Engine = {
  readonly lanes: number;
  readonly begin: string;
  open(): Lane | Promise<Lane>;
  /** Whether the same work may be tried again after this error (it was rolled back through no fault of its own). */
  mayRetry(error: unknown): boolean;
};

export type Unit<E> = {
  readonly db: Queries;
  /** The event goes out once the unit is committed, and not at all when it fails. */
  emit(event: E): void;
};

export class UnitTimeout extends Error {
  override readonly name = 'UnitTimeout';
}

type Options<E> = {
  engine: Engine;
  dispatch: (event: E) => void;
  /** Told of each unit that was kept: how long it took, waiting for its turn included. */
  onDone?: ((name: string, ms: number) => void) | undefined;
  timeoutMs?: number;
  waitMs?: number;
};
type Waiter = { take(lane: Lane | undefined): void };

const TRIES = 5;
const TURN_MS = 5;

/** `open` turns false at the end: what a unit left running behind it may start units of its own. */
const inside = new AsyncLocalStorage<{ readonly name: string; open: boolean }>();

/**
 * Units of work: each runs in one transaction and is kept whole or not at all. Only the database may be awaited inside,
 * and a database error must not be caught inside: on SQLite every other writer waits meanwhile.
 */
export class Units<E> {
  readonly #idle: (Lane | undefined)[] = [];
  readonly #waiting: Waiter[] = [];
  readonly #engine: Engine;
  readonly #dispatch: (event: E) => void;
  readonly #onDone: ((name: string, ms: number) => void) | undefined;
  readonly #timeoutMs: number;
  readonly #waitMs: number;
  #turnBegan = 0;
  #busy = 0;
  #closed = false;

  constructor({ engine, dispatch, onDone, timeoutMs = 10_000, waitMs = 10_000 }: Options<E>) {
    this.#engine = engine;
    this.#dispatch = dispatch;
    this.#onDone = onDone;
    this.#timeoutMs = timeoutMs;
    this.#waitMs = waitMs;
    this.#idle.length = engine.lanes;
  }

  /** How many units run or wait. */
  get pending(): number {
    return this.#busy + this.#waiting.length;
  }

  /** Runs `work` in one transaction. Its events go out after the commit. Throws what `work` throws, or `UnitTimeout`. */
  async run<R>(name: string, work: (unit: Unit<E>) => Promise<R>): Promise<R> {
    const outer = inside.getStore();
    if (outer?.open) throw new Error(`unit of work "${name}" started inside "${outer.name}"`);
    const beganMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#once(name, work);
        this.#onDone?.(name, performance.now() - beganMs);
        return result;
      } catch (error) {
        if (attempt === TRIES || !this.#engine.mayRetry(error)) throw error;
        await Bun.sleep(Math.random() * 10 * 2 ** attempt);
      }
    }
  }

  /** Waits for the units under way, then closes the lanes. Units that come later are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.pending > 0) await Bun.sleep(1);
    for (const lane of this.#idle.splice(0)) await lane?.close();
  }

  async #once<R>(name: string, work: (unit: Unit<E>) => Promise<R>): Promise<R> {
    let lane = await this.#takeLane(name);
    try {
      lane ??= await this.#engine.open();
      const { result, events } = await this.#transact(lane, name, work);
      // Before the lane goes on, so that events keep the order of the commits.
      for (const event of events) this.#dispatch(event);
      return result;
    } catch (error) {
      lane = lane && (await rolledBack(lane, error));
      throw error;
    } finally {
      this.#giveBack(lane);
    }
  }

  async #transact<R>(lane: Lane, name: string, work: (unit: Unit<E>) => Promise<R>) {
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
      await lane.run(this.#engine.begin);
      const emit = (event: E) => void events.push(event);
      const result = await Promise.race([inside.run(here, () => work({ db: lane.db, emit })), late]);
      await lane.run('commit');
      return { result, events };
    } finally {
      here.open = false;
      clearTimeout(timer);
    }
  }

  async #takeLane(name: string): Promise<Lane | undefined> {
    if (this.#closed) throw new Error(`unit of work "${name}" came after the database was closed`);
    if (this.#idle.length > 0) {
      this.#busy++;
      return this.#idle.pop();
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { take: resolve };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new UnitTimeout(`unit of work "${name}" waited longer than ${this.#waitMs} ms for its turn`));
      }, this.#waitMs);
      waiter.take = (lane) => {
        clearTimeout(timer);
        resolve(lane);
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
      next.take(lane);
    } else {
      setImmediate(() => {
        this.#turnBegan = performance.now();
        next.take(lane);
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
