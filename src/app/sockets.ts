import type { Config } from '../config/settings.ts';
import { unauthenticated } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { UserPrincipal } from '../core/principal.ts';
import { SECOND_MS } from '../core/units.ts';
import { accountRequired } from '../http/access.plugin.ts';
import { foreignOrigin, type Origins } from '../http/origins.ts';
import { e2eeHandlers } from '../modules/e2ee/e2ee.socket.ts';
import { messagesHandlers } from '../modules/messages/messages.socket.ts';
import { moderationHandlers } from '../modules/moderation/moderation.socket.ts';
import { roomsHandlers } from '../modules/rooms/rooms.socket.ts';
import type { Online } from '../ports/online.ts';
import { sessionRoom, userRoom } from '../ports/realtime.ts';
import { guardHandlers, type SocketWho } from '../realtime/handlers.ts';
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
    pingIntervalMs: 15 * SECOND_MS,
    pingTimeoutMs: 10 * SECOND_MS,
  });
}

/** Puts the modules' handlers behind the transport. */
export function addHandlers(
  transport: SocketTransport<SocketWho>,
  config: Config,
  { limiter, presence }: Adapters,
  modules: Modules,
): void {
  const principalOf = async (sessionId: string): Promise<UserPrincipal> => {
    const principal = await modules.sessions.requireById(sessionId);
    if (principal.kind !== 'user') throw unauthenticated();
    return principal;
  };
  const handlers = [
    ...roomsHandlers(modules),
    ...messagesHandlers({ ...modules, presence }),
    ...e2eeHandlers(modules),
    ...moderationHandlers(modules),
  ];
  const eventsPerMinute = config.limits.enabled ? config.limits.socketEvents : undefined;
  transport.on(guardHandlers({ principalOf, limiter, eventsPerMinute }, handlers));
}
