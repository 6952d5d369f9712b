import type { Timers } from '../core/clock.ts';

/**
 * One holder per name at a time, across nodes. A lease expires, so a holder that dies blocks nobody for good. Every
 * method is one atomic step.
 */
export type Leases = {
  /** Takes `name` for `ttlMs`; undefined if it is held. The token is valid for this lease only. */
  take(name: string, ttlMs: number): Promise<string | undefined>;
  /** Extends the lease to `ttlMs` from now. False if it has expired, whether or not the name was taken since. */
  renew(name: string, token: string, ttlMs: number): Promise<boolean>;
  /** Releases the name. Does nothing if the lease has expired. */
  release(name: string, token: string): Promise<void>;
};

/** Runs `work` while holding `name`. Returns false, without running it, if the name is held. */
export type WhileHeld = (name: string, work: (lost: AbortSignal) => Promise<void>) => Promise<boolean>;

type Options = { ttlMs: number; renewMs: number };

/**
 * Takes a lease, renews it every `renewMs` while the work runs and gives it back. `lost` is aborted when the lease could not
 * be renewed in time: another holder may begin then, so the work should stop at its next step.
 */
export function holding(leases: Leases, timers: Timers, { ttlMs, renewMs }: Options): WhileHeld {
  return async (name, work) => {
    const token = await leases.take(name, ttlMs);
    if (token === undefined) return false;
    const lost = new AbortController();
    let renewedAt = timers.elapsed();
    let renewal = Promise.resolve();
    const renew = async () => {
      const askedAt = timers.elapsed();
      // A failed renewal is tried again for as long as the lease lasts.
      const isHeld = await leases.renew(name, token, ttlMs).catch(() => undefined);
      if (isHeld) renewedAt = askedAt;
      if (isHeld === false || timers.elapsed() - renewedAt >= ttlMs) lost.abort();
      else cancel = renewLater();
    };
    const renewLater = () =>
      timers.after(renewMs, () => {
        renewal = renew();
      });
    let cancel = renewLater();
    try {
      await work(lost.signal);
    } finally {
      await renewal;
      cancel();
      await leases.release(name, token);
    }
    return true;
  };
}
