import type { EventBus } from '../../../core/events.ts';
import { type Realtime, userRoom } from '../../../ports/realtime.ts';
import type { PlatformModerationEvent } from './platform-moderation.events.ts';

/** Whoever is timed out loses every socket at once. Of a ban, the ends of the sessions tell. */
export function endTimedOut({
  events,
  realtime,
}: {
  events: EventBus<PlatformModerationEvent>;
  realtime: Realtime;
}): void {
  events.on('user.timed_out', ({ userId }) => realtime.end(userRoom(userId), 'timeout'));
}
