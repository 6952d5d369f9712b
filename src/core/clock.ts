/** Where the program takes the time from. Tests turn it by hand. */
export type Clock = {
  /** The time of day in Unix milliseconds, for what is stored or shown. It jumps when the machine's clock is set. */
  now(): number;
  /** Milliseconds since some moment, for what is measured and lives in memory. It never runs backwards. */
  elapsed(): number;
};

/** Something that will happen once, unless cancelled. */
export type Cancel = () => void;

/** Clock and alarm in one, so that a test that turns the clock also rings the alarms. */
export type Timers = Clock & {
  /** Calls `act` once, `delayMs` from now. */
  after(delayMs: number, act: () => void): Cancel;
};

/** The first and the last moment that ISO 8601 writes with a year of four digits. */
export const EARLIEST_TIME = Date.parse('0000-01-01T00:00:00Z');
export const LATEST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** How many times are remembered, twice over: those written lately, and those written before them. */
const REMEMBERED = 2048;
let lately = new Map<number, string>();
let earlier = new Map<number, string>();

/**
 * A time as the wire has it: ISO 8601 in UTC, ending in `Z`. The same ones go out again and again, and to find one takes a
 * twentieth of writing it: the latest are remembered.
 */
export function isoTime(ms: number): string {
  const known = lately.get(ms);
  if (known !== undefined) return known;
  if (lately.size >= REMEMBERED) {
    earlier = lately;
    lately = new Map();
  }
  const text = earlier.get(ms) ?? written(ms);
  lately.set(ms, text);
  return text;
}

/** Times outside the four-digit years, which old rows may hold, become the nearest one inside. */
function written(ms: number): string {
  const time = new Date(ms).getTime();
  return new Date(Math.min(Math.max(time, EARLIEST_TIME), LATEST_TIME)).toISOString();
}

/** As {@link isoTime}; nothing stays null. */
export function isoTimeOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : isoTime(ms);
}
