import type { Finding } from './finding.ts';

/** The median; of an even count the upper of the two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The value below which this share of the numbers lies. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** `12k [11k–14k]`: the median, the smallest and the largest. */
export function spread(numbers: readonly number[], write: (value: number) => string): string {
  return `${write(median(numbers))} [${write(Math.min(...numbers))}–${write(Math.max(...numbers))}]`;
}

export function thousands(value: number): string {
  return `${Math.round(value / 1000)}k`;
}

/** A line of the final table from one number per round; `below`: the limit for all of them. */
export function findingOf<Result>(results: readonly Result[]) {
  return (what: string, of: (result: Result) => number, { below }: { below?: number } = {}): Finding => {
    const values = results.map(of);
    return {
      what,
      target: below === undefined ? '' : `< ${below}`,
      value: spread(values, (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0))),
      ok: below === undefined ? undefined : values.every((value) => value < below),
    };
  };
}

/** Runs all contenders once a round, each round starting with another one, so that a slow minute hurts them all. */
export async function interleaved<Contender extends { name: string }, Result>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<Result>,
): Promise<Map<string, Result[]>> {
  const results = new Map(contenders.map(({ name }) => [name, [] as Result[]]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length] as Contender;
      results.get(contender.name)?.push(await measure(contender));
    }
  }
  return results;
}
