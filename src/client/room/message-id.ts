/** Compares message ids (`milliseconds-sequence`) numerically: `…-10` comes after `…-9`. Negative if `a` is earlier. */
export function compareMessageIds(a: string, b: string): number {
  const [aMs, aSequence] = partsOf(a);
  const [bMs, bSequence] = partsOf(b);
  return aMs - bMs || aSequence - bSequence;
}

const LAST_SEQUENCE = 9_999_999_999;

/** An id right before this one: what comes after it begins with this one. */
export function idBefore(id: string): string {
  const [ms, sequence] = partsOf(id);
  if (sequence > 0) return `${ms}-${sequence - 1}`;
  return ms > 0 ? `${ms - 1}-${LAST_SEQUENCE}` : '0-0';
}

function partsOf(id: string): [ms: number, sequence: number] {
  const dash = id.indexOf('-');
  return dash < 0 ? [Number(id), 0] : [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
