import type { Clock } from '../../../core/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/durations.ts';

/** What happened within a second. `latencies`: answers by the bucket of how long they took. */
type Second = { at: number; messages: number; errors: number; latencies: Uint32Array };

const SECONDS = MINUTE_MS / SECOND_MS;
const SHORTEST_MS = 0.1;
/** Four buckets for each doubling: a bucket's bound is less than a fifth above anything in it. */
const PER_DOUBLING = 4;
/** Up to about two minutes. */
const BUCKETS = 80;

/** Counts over the last 60 seconds, to the second, in as much memory whatever happens. */
export class LastMinute {
  readonly #clock: Pick<Clock, 'elapsed'>;
  readonly #seconds: Second[] = Array.from({ length: SECONDS }, () => ({
    at: -1,
    messages: 0,
    errors: 0,
    latencies: new Uint32Array(BUCKETS),
  }));

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock;
  }

  messageSent(): void {
    this.#now().messages++;
  }

  /** An answer, and whether it was the server's failure. */
  answered(ms: number, isError: boolean): void {
    const second = this.#now();
    if (isError) second.errors++;
    const bucket = bucketOf(ms);
    second.latencies[bucket] = (second.latencies[bucket] ?? 0) + 1;
  }

  /** `latencyP95Ms` is null without an answer in the last minute. */
  figures(): { messages: number; errors: number; latencyP95Ms: number | null } {
    const recent = this.#seconds.filter(({ at }) => at > this.#second() - SECONDS);
    const byBucket = Array.from({ length: BUCKETS }, (_, bucket) =>
      sumOf(recent, ({ latencies }) => latencies[bucket] ?? 0),
    );
    return {
      messages: sumOf(recent, ({ messages }) => messages),
      errors: sumOf(recent, ({ errors }) => errors),
      latencyP95Ms: percentile(byBucket, 0.95),
    };
  }

  #second(): number {
    return Math.floor(this.#clock.elapsed() / SECOND_MS);
  }

  /** The present second, emptied if it still holds an earlier minute. */
  #now(): Second {
    const at = this.#second();
    const second = this.#seconds[at % SECONDS] as Second;
    if (second.at !== at) {
      Object.assign(second, { at, messages: 0, errors: 0 });
      second.latencies.fill(0);
    }
    return second;
  }
}

function sumOf(seconds: readonly Second[], of: (second: Second) => number): number {
  return seconds.reduce((sum, second) => sum + of(second), 0);
}

function bucketOf(ms: number): number {
  const bucket = Math.ceil(Math.log2(Math.max(ms, SHORTEST_MS) / SHORTEST_MS) * PER_DOUBLING);
  return Math.min(bucket, BUCKETS - 1);
}

/** The bound of the bucket below which this share of answers lies; three digits are more than it is worth. */
function percentile(byBucket: readonly number[], share: number): number | null {
  const total = byBucket.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  const bucket = byBucket.findIndex((count) => {
    below += count;
    return below >= total * share;
  });
  return Number((SHORTEST_MS * 2 ** (bucket / PER_DOUBLING)).toPrecision(3));
}
