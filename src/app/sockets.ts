import type { Config } from '../config/settings.ts';
import { SECOND_MS } from '../core/durations.ts';
import { rateLimited } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { personOf } from '../core/principal.ts';
import { firstThatLives } from '../core/session-cookie.ts';
import { foreignOrigin, type Origins } from '../http/origins.ts';
import type { ChatStatusTeller } from '../modules/chats/directory/status.ts';
import type { Rooms } from '../modules/chats/rooms/rooms.service.ts';
import type { ConnectionsEvent } from '../modules/people/sessions/connections.events.ts';
import type { Sessions } from '../modules/people/sessions/sessions.service.ts';
import type { Online } from '../ports/online.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { everyUser, sessionRoom, userRoom } from '../ports/realtime.ts';
import type { PacketQuota } from '../realtime/flood-guard.ts';
import { limitEvents, type SocketWho } from '../realtime/handlers.ts';
import type { SocketQuota } from '../realtime/socket-quotas.ts';
import { SocketTransport } from '../realtime/socket-transport.ts';
import type { Adapters } from './adapters.ts';

type Deps = {
  config: Config;
  logger: Logger;
  origins: Origins;
  online: Online;
  limiter: RateLimiter;
  realtime: Adapters['realtime'];
  sessions: Pick<Sessions, 'require'>;
  chatStatus: Pick<ChatStatusTeller, 'listFor'>;
  rooms: Pick<Rooms, 'disconnect'>;
  emit(event: ConnectionsEvent): void;
};

/** A connection that drops silently is noticed after this time. */
const PING_INTERVAL_MS = 15 * SECOND_MS;
const PING_TIMEOUT_MS = 10 * SECOND_MS;

export type Sockets = {
  transport: SocketTransport<SocketWho>;
  /** From now on nobody hears of departures: the server is about to close all sockets. */
  silence(): void;
};

/** The socket side: admission, and the handling of arrivals and departures. */
export function createSockets(deps: Deps): Sockets {
  const { config, logger, origins, online, limiter, realtime, sessions, chatStatus, rooms, emit } = deps;
  let isSilent = false;
  const transport = new SocketTransport<SocketWho>({
    async authenticate({ tokens, tokenFromCookie, origin, host }) {
      if (tokenFromCookie && origin !== undefined && !origins.mayAct(origin, host)) throw foreignOrigin();
      const principal = await firstThatLives(tokens, sessions.require);
      return { sessionId: principal.sessionId, userId: principal.kind === 'user' ? principal.userId : null };
    },
    roomsOf: ({ sessionId, userId }) =>
      userId === null ? [sessionRoom(sessionId)] : [everyUser, sessionRoom(sessionId), userRoom(userId)],
    pendingPerNetwork: config.limits.enabled ? config.limits.socketsPending : undefined,
    refusedPerNetwork: config.limits.enabled ? REFUSED_PER_NETWORK : undefined,
    packetsOf: ({ sessionId }) => (config.limits.enabled ? packetsOf(sessionId, config) : undefined),
    quotasOf: (who) => quotasOf(who, config),
    async onConnect(connection) {
      const { userId, sessionId } = connection.who;
      const person = personOf(connection.who);
      const arrival = await online.arrive({ socketId: connection.id, sessionId, person });
      if (!isSilent) emit({ name: 'person.connected', person, sessionId, ...arrival });
      if (userId !== null) connection.emit('chat:list', await chatStatus.listFor(userId));
    },
    async onDisconnect({ id }) {
      const departure = await online.depart(id);
      // At once, so that a person who is back meanwhile is told of after it.
      if (departure && !isSilent) emit({ name: 'person.disconnected', ...departure });
      await rooms.disconnect(id);
    },
    corsHeaders({ headers, method }) {
      const origin = headers.get('origin');
      const isPreflight = method === 'OPTIONS' && origin !== null && origins.isAllowed(origin);
      return { ...origins.headersFor(origin), ...(isPreflight ? origins.preflightHeaders : {}) };
    },
    logger,
    maxPayloadBytes: config.limits.bodyBytes,
    maxBufferedBytes: config.limits.socketBufferBytes,
    pingIntervalMs: PING_INTERVAL_MS,
    pingTimeoutMs: PING_TIMEOUT_MS,
  });
  realtime.attach(transport);
  if (config.limits.enabled) transport.before(limitEvents(limiter, config.limits.socketEvents));
  return {
    transport,
    silence() {
      isSilent = true;
    },
  };
}

/** Failed sign-ins per minute allowed to sockets of one network. */
const REFUSED_PER_NETWORK = 60;

/** Twice as many packets as events: one event too many is answered with an error, many more end the connection. */
function packetsOf(sessionId: string, { limits }: Config): PacketQuota {
  return { key: sessionRoom(sessionId), perMinute: 2 * limits.socketEvents + SPARE_PACKETS };
}

/** Allowance for pongs and other packets that are not events. */
const SPARE_PACKETS = 200;

const sessionFull = rateLimited.saying('This session has reached its connection limit: close one first');
const userFull = rateLimited.saying('You have reached your connection limit: close one first');

/** A socket counts against the quotas of its session and of its user. */
function quotasOf({ sessionId, userId }: SocketWho, { limits }: Config): SocketQuota[] {
  if (!limits.enabled) return [];
  const retry_after = (PING_INTERVAL_MS + PING_TIMEOUT_MS) / SECOND_MS;
  const { socketsOfSession, socketsOfUser } = limits;
  const ofSession = {
    key: sessionRoom(sessionId),
    most: socketsOfSession,
    refusal: () => sessionFull({ retry_after }),
  };
  if (userId === null) return [ofSession];
  return [ofSession, { key: userRoom(userId), most: socketsOfUser, refusal: () => userFull({ retry_after }) }];
}
