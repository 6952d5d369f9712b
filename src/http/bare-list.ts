/** Part of a list, and how many there are in all. */
export type Counted<T> = { items: T[]; total: number };

/** Answers with the list alone: how many there are in all stands in a header, so that nobody takes a part for the whole. */
export function bareList<T>({ items, total }: Counted<T>, set: { headers: Record<string, string | number> }): T[] {
  set.headers['x-total-count'] = String(total);
  return items;
}

/** A list that is always given whole. */
export function whole<T>(items: T[]): Counted<T> {
  return { items, total: items.length };
}
