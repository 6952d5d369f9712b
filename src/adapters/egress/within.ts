import type { Timers } from '../../core/clock.ts';

/** What the work gives, or `tooLate` as an error after `ms`. */
export function within<T>(timers: Timers, ms: number, work: () => Promise<T>, tooLate: Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => reject(tooLate));
    const done = Promise.try(work).finally(cancel);
    done.then(resolve, reject);
  });
}
