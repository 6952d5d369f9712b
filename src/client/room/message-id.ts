/** Compares message ids (`milliseconds-sequence`) numerically: `…-10` comes after `…-9`. Negative if `a` is earlier. */
export function compareMessageIds(a: string, b: string): number {
  const [aMs, aSequence] = partsOf(a);
  const [bMs, bSequence] = partsOf(b);
  return aMs - bMs || aSequence - bSequence;
}

function partsOf(id: string): [ms: number, sequence: number] {
  const dash = id.indexOf('-');
  return dash < 0 ? [Number(id), 0] : [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
