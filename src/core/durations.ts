/** Milliseconds; every duration in the program is a number whose name ends in its unit. */
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Whole seconds to wait, at least one. */
export function secondsToWait(ms: number): number {
  return Math.max(1, Math.ceil(ms / SECOND_MS));
}

export const KIB = 1024;
export const MIB = 1024 * KIB;
