import { FormatRegistry } from '@sinclair/typebox';

const SHAPE =
  /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const ZERO = 48;

/**
 * A point in time in ISO 8601, with its zone, on a day that exists. Elysia's own check takes days without a time, and
 * `Date.parse` reads 31 February as 3 March. Each time in each answer comes by here, so it makes no pieces of text.
 */
export function isDateTime(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= 28 || day <= daysIn(month, twoDigits(text, 0) * 100 + twoDigits(text, 2));
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

FormatRegistry.Set('date-time', isDateTime);
