import type { Static, TSchema } from '@sinclair/typebox';
import { MINUTE_MS, secondsToWait } from '../core/durations.ts';
import { accountRequired, rateLimited, unauthenticated } from '../core/errors.ts';
import { type PersonId, personOf, type StrangerPrincipal, type UserPrincipal } from '../core/principal.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { Connection, EventCheck, SocketHandler } from './socket-handler.ts';

/** The session behind a socket. Its rights are read at each event, so that a change takes effect at once. */
export type SocketWho = { sessionId: string; userId: number | null };

type Caller<P> = { principal: P; person: PersonId; connection: Connection<SocketWho> };

type Handler<P, Schema extends TSchema> = {
  event: string;
  payload: Schema;
  paced?: true;
  run(caller: Caller<P>, payload: Static<Schema>): Promise<unknown>;
};

/** A handler that gets the signed-in user as they are now. A stranger is refused. */
export type UserHandler<Schema extends TSchema = TSchema> = Handler<UserPrincipal, Schema> & { admits: 'users' };

/** A handler that strangers may use, too. */
export type GuestHandler<Schema extends TSchema = TSchema> = Handler<UserPrincipal | StrangerPrincipal, Schema> & {
  admits: 'guests';
};

/** Lets the type of a payload follow from its schema. */
export function userHandler<Schema extends TSchema>(handler: Handler<UserPrincipal, Schema>): UserHandler {
  return { ...handler, admits: 'users' } as unknown as UserHandler;
}

/** As {@link userHandler}, for people who may have no account. */
export function guestHandler<Schema extends TSchema>(
  handler: Handler<UserPrincipal | StrangerPrincipal, Schema>,
): GuestHandler {
  return { ...handler, admits: 'guests' } as unknown as GuestHandler;
}

/** Limits the events of a session per minute, over all of its sockets. */
export function limitEvents(limiter: RateLimiter, eventsPerMinute: number): EventCheck<SocketWho> {
  const rule = { limit: eventsPerMinute, windowMs: MINUTE_MS };
  return async ({ who }) => {
    const { allowed, resetMs } = await limiter.consume(`events:${who.sessionId}`, rule);
    if (!allowed) throw rateLimited({ retry_after: secondsToWait(resetMs) });
  };
}

type Run = SocketHandler<SocketWho>['run'];

type Deps = {
  /** Throws `ERR_UNAUTHENTICATED` and whatever else keeps this session from acting. */
  principalOf(sessionId: string): Promise<UserPrincipal | StrangerPrincipal>;
};

/** Looks up the sender before each event, and refuses strangers where an account is needed. */
export function guardHandlers(
  { principalOf }: Deps,
  handlers: readonly (UserHandler | GuestHandler)[],
): SocketHandler<SocketWho>[] {
  return handlers.map((handler) => {
    const run: Run = async (connection, value) => {
      if (!connection.isOpen) throw unauthenticated();
      const principal = await principalOf(connection.who.sessionId);
      const person = personOf(principal);
      const caller = { person, connection };
      if (handler.admits === 'guests')
        return (await handler.run({ ...caller, principal }, value)) as object | undefined;
      if (principal.kind === 'stranger') throw accountRequired();
      return (await handler.run({ ...caller, principal }, value)) as object | undefined;
    };
    const { event, payload, paced } = handler;
    return { event, payload, paced, run: paced ? inOrder(run) : run };
  });
}

/** Handles what one connection sends in order: a key goes down before it goes up. */
function inOrder(run: Run): Run {
  const last = new WeakMap<Connection<SocketWho>, Promise<unknown>>();
  return (connection, payload) => {
    const next = (last.get(connection) ?? Promise.resolve()).then(() => run(connection, payload));
    last.set(
      connection,
      next.catch(() => {}),
    );
    return next;
  };
}
