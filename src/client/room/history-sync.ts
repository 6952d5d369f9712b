import type { RandomBytes } from '../crypto/random.ts';
import { isPassing } from '../errors.ts';
import type { Missed } from '../events.ts';
import type { Pace } from '../link/pace.ts';
import { askedToWaitMs, pauseMs } from '../link/retry.ts';
import type { Timing } from '../link/timing.ts';
import { wait } from '../link/wait.ts';
import type { HistoryEntry, HistoryQuery } from '../wire.ts';
import { compareMessageIds, idBefore } from './message-id.ts';

/** The largest page of history. */
export const PAGE_LIMIT = 500;
/** Most gaps are small. */
const FIRST_PAGE = 50;
const BEGINNING = '0-0';
const TRIES = 3;

type Fetch = { isPatient: boolean; signal: AbortSignal };

type Deps = {
  /** `isPatient`: somebody waits for it, and it is repeated until it comes. */
  fetchPage(query: HistoryQuery, how: Fetch): Promise<HistoryEntry[]>;
  /** Receives entries in the order of their ids. Some may be known already, or precede what came earlier. */
  release(entries: HistoryEntry[]): void;
  /** What the room shows up to this id; undefined if that is nothing. */
  shown(upTo: string): { from: string; count: number } | undefined;
  /** Receives the ids that exist in a stretch of history. Other known messages in it have been deleted. */
  reconcile(stretch: Stretch): void;
  onError(error: unknown): void;
  pace: Pick<Pace, 'take' | 'refused'>;
  timing: Pick<Timing, 'repairDelayMs' | 'retryDelayMs'>;
  random: RandomBytes;
};

/** After `after`, up to `upTo` inclusive. */
export type Stretch = { after: string; upTo: string; ids: ReadonlySet<string> };

/** What the room has: `count` messages from `from` up to `after`. */
export type Position = { after: string; from?: string; count: number };

/**
 * Closes gaps in the live messages. Events are hints and the history is the truth: if `prev_id` reveals a gap, later messages
 * are held back for a moment, and then the history is asked. If it cannot be asked now, they are shown as they are, and it is
 * asked again for as long as the room is joined.
 */
export class HistorySync {
  /** Everything up to this id is known. Null: the chat was empty. Undefined: nothing is known yet. */
  #upTo: string | null | undefined;
  readonly #held = new Map<string, HistoryEntry>();
  readonly #gone = new Set<string>();
  readonly #deps: Deps;
  readonly #stopping = new AbortController();
  #repair: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The next repair, while it cannot be made now. Nothing is held back for it. */
  #later: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** Shown messages may have been deleted meanwhile. */
  #isReviewDue: boolean = false;
  /** Raised when the chat is cleared: pages requested before that must not be used after it. */
  #era: number = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Takes a live message. */
  take(entry: HistoryEntry): void {
    if (this.isStopped || this.#gone.has(entry.id)) return;
    this.#held.set(entry.id, entry);
    if (this.#repair !== undefined) return;
    this.#releaseWhole();
    if (this.#held.size === 0) this.#stopTimer();
    else if (this.#later !== undefined) this.#releaseHeldAsTheyAre();
    else this.#timer ??= setTimeout(() => void this.catchUp(), this.#deps.timing.repairDelayMs);
  }

  /** Loads up to `limit` of the newest messages. With 0 none is loaded, and what comes from now on is the beginning. */
  async loadLatest(limit: number): Promise<void> {
    await this.#alone(() => this.#loadPage(Math.min(limit, PAGE_LIMIT)));
  }

  /** Returns the messages before `before`, without releasing them. */
  async loadOlder(before: string | undefined, limit: number): Promise<HistoryEntry[]> {
    const era = this.#era;
    const page = await this.#patiently(before === undefined ? { limit } : { limit, before });
    return era === this.#era ? page.filter(({ id }) => !this.#gone.has(id)) : [];
  }

  /** What is known, to be told when joining again; undefined if nothing is. */
  position(): Position | undefined {
    if (this.#upTo === undefined) return undefined;
    const after = this.#upTo ?? BEGINNING;
    return { after, count: 0, ...this.#deps.shown(after) };
  }

  /** After joining again: takes what the server told about this position, and loads the rest. Never rejects. */
  async resume(known: Position | undefined, missed: Missed | undefined): Promise<void> {
    if (this.#upTo === undefined) return;
    if (!known || !missed || (known.from !== undefined && missed.known !== known.count)) this.#isReviewDue = true;
    if (known && missed) {
      await this.#alone(async () => {
        // The chat may have been cleared, or loaded anew.
        if (compareMessageIds(known.after, this.#upTo ?? BEGINNING) <= 0) this.#release(missed.messages);
      });
    }
    if (!missed || missed.more || this.#isReviewDue) await this.catchUp();
  }

  /** Loads everything after the last known id. Never rejects: what remains missing is asked for again later. */
  async catchUp(): Promise<void> {
    this.#stopTimer();
    if (this.isStopped || this.#upTo === undefined || this.#later !== undefined) return;
    const waitMs = this.#deps.pace.take();
    if (waitMs > 0) this.#catchUpLater(waitMs);
    else await this.#catchUp();
  }

  /** Loads everything after the last known id, now if possible. True if it was. */
  async check(): Promise<boolean> {
    if (this.#later === undefined) await this.#catchUp();
    return !this.isStopped && this.#later === undefined && this.#failures === 0;
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

  /** The connection is lost. The next join asks anew. */
  suspend(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#failures = 0;
  }

  stop(): void {
    this.#stopping.abort();
    this.suspend();
    this.clear();
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #catchUp(): Promise<void> {
    try {
      await this.#alone(() => this.#fillGap());
      this.#failures = 0;
    } catch (error) {
      if (this.isStopped) return;
      this.#deps.pace.refused(error);
      if (this.#failures === 0) this.#deps.onError(error);
      const { random, timing } = this.#deps;
      const pause = { error, attempt: this.#failures + TRIES, baseMs: timing.retryDelayMs, random };
      this.#failures += 1;
      if (isPassing(error)) this.#catchUpLater(pauseMs(pause));
      else this.#releaseHeldAsTheyAre();
    }
  }

  /** A gap is better than silence, so nothing is held back until then. */
  #catchUpLater(afterMs: number): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      void this.#catchUp();
    }, afterMs);
    this.#releaseHeldAsTheyAre();
  }

  /** Holds live messages while `work` runs, and handles what is left as usual afterwards. */
  async #alone(work: () => Promise<void>): Promise<void> {
    while (this.#repair !== undefined) await this.#repair;
    if (this.isStopped) return;
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
    const page = await this.#patiently({ limit: Math.max(1, limit) });
    if (era !== this.#era) return this.#loadPage(limit);
    if (limit > 0) this.#release(page);
    else this.#upTo ??= page.at(-1)?.id ?? null;
    this.#upTo ??= null;
  }

  async #fillGap(): Promise<void> {
    const wanted = new Set(this.#held.keys());
    const era = this.#era;
    if (this.#isReviewDue) await this.#review();
    for (let limit = FIRST_PAGE; ; limit = PAGE_LIMIT) {
      const page = await this.#page({ limit, after: this.#upTo ?? BEGINNING });
      if (this.isStopped) return;
      if (era !== this.#era) return this.#fillGap();
      this.#release(page);
      if (page.length < limit) break;
    }
    // Release what was held at the start, even if the history lacks it: a deleted predecessor leaves no trace.
    this.#release(this.#takeHeld((id) => wanted.has(id)));
  }

  /** Compares what is shown with the history. */
  async #review(): Promise<void> {
    const upTo = this.#upTo ?? BEGINNING;
    const shown = this.#deps.shown(upTo);
    let after = shown && idBefore(shown.from);
    const era = this.#era;
    while (after !== undefined) {
      const page = await this.#page({ limit: PAGE_LIMIT, after });
      if (this.isStopped || era !== this.#era) return;
      const last = page.length < PAGE_LIMIT ? undefined : page.at(-1)?.id;
      const isEnd = last === undefined || compareMessageIds(last, upTo) >= 0;
      this.#deps.reconcile({ after, upTo: isEnd ? upTo : last, ids: new Set(page.map(({ id }) => id)) });
      this.#release(page);
      after = isEnd ? undefined : last;
    }
    this.#isReviewDue = false;
  }

  #patiently(query: HistoryQuery): Promise<HistoryEntry[]> {
    return this.#deps.fetchPage(query, { isPatient: true, signal: this.#stopping.signal });
  }

  async #page(query: HistoryQuery): Promise<HistoryEntry[]> {
    const { fetchPage, timing, random } = this.#deps;
    const { signal } = this.#stopping;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await fetchPage(query, { isPatient: false, signal });
      } catch (error) {
        // What is held back must not wait as long as the server asks.
        const isLong = askedToWaitMs(error) > 0;
        if (attempt + 1 === TRIES || isLong || signal.aborted || !isPassing(error)) throw error;
        await wait(pauseMs({ error, attempt, baseMs: timing.retryDelayMs, random }), signal);
      }
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

  /** The gap stays known, so the next message or repair asks again. */
  #releaseHeldAsTheyAre(): void {
    this.#stopTimer();
    const held = sorted(this.#takeHeld());
    if (held.length > 0) this.#deps.release(held);
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
