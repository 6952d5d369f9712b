import { isPassing } from '../errors.ts';
import type { Timing } from '../link/timing.ts';
import type { HistoryEntry, HistoryQuery } from '../wire.ts';
import { compareMessageIds } from './message-id.ts';

/** The largest page of history. */
export const PAGE_LIMIT = 500;
/** Catching up begins this many messages back, to see which of them were deleted meanwhile. */
const REVIEWED = 400;
const BEGINNING = '0-0';
const TRIES = 3;

type Deps = {
  fetchPage(query: HistoryQuery): Promise<HistoryEntry[]>;
  /** Receives entries in the order of their ids. Some may be known already, or precede what came earlier. */
  release(entries: HistoryEntry[]): void;
  /** The id `count` places before the newest one that the room has up to `upTo`, or its oldest; undefined if it has none. */
  back(upTo: string, count: number): string | undefined;
  /** Receives the ids that exist in a stretch of history. Other known messages in it have been deleted. */
  reconcile(stretch: Stretch): void;
  onError(error: unknown): void;
  timing: Timing;
};

/** From `from` (null: the beginning) to `upTo`, inclusive. */
export type Stretch = { from: string | null; upTo: string; ids: ReadonlySet<string> };

/**
 * Closes gaps in the live messages. Events are hints and the history is the truth: if `prev_id` reveals a gap, later messages
 * are held back for a moment, and then the history is asked.
 */
export class HistorySync {
  /** Everything up to this id is known. Null: the chat was empty. Undefined: nothing is known yet. */
  #upTo: string | null | undefined;
  readonly #held = new Map<string, HistoryEntry>();
  readonly #gone = new Set<string>();
  readonly #deps: Deps;
  #repair: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Raised when the chat is cleared: pages requested before that must not be used after it. */
  #era: number = 0;
  #isStopped: boolean = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Takes a live message. */
  take(entry: HistoryEntry): void {
    if (this.#isStopped || this.#gone.has(entry.id)) return;
    this.#held.set(entry.id, entry);
    if (this.#repair !== undefined) return;
    this.#releaseWhole();
    if (this.#held.size === 0) this.#stopTimer();
    else this.#timer ??= setTimeout(() => void this.catchUp(), this.#deps.timing.repairDelayMs);
  }

  /** Loads up to `limit` of the newest messages. With 0, the first live message is the beginning. */
  async loadLatest(limit: number): Promise<void> {
    if (limit === 0) return;
    await this.#alone(() => this.#loadPage(Math.min(limit, PAGE_LIMIT)));
  }

  /** Returns the messages before `before`, without releasing them. */
  async loadOlder(before: string | undefined, limit: number): Promise<HistoryEntry[]> {
    const era = this.#era;
    const page = await this.#page(before === undefined ? { limit } : { limit, before });
    return era === this.#era ? page.filter(({ id }) => !this.#gone.has(id)) : [];
  }

  /** Loads everything after the last known id. Never rejects: a gap that remains is tried again later. */
  async catchUp(): Promise<void> {
    this.#stopTimer();
    if (this.#isStopped) return;
    if (this.#upTo === undefined) return;
    try {
      await this.#alone(() => this.#fillGap());
    } catch (error) {
      if (this.#isStopped) return;
      this.#releaseHeldAsTheyAre();
      this.#deps.onError(error);
    }
  }

  forget(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#gone.add(id);
      this.#held.delete(id);
    }
  }

  clear(): void {
    this.#era += 1;
    this.#held.clear();
    this.#stopTimer();
  }

  stop(): void {
    this.#isStopped = true;
    this.clear();
  }

  /** Holds live messages while `work` runs, and handles what is left as usual afterwards. */
  async #alone(work: () => Promise<void>): Promise<void> {
    while (this.#repair !== undefined) await this.#repair;
    const running = work();
    this.#repair = running.catch(() => {});
    try {
      await running;
    } finally {
      this.#repair = undefined;
      for (const entry of [...this.#held.values()]) this.take(entry);
    }
  }

  async #loadPage(limit: number): Promise<void> {
    const era = this.#era;
    const page = await this.#page({ limit });
    if (era !== this.#era) return this.#loadPage(limit);
    this.#release(page);
    this.#upTo ??= null;
  }

  async #fillGap(): Promise<void> {
    const wanted = new Set(this.#held.keys());
    const known = this.#upTo ?? null;
    const start = known === null ? undefined : this.#deps.back(known, REVIEWED);
    let after = start ?? known ?? BEGINNING;
    for (;;) {
      const era = this.#era;
      const page = await this.#page({ limit: PAGE_LIMIT, after });
      if (this.#isStopped) return;
      if (era !== this.#era) return this.#fillGap();
      if (known !== null && after === start) await this.#review(page, known);
      if (era !== this.#era) return this.#fillGap();
      const last = page.at(-1)?.id;
      // Known entries that the room no longer keeps would come back.
      this.#release(page.filter(({ id }) => known === null || compareMessageIds(id, known) > 0));
      if (last === undefined || page.length < PAGE_LIMIT) break;
      after = last;
    }
    // Release what was held at the start, even if the history lacks it: a deleted predecessor leaves no trace.
    this.#release(this.#takeHeld((id) => wanted.has(id)));
  }

  /** Reports which known messages exist: those on the page that begins among them, and the one before it. */
  async #review(page: HistoryEntry[], upTo: string): Promise<void> {
    // Nothing follows the start. The newest page tells how much before it is gone too.
    const shown = page.length > 0 ? page : await this.#page({ limit: PAGE_LIMIT });
    if (this.#isStopped) return;
    const from = shown[0]?.prev_id ?? null;
    const ids = new Set(shown.map(({ id }) => id));
    if (from !== null) ids.add(from);
    this.#deps.reconcile({ from, upTo, ids });
  }

  async #page(query: HistoryQuery): Promise<HistoryEntry[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#deps.fetchPage(query);
      } catch (error) {
        if (attempt === TRIES || this.#isStopped || !isPassing(error)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, this.#deps.timing.retryDelayMs * 4 ** (attempt - 1)));
    }
  }

  /** Releases held messages while each follows the last one. */
  #releaseWhole(): void {
    for (const entry of sorted(this.#held.values())) {
      if (!this.#isNext(entry)) return;
      this.#held.delete(entry.id);
      this.#release([entry]);
    }
  }

  #isNext({ prev_id: previous }: HistoryEntry): boolean {
    if (this.#upTo === undefined || (previous ?? null) === null) return true;
    return this.#upTo !== null && compareMessageIds(String(previous), this.#upTo) <= 0;
  }

  #release(entries: HistoryEntry[]): void {
    const released = sorted(entries).filter(({ id }) => !this.#gone.has(id));
    const last = released.at(-1)?.id;
    if (last === undefined) return;
    if (!this.#upTo || compareMessageIds(last, this.#upTo) > 0) this.#upTo = last;
    this.#deps.release(released);
  }

  /** After failed repairs: a gap is better than silence. It stays known, so the next message asks again. */
  #releaseHeldAsTheyAre(): void {
    this.#stopTimer();
    this.#deps.release(sorted(this.#takeHeld()));
  }

  #takeHeld(isWanted: (id: string) => boolean = () => true): HistoryEntry[] {
    const taken = [...this.#held.values()].filter(({ id }) => isWanted(id));
    for (const { id } of taken) this.#held.delete(id);
    return taken;
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function sorted(entries: Iterable<HistoryEntry>): HistoryEntry[] {
  return [...entries].sort((a, b) => compareMessageIds(a.id, b.id));
}
