import { SECOND_MS } from './durations.ts';

/** The program's source of time. Tests set it by hand. */
export type Clock = {
  /** The time of day in Unix milliseconds, for stored or displayed values. It jumps when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary moment, for measuring within one process. Never runs backwards. */
  elapsed(): number;
};

/** Cancels a scheduled call. */
export type Cancel = () => void;

/** Clock and alarm in one, so that advancing a test clock also fires its alarms. */
export type Timers = Clock & {
  /** Calls `act` once, `delayMs` from now. */
  after(delayMs: number, act: () => void): Cancel;
};

/** The alarms of one program, which end with it. */
export type OwnTimers = Timers & {
  /** Cancels every alarm, and sets none from now on: what is still under way may not start anything later. */
  end(): void;
};

/** Wraps `timers`, so that no alarm set through it outlives `end`. */
export function ownTimers(timers: Timers): OwnTimers {
  const set = new Set<Cancel>();
  let hasEnded = false;

  return {
    now: timers.now.bind(timers),
    elapsed: timers.elapsed.bind(timers),

    after(delayMs, act) {
      if (hasEnded) return () => {};
      const forget = () => set.delete(cancel);
      const cancelAlarm = timers.after(delayMs, () => {
        forget();
        act();
      });
      const cancel = () => {
        forget();
        cancelAlarm();
      };
      set.add(cancel);
      return cancel;
    },

    end() {
      hasEnded = true;
      for (const cancel of set) cancel();
    },
  };
}

/** For what is told at most once a second. */
export type Beat = {
  /** Calls `act`, which must not reject, in the next beat, before anything is told: its own news go out with the rest. */
  write(act: () => Promise<void>): Cancel;
  /** Calls `act` in the next beat. */
  tell(act: () => void): Cancel;
};

/**
 * Tells everything that has waited for up to a second in one turn of the event loop, so that it reaches a socket in one packet. Beats
 * are a second apart at least.
 */
export function createBeat({ timers }: { timers: Pick<Timers, 'after'> }): Beat {
  let next: { write: Set<() => Promise<void>>; tell: Set<() => void> } | undefined;

  async function go(): Promise<void> {
    const { write, tell } = due();
    next = undefined;
    await Promise.all([...write].map((act) => act()));
    for (const act of tell) act();
  }

  function due() {
    if (!next) {
      next = { write: new Set(), tell: new Set() };
      timers.after(SECOND_MS, () => void go());
    }
    return next;
  }

  function add<Act>(acts: Set<Act>, act: Act): Cancel {
    acts.add(act);
    return () => acts.delete(act);
  }

  return { write: (act) => add(due().write, act), tell: (act) => add(due().tell, act) };
}

/** The first and last moment that ISO 8601 writes with a four-digit year. */
export const EARLIEST_TIME = Date.parse('0000-01-01T00:00:00Z');
export const LATEST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** The size of each of the two generations of cached strings. */
const REMEMBERED = 2048;
let lately = new Map<number, string>();
let earlier = new Map<number, string>();

/**
 * ISO 8601 in UTC, ending in `Z`. The same times are sent repeatedly, and a cache hit takes a twentieth of formatting
 * one.
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

/** Clamps to four-digit years; old rows may hold others. */
function written(ms: number): string {
  const time = new Date(ms).getTime();
  return new Date(Math.min(Math.max(time, EARLIEST_TIME), LATEST_TIME)).toISOString();
}

/** As {@link isoTime}; null stays null. */
export function isoTimeOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : isoTime(ms);
}
