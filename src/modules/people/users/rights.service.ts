import { type Clock, isoTime } from '../../../core/clock.ts';
import { type ErrorKind, levelRequired, unauthenticated } from '../../../core/errors.ts';
import { hasLevel, type Level, type Principal } from '../../../core/principal.ts';
import { secondsToWait } from '../../../core/units.ts';
import type { Queries } from '../../../db/queries.ts';
import { accountErrors, userErrors } from './users.errors.ts';
import { isBanned, isTimedOut, mayActOn } from './users.policy.ts';
import { findUser } from './users.repository.ts';
import type { UserRow } from './users.tables.ts';

const READ = Symbol('read');
const CHECKED = Symbol('checked');

/**
 * Whoever acts, with the level that the database gives them in the unit of work that acts. A request carries the level of
 * its beginning; a demotion, ban or timeout since then counts. Only {@link createRights} makes one.
 */
export type Current<P extends Principal = Principal> = P & { readonly [READ]: true };

/**
 * Proof that `actor` may act on `target`, both read in the unit of work that acts. What is done to a person asks for this
 * value in place of two ids. Only {@link createRights} makes one; it must not outlive its unit.
 */
export type Outranks = { readonly actor: Current; readonly target: UserRow; readonly [CHECKED]: true };

type Rule = {
  /** The least level that the actor needs. */
  level: Level;
  /** Oneself: refused with this error, always allowed, or by rank as anybody else. */
  self: ErrorKind | 'allowed' | 'by rank';
  /** Who may act on whom, besides. By default whoever ranks above the target. */
  may?: (actor: Current, target: UserRow) => boolean;
  outranked?: ErrorKind;
};

export type Rights = ReturnType<typeof createRights>;

/** Who may act, and on whom. The one place where rights over people are made. */
export function createRights({ clock }: { clock: Clock }) {
  /** The actor as they are now. Throws 401 once the account is gone, `ERR_BANNED`, `ERR_TIMED_OUT`. */
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

  /** The actor, if they still have this level at least. */
  async function requireLevel<P extends Principal>(db: Queries, actor: P, level: Level): Promise<Current<P>> {
    const now = await current(db, actor);
    if (!hasLevel(now, level)) throw levelRequired(level)();
    return now;
  }

  return {
    current,
    requireLevel,

    /** Throws 404 without such a user, and 403 where the rule forbids it. */
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
