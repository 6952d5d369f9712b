import { FormatRegistry } from '@sinclair/typebox';
import { EARLIEST_TIME, LATEST_TIME } from '../core/clock.ts';

const SHAPE =
  /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const ZERO = 48;

/**
 * A point in time in ISO 8601, with its zone, on a day that exists, in the years 0000 to 9999 of UTC. Elysia's own check takes
 * days without a time, and `Date.parse` reads 31 February as 3 March. Each time in each answer comes by here, so it makes no
 * pieces of text.
 */
export function isDateTime(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (month < 1 || month > 12 || day < 1) return false;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  if (day > 28 && day > daysIn(month, year)) return false;
  return (year > 0 && year < 9999) || isFourDigitYear(text);
}

/** An offset can move the first and the last day of the calendar into years that the wire cannot write. */
function isFourDigitYear(text: string): boolean {
  const at = Date.parse(text);
  return at >= EARLIEST_TIME && at <= LATEST_TIME;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

FormatRegistry.Set('date-time', isDateTime);
