/** Time limits, in milliseconds except `maxSendTries`. */
export type Timing = {
  /** How long the first connection may take. */
  connectTimeoutMs: number;
  /** How long the server may take to acknowledge. */
  ackTimeoutMs: number;
  /** How long one message may wait for keys, over all its tries. */
  sendTimeoutMs: number;
  maxSendTries: number;
  /** How long to wait for a missing message before asking the history for it. */
  repairDelayMs: number;
  /** How long a chat key waits for its sender or recipient to appear in the member list; well below the server's five seconds. */
  listingMs: number;
  /** The pause before a failed history page or join is tried again; it doubles, and the server may ask for a longer one. */
  retryDelayMs: number;
};

export const DEFAULT_TIMING: Timing = {
  connectTimeoutMs: 10_000,
  ackTimeoutMs: 10_000,
  sendTimeoutMs: 30_000,
  maxSendTries: 5,
  repairDelayMs: 250,
  listingMs: 2500,
  retryDelayMs: 500,
};
