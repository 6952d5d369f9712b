import { KIB, MIB, MINUTE_MS, SECOND_MS } from '../../core/durations.ts';

/** What one browser may take of its gate. */
export const GATE_LIMITS = {
  /** Chromium opens 32 connections to a proxy for pages, and as many for WebSockets. */
  connections: 256,
  /** Of all its connections, both ways: more than a page shows, less than what would hold up the server. */
  bytesPerSecond: 32 * MIB,
  headBytes: 64 * KIB,
  /** For the whole head, however slowly it comes. */
  headMs: 15 * SECOND_MS,
  /** For each address of a host, and for all. */
  addressMs: 5 * SECOND_MS,
  connectMs: 15 * SECOND_MS,
  /** Until the first byte of an answer. */
  answerMs: 5 * MINUTE_MS,
  idleMs: 10 * MINUTE_MS,
  /** Once one side has said all it had to say. */
  halfOpenMs: 30 * SECOND_MS,
  /** For the browser to take a refusal. */
  refusalMs: 5 * SECOND_MS,
};

export type GateLimits = typeof GATE_LIMITS;
