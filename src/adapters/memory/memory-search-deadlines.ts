import { NEVER } from './memory-match-search.ts';
import { type MemoryRows, NONE } from './memory-rows.ts';
import { FALLS_AFTER, FALLS_AT, FALLS_BEFORE, FLAGS } from './memory-searches.ts';

/** Searches with the same time to live, in the order in which they fall: later ones are added later. A search is in one such list at most. */
export class MemorySearchDeadlines {
  readonly #rows: MemoryRows;
  readonly #flag: number;
  readonly #lastsMs: number;
  #first = NONE;
  #last = NONE;

  /** `flag`: marks a search that is in the list. */
  constructor(rows: MemoryRows, flag: number, lastsMs: number) {
    this.#rows = rows;
    this.#flag = flag;
    this.#lastsMs = lastsMs;
  }

  get first(): number {
    return this.#first;
  }

  /** When the next one falls. */
  get nextAt(): number {
    return this.#first === NONE ? NEVER : this.#rows.float(this.#first, FALLS_AT);
  }

  has(search: number): boolean {
    return (this.#rows.int(search, FLAGS) & this.#flag) !== 0;
  }

  add(search: number, now: number): void {
    const rows = this.#rows;
    rows.setInt(search, FLAGS, rows.int(search, FLAGS) | this.#flag);
    rows.setFloat(search, FALLS_AT, now + this.#lastsMs);
    rows.setInt(search, FALLS_BEFORE, this.#last);
    rows.setInt(search, FALLS_AFTER, NONE);
    if (this.#last === NONE) this.#first = search;
    else rows.setInt(this.#last, FALLS_AFTER, search);
    this.#last = search;
  }

  /** Does nothing if the search is not in this list. */
  remove(search: number): void {
    if (!this.has(search)) return;
    const rows = this.#rows;
    const before = rows.int(search, FALLS_BEFORE);
    const after = rows.int(search, FALLS_AFTER);
    if (before === NONE) this.#first = after;
    else rows.setInt(before, FALLS_AFTER, after);
    if (after === NONE) this.#last = before;
    else rows.setInt(after, FALLS_BEFORE, before);
    rows.setInt(search, FLAGS, rows.int(search, FLAGS) & ~this.#flag);
    rows.setFloat(search, FALLS_AT, NEVER);
  }
}
