import { isoTime, isoTimeOrNull } from '../../core/clock.ts';
import type { EventBus } from '../../core/events.ts';
import { type Realtime, userRoom } from '../../ports/realtime.ts';
import type { NotificationsEvent } from './notifications.events.ts';

/** Notifications go to the sockets of the user that they are for. */
export function fanOutNotifications({
  events,
  realtime,
}: {
  events: EventBus<NotificationsEvent>;
  realtime: Realtime;
}): void {
  events.on(
    'notification.created',
    ({ notification: { id, userId, title, body, type, readAt, createdAt, createdBy } }) => {
      realtime.publish(userRoom(userId), 'notification:new', {
        id,
        title,
        body,
        type,
        read_at: isoTimeOrNull(readAt),
        created_at: isoTime(createdAt),
        created_by: createdBy,
      });
    },
  );
}
