import type { Static, TSchema } from '@sinclair/typebox';
import { rateLimited, unauthenticated } from '../core/errors.ts';
import type { UserPrincipal } from '../core/principal.ts';
import { MINUTE_MS, secondsToWait } from '../core/units.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { Connection, EventCheck, SocketHandler } from './socket-handler.ts';

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

/** Lets so many events a minute and session through, however many sockets it has. */
export function limitEvents(limiter: RateLimiter, eventsPerMinute: number): EventCheck<SocketWho> {
  const rule = { limit: eventsPerMinute, windowMs: MINUTE_MS };
  return async ({ who }) => {
    const { allowed, resetMs } = await limiter.consume(`events:${who.sessionId}`, rule);
    if (!allowed) throw rateLimited({ retry_after: secondsToWait(resetMs) });
  };
}

type Deps = { principalOf(sessionId: string): Promise<UserPrincipal> };

/** Stands before the handlers of signed-in users: who it is now. */
export function guardHandlers({ principalOf }: Deps, handlers: readonly UserHandler[]): SocketHandler<SocketWho>[] {
  return handlers.map(({ event, payload, run }) => ({
    event,
    payload,
    async run(connection, value) {
      if (!connection.isOpen) throw unauthenticated();
      return (await run({ principal: await principalOf(connection.who.sessionId), connection }, value)) as
        | object
        | undefined;
    },
  }));
}
