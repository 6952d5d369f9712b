import { InvalidArgumentError } from 'commander';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/durations.ts';

const UNITS: Record<string, number> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
const LONGEST_MS = 3650 * DAY_MS;

/** Parses `45s`, `30m`, `2h` or `7d`, up to ten years, into milliseconds. */
export function duration(value: string): number {
  const [, number = '', unit = ''] = /^([1-9]\d{0,9})([smhd])$/.exec(value) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('Use a duration such as 45s, 30m, 2h or 7d, up to 3650d.');
}

/** A time `ms` from now, in ISO 8601. */
export function fromNow(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

/** A time `ms` ago, in ISO 8601. */
export function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}
