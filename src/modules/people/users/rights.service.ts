import { type Clock, isoTime } from '../../../core/clock.ts';
import { secondsToWait } from '../../../core/durations.ts';
import { type ErrorKind, levelRequired, unauthenticated } from '../../../core/errors.ts';
import { hasLevel, Level, type Principal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import { accountErrors, userErrors } from './users.errors.ts';
import { isBanned, isTimedOut, mayActOn } from './users.policy.ts';
import { findUser, listOthersOfLevel } from './users.repository.ts';
import type { UserRow } from './users.tables.ts';

const READ = Symbol('read');
const CHECKED = Symbol('checked');

/**
 * An actor whose level was read in the current unit of work. A request carries the level it started with; this one reflects
 * demotions, bans and timeouts since then. Only {@link createRights} makes it.
 */
export type Current<P extends Principal = Principal> = P & { readonly [READ]: true };

/**
 * Proof that `actor` may act on `target`, both read in the current unit of work. Functions that act on a person take this
 * value instead of two ids. Only {@link createRights} makes it; do not keep it beyond its unit.
 */
export type Outranks = { readonly actor: Current; readonly target: UserRow; readonly [CHECKED]: true };

type Rule = {
  /** The minimum level of the actor. */
  level: Level;
  /** Acting on oneself: refused with this error, always allowed, or subject to rank. */
  self: ErrorKind | 'allowed' | 'by rank';
  /** The relation the actor needs to the target; by default a higher rank. */
  may?: (actor: Current, target: UserRow) => boolean;
  outranked?: ErrorKind;
};

export type Rights = ReturnType<typeof createRights>;

/** The only source of rights over people. */
export function createRights({ clock }: { clock: Clock }) {
  /** Reads the actor again. Throws 401 when the account is gone, `ERR_BANNED`, `ERR_TIMED_OUT`. */
  async function current<P extends Principal>(db: Queries, actor: P): Promise<Current<P>> {
    if (actor.kind !== 'user') return { ...actor, [READ]: true as const };
    const row = await findUser(db, actor.userId);
    if (!row) throw unauthenticated();
    const now = clock.now();
    if (isBanned(row, now)) throw accountErrors.banned();
    if (isTimedOut(row, now)) {
      const until = row.stateExpiresAt as number;
      throw accountErrors.timedOut({ ttl: secondsToWait(until - now), expires_at: isoTime(until) });
    }
    return { ...actor, level: row.permissionLevel, [READ]: true } as unknown as Current<P>;
  }

  /** Requires that the actor still has at least this level. */
  async function requireLevel<P extends Principal>(db: Queries, actor: P, level: Level): Promise<Current<P>> {
    const now = await current(db, actor);
    if (!hasLevel(now, level)) throw levelRequired(level)();
    return now;
  }

  return {
    current,
    requireLevel,

    /** An instance needs one Owner who can sign in. Throws 409 if the target is the last one. */
    async requireOtherOwner(db: Queries, { id, permissionLevel }: UserRow): Promise<void> {
      if (permissionLevel !== Level.Owner) return;
      const now = clock.now();
      const others = await listOthersOfLevel(db, Level.Owner, id);
      if (!others.some((one) => !isBanned(one, now) && !isTimedOut(one, now))) throw userErrors.lastOwner();
    },

    /** Throws 404 for an unknown user, 403 when the rule forbids it. */
    async requireOutranks(
      db: Queries,
      principal: Principal,
      userId: number,
      { level, self, may = outranks, outranked = userErrors.outranked }: Rule,
    ): Promise<Outranks> {
      const actor = await requireLevel(db, principal, level);
      const isSelf = actor.kind === 'user' && actor.userId === userId;
      if (isSelf && typeof self === 'function') throw self();
      const target = await findUser(db, userId);
      if (!target) throw userErrors.notFound();
      if (!(isSelf && self === 'allowed') && !may(actor, target)) throw outranked();
      return { actor, target, [CHECKED]: true };
    },
  };
}

function outranks(actor: Current, { permissionLevel }: UserRow): boolean {
  return mayActOn(actor, permissionLevel);
}
