/** So many in such a time. */
export type RateRule = { limit: number; windowMs: number };

export type RateState = {
  allowed: boolean;
  /** How many more are allowed now. */
  remaining: number;
  /** Milliseconds until one more is allowed than now. */
  resetMs: number;
};

/** Counts over a sliding window: no burst of twice the limit around a border. Every method is one atomic step across nodes. */
export type RateLimiter = {
  /** Counts one, if it is allowed. */
  consume(bucket: string, rule: RateRule): Promise<RateState>;
  /** How many buckets hold something. */
  countBuckets(): Promise<number>;
  /** Counts nothing. */
  peek(bucket: string, rule: RateRule): Promise<RateState>;
  /** Takes back the latest count: for what is counted before it is known whether it counts. */
  refund(bucket: string): Promise<void>;
};
