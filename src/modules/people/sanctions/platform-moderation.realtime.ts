import type { EventBus } from '../../../core/events.ts';
import { type Realtime, userRoom } from '../../../ports/realtime.ts';
import type { PlatformModerationEvent } from './platform-moderation.events.ts';

/** Disconnects users who are timed out. Banned users lose their sockets with their sessions. */
export function endTimedOut({
  events,
  realtime,
}: {
  events: EventBus<PlatformModerationEvent>;
  realtime: Realtime;
}): void {
  events.on('user.timed_out', ({ userId }) => realtime.end(userRoom(userId), 'timeout'));
}
