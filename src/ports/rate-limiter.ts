/** At most `limit` calls per `windowMs`. */
export type RateRule = { limit: number; windowMs: number };

export type RateState = {
  allowed: boolean;
  /** The number of calls still allowed. */
  remaining: number;
  /** Milliseconds until one more call is allowed. */
  resetMs: number;
};

/** Counts over a sliding window: a border allows no double burst. Every method is one atomic step across nodes. */
export type RateLimiter = {
  /** Counts one call, if it is allowed. */
  consume(bucket: string, rule: RateRule): Promise<RateState>;
  /** The number of buckets in use. */
  countBuckets(): Promise<number>;
  /** Reads the state without counting. */
  peek(bucket: string, rule: RateRule): Promise<RateState>;
  /** Takes back the latest call, for calls counted before it is known whether they count. */
  refund(bucket: string): Promise<void>;
};
