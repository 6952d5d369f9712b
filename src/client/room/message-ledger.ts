import type { Statement } from '../crypto/plaintext.ts';
import type { Signed } from '../crypto/signing.ts';
import { compareMessageIds } from './message-id.ts';

type Numbered = Pick<Statement & Signed, 'from' | 'tab' | 'n'>;
/** `held`: how many numbers from `first` to `last` are known. */
type Row = { readonly ids: Map<number, string>; first: number; last: number; held: number };

/** Which messages of each author's client are known, by their numbers: finds repeats, gaps, and another order. */
export class MessageLedger {
  readonly #rows = new Map<string, Row>();
  #disorder = 0;

  /**
   * Enters a message. Undefined if it is the first of its number. Of two with one number the earlier id stands: returns the id
   * of the other one, which is a repeat.
   */
  enter({ from, tab, n }: Numbered, id: string): string | undefined {
    const row = this.#rowOf(`${from} ${tab}`, n);
    const known = row.ids.get(n);
    if (known === id) return undefined;
    if (known !== undefined && compareMessageIds(known, id) < 0) return id;
    row.ids.set(n, id);
    if (known !== undefined) return known;
    extend(row, n);
    if (isBefore(id, row.ids.get(n - 1)) || isBefore(row.ids.get(n + 1), id)) this.#disorder += 1;
    return undefined;
  }

  /** Numbers that are missing between known ones: withheld, deleted, or sealed with a key that is not known. */
  get missing(): number {
    let missing = 0;
    for (const { first, last, held } of this.#rows.values()) missing += last - first + 1 - held;
    return missing;
  }

  /** Messages that came in another order than they were sent in. */
  get reordered(): number {
    return this.#disorder;
  }

  /** The chat was cleared, and the numbers before are gone with it. */
  clear(): void {
    this.#disorder = 0;
    // What came is known for ever; gaps before the last number count no more.
    for (const row of this.#rows.values()) [row.first, row.held] = [row.last, 1];
  }

  #rowOf(author: string, n: number): Row {
    const row = this.#rows.get(author) ?? { ids: new Map<number, string>(), first: n, last: n, held: 0 };
    this.#rows.set(author, row);
    return row;
  }
}

function extend(row: Row, n: number): void {
  row.held += 1;
  row.last = Math.max(row.last, n);
  for (let below = n + 1; below < row.first; below += 1) if (row.ids.has(below)) row.held += 1;
  row.first = Math.min(row.first, n);
}

function isBefore(id: string | undefined, other: string | undefined): boolean {
  return id !== undefined && other !== undefined && compareMessageIds(id, other) < 0;
}
