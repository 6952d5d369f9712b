/** Where the program takes the time from: Unix milliseconds. Tests turn it by hand. */
export type Clock = { now(): number };

/** Something that will happen once, unless cancelled. */
export type Cancel = () => void;

/** Clock and alarm in one, so that a test that turns the clock also rings the alarms. */
export type Timers = Clock & {
  /** Calls `act` once, `delayMs` from now. */
  after(delayMs: number, act: () => void): Cancel;
};

/** A time as the wire has it: ISO 8601 in UTC, ending in `Z`. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** As {@link isoTime}; nothing stays null. */
export function isoTimeOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : isoTime(ms);
}
