/** Waiting times, all in milliseconds but `maxSendTries`. */
export type Timing = {
  /** How long the first connection may take. */
  connectTimeoutMs: number;
  /** How long the server may take to acknowledge. */
  ackTimeoutMs: number;
  /** How long one message may wait for a key and be sealed again, all in all. */
  sendTimeoutMs: number;
  maxSendTries: number;
  /** How long a message before may be late on its way before the history is asked for it. */
  repairDelayMs: number;
  /** The pause before a failed history page or join is tried again; it grows fourfold. */
  retryDelayMs: number;
};

export const DEFAULT_TIMING: Timing = {
  connectTimeoutMs: 10_000,
  ackTimeoutMs: 10_000,
  sendTimeoutMs: 30_000,
  maxSendTries: 5,
  repairDelayMs: 250,
  retryDelayMs: 500,
};
