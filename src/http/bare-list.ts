/** A part of a list, and the size of the whole. */
export type Counted<T> = { items: T[]; total: number };

/** Responds with a bare array; the size of the whole list goes into `X-Total-Count`. */
export function bareList<T>({ items, total }: Counted<T>, set: { headers: Record<string, string | number> }): T[] {
  set.headers['x-total-count'] = String(total);
  return items;
}

/** For lists that are always returned completely. */
export function whole<T>(items: T[]): Counted<T> {
  return { items, total: items.length };
}
