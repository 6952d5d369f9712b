import type { Static, TSchema } from '@sinclair/typebox';
import { rateLimited, unauthenticated } from '../core/errors.ts';
import type { UserPrincipal } from '../core/principal.ts';
import { MINUTE_MS } from '../core/units.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { Connection, SocketHandler } from './socket-handler.ts';

/** Who is behind a socket: a session. What it may do is asked at each event, so that a change counts at once. */
export type SocketWho = { sessionId: string; userId: number | null };

/** A handler that gets the caller as they are now. */
export type UserHandler<Schema extends TSchema = TSchema> = {
  event: string;
  payload: Schema;
  run(
    caller: { principal: UserPrincipal; connection: Connection<SocketWho> },
    payload: Static<Schema>,
  ): Promise<unknown>;
};

/** Lets the type of a payload follow from its schema. */
export function userHandler<Schema extends TSchema>(handler: UserHandler<Schema>): UserHandler {
  return handler as unknown as UserHandler;
}

type Deps = {
  principalOf(sessionId: string): Promise<UserPrincipal>;
  limiter: RateLimiter;
  /** Events a minute and session, however many sockets it has; undefined: no limit. */
  eventsPerMinute: number | undefined;
};

/** Stands before the handlers of signed-in users: rate limit, then who it is now. */
export function guardHandlers(
  { principalOf, limiter, eventsPerMinute }: Deps,
  handlers: readonly UserHandler[],
): SocketHandler<SocketWho>[] {
  return handlers.map(({ event, payload, run }) => ({
    event,
    payload,
    async run(connection, value) {
      if (eventsPerMinute !== undefined) {
        const { allowed, resetMs } = await limiter.consume(`events:${connection.who.sessionId}`, {
          limit: eventsPerMinute,
          windowMs: MINUTE_MS,
        });
        if (!allowed) throw rateLimited({ retry_after: Math.max(1, Math.ceil(resetMs / 1000)) });
      }
      if (!connection.isOpen) throw unauthenticated();
      return (await run({ principal: await principalOf(connection.who.sessionId), connection }, value)) as
        | object
        | undefined;
    },
  }));
}
