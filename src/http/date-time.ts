import { FormatRegistry } from '@sinclair/typebox';

const SHAPE =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * A point in time in ISO 8601, with its zone, on a day that exists. Elysia's own check takes days without a time, and
 * `Date.parse` reads 31 February as 3 March.
 */
export function isDateTime(text: string): boolean {
  const day = SHAPE.exec(text)?.[1];
  if (day === undefined) return false;
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

FormatRegistry.Set('date-time', isDateTime);
