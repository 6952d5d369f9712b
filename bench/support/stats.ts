/** The middle one; of an even number the upper of the two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** `12k [11k–14k]`: the median, the smallest and the largest. */
export function spread(numbers: readonly number[], write: (value: number) => string): string {
  return `${write(median(numbers))} [${write(Math.min(...numbers))}–${write(Math.max(...numbers))}]`;
}

export function thousands(value: number): string {
  return `${Math.round(value / 1000)}k`;
}

/** All contenders once a round, each round beginning with another, so that a slow minute hurts them all. */
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
