import type { EventBus } from '../../../core/events.ts';
import { type Realtime, sessionRoom } from '../../../ports/realtime.ts';
import type { SessionsEvent } from './sessions.events.ts';

/** Disconnects the sockets of a session that ended. */
export function endSockets({ events, realtime }: { events: EventBus<SessionsEvent>; realtime: Realtime }): void {
  events.on('session.ended', ({ sessionId, reason }) => realtime.end(sessionRoom(sessionId), reason));
}
