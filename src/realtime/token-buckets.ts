import { MINUTE_MS, SECOND_MS } from '../core/durations.ts';

type Bucket = { tokens: number; at: number; perMinute: number };

/** Token buckets in memory, by key: `perMinute` at once, and as many again over a minute. Cheap enough for every packet. */
export class TokenBuckets {
  readonly #elapsed: () => number;
  readonly #buckets = new Map<string, Bucket>();
  #sweptAt = 0;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Takes `tokens`; false, taking none, when there are fewer. */
  take(key: string, perMinute: number, tokens = 1): boolean {
    const bucket = this.#filled(key, perMinute);
    if (bucket.tokens < tokens) return false;
    bucket.tokens -= tokens;
    return true;
  }

  /** Whole seconds until the bucket holds `tokens`. */
  secondsUntil(tokens: number, key: string, perMinute: number): number {
    if (!this.#buckets.has(key)) return 0;
    const lacking = tokens - this.#filled(key, perMinute).tokens;
    return Math.max(0, Math.ceil((lacking / perMinute) * (MINUTE_MS / SECOND_MS)));
  }

  get size(): number {
    return this.#buckets.size;
  }

  #filled(key: string, perMinute: number): Bucket {
    const now = this.#elapsed();
    const bucket = this.#buckets.get(key) ?? { tokens: perMinute, at: now, perMinute };
    bucket.tokens = tokensAt(bucket, now);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    this.#sweep(now);
    return bucket;
  }

  /** Drops full buckets: a missing one counts as full. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < MINUTE_MS) return;
    this.#sweptAt = now;
    for (const [key, bucket] of this.#buckets) if (tokensAt(bucket, now) >= bucket.perMinute) this.#buckets.delete(key);
  }
}

function tokensAt({ tokens, at, perMinute }: Bucket, now: number): number {
  return Math.min(perMinute, tokens + ((now - at) * perMinute) / MINUTE_MS);
}
