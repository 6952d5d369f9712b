import type { Config } from '../config/settings.ts';
import { accountRequired, rateLimited } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { SECOND_MS } from '../core/units.ts';
import { foreignOrigin, type Origins } from '../http/origins.ts';
import { e2eeHandlers } from '../modules/chats/keys/keys.socket.ts';
import { messagesHandlers } from '../modules/chats/messages/messages.socket.ts';
import { moderationHandlers } from '../modules/chats/moderation/moderation.socket.ts';
import { roomsHandlers } from '../modules/chats/rooms/rooms.socket.ts';
import type { Online } from '../ports/online.ts';
import { sessionRoom, userRoom } from '../ports/realtime.ts';
import { guardHandlers, limitEvents, type SocketWho } from '../realtime/handlers.ts';
import type { Place } from '../realtime/socket-places.ts';
import { SocketTransport } from '../realtime/socket-transport.ts';
import type { Adapters } from './adapters.ts';
import type { Modules } from './modules.ts';

type Deps = {
  config: Config;
  logger: Logger;
  origins: Origins;
  online: Online;
  /** There once a client comes; the modules need the transport to be made. */
  modules(): Modules;
};

/** A line that broke without a word takes that long to be noticed. */
const PING_INTERVAL_MS = 15 * SECOND_MS;
const PING_TIMEOUT_MS = 10 * SECOND_MS;

/** The socket side of the program: who is let in, and what happens when they come and go. */
export function createSockets({ config, logger, origins, online, modules }: Deps): SocketTransport<SocketWho> {
  return new SocketTransport<SocketWho>({
    async authenticate({ token, tokenFromCookie, origin, host }) {
      if (tokenFromCookie && origin !== undefined && !origins.mayAct(origin, host)) throw foreignOrigin();
      const principal = await modules().sessions.require(token);
      if (principal.kind === 'stranger') throw accountRequired();
      return { sessionId: principal.sessionId, userId: principal.userId };
    },
    roomsOf: ({ sessionId, userId }) =>
      userId === null ? [sessionRoom(sessionId)] : [sessionRoom(sessionId), userRoom(userId)],
    pendingPerNetwork: config.limits.enabled ? config.limits.socketsPending : undefined,
    placesOf: (who) => placesOf(who, config),
    async onConnect(connection) {
      const { userId, sessionId } = connection.who;
      if (userId === null) return;
      await online.arrive({ socketId: connection.id, sessionId, userId });
      connection.emit('chat:list', await modules().chatStatus.listFor(userId));
    },
    async onDisconnect({ id }) {
      await online.depart(id);
      await modules().rooms.disconnect(id);
    },
    corsHeaders(request) {
      const origin = request.headers.get('origin');
      if (origin === null || !origins.isAllowed(origin)) return {};
      return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary: 'Origin' };
    },
    logger,
    maxPayloadBytes: config.limits.bodyBytes,
    maxBufferedBytes: config.limits.socketBufferBytes,
    pingIntervalMs: PING_INTERVAL_MS,
    pingTimeoutMs: PING_TIMEOUT_MS,
  });
}

const sessionFull = rateLimited.saying('This session has as many connections open as it may: close one first');
const userFull = rateLimited.saying('You have as many connections open as you may: close one first');

/** A socket takes a place in its session, and one in its user's. */
function placesOf({ sessionId, userId }: SocketWho, { limits }: Config): Place[] {
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

/** Puts the modules' handlers behind the transport. */
export function addHandlers(
  transport: SocketTransport<SocketWho>,
  config: Config,
  { limiter, presence }: Adapters,
  modules: Modules,
): void {
  const handlers = [
    ...roomsHandlers(modules),
    ...messagesHandlers({ ...modules, presence }),
    ...e2eeHandlers(modules),
    ...moderationHandlers(modules),
  ];
  if (config.limits.enabled) transport.before(limitEvents(limiter, config.limits.socketEvents));
  transport.on(guardHandlers({ principalOf: modules.sessions.requireById }, handlers));
}
