import type { RandomBytes } from '../crypto/random.ts';
import { PortalError } from '../errors.ts';

/** The longest pause, unless the server asks for a longer one. */
const LONGEST_MS = 30_000;
/** Clients that were all told to wait until the same moment come back over this time at most. */
const SPREAD_MS = 2000;

/** How long the server asks to wait before the next try, in milliseconds; 0 if it does not say. */
export function askedToWaitMs(error: unknown): number {
  const seconds = error instanceof PortalError ? error.details.retry_after : undefined;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 0;
}

type Failed = {
  error?: unknown;
  /** How many tries failed before this one. */
  attempt: number;
  /** The pause after the first failure. */
  baseMs: number;
  random: RandomBytes;
};

/** The pause before a failed call is tried again: twice as long each time, or as long as the server asks; never the same for all. */
export function pauseMs({ error, attempt, baseMs, random }: Failed): number {
  const chance = (random(1)[0] ?? 0) / 256;
  const askedMs = askedToWaitMs(error);
  if (askedMs > 0) return askedMs + Math.min(askedMs, SPREAD_MS) * chance;
  return Math.min(LONGEST_MS, baseMs * 2 ** attempt) * (0.5 + chance / 2);
}
