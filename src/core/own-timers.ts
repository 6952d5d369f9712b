import type { Cancel, Timers } from './clock.ts';

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
