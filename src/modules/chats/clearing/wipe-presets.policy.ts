import { HOUR_MS, MINUTE_MS } from '../../../core/durations.ts';

/** How long messages are kept, and the wording for the system message. */
const PRESETS: Record<string, { periodMs: number; words: string }> = {
  '1m': { periodMs: MINUTE_MS, words: 'every minute' },
  '15m': { periodMs: 15 * MINUTE_MS, words: 'every 15 minutes' },
  '1h': { periodMs: HOUR_MS, words: 'every hour' },
  '4h': { periodMs: 4 * HOUR_MS, words: 'every 4 hours' },
  '24h': { periodMs: 24 * HOUR_MS, words: 'every 24 hours' },
};

/** In milliseconds; null keeps messages. */
export function periodOf(preset: string | null): number | null {
  return preset === null ? null : (PRESETS[preset]?.periodMs ?? null);
}

/** The system message about the new timer. */
export function wipeNotice(preset: string | null): string {
  const words = preset === null ? undefined : PRESETS[preset]?.words;
  return words ? `Messages will be wiped ${words}` : 'Messages are kept from now on';
}

/** The first future time of a timer that was due at `dueAt`. Missed periods are skipped. */
export function wipeAfter(dueAt: number, periodMs: number, now: number): number {
  return dueAt + (Math.floor((now - dueAt) / periodMs) + 1) * periodMs;
}
