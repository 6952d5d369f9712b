import type { EventBus } from '../../../core/events.ts';
import { type Realtime, userRoom } from '../../../ports/realtime.ts';
import type { NotificationsEvent } from './notifications.events.ts';
import { presentNotification } from './notifications.presenter.ts';

/** Notifications go to the sockets of the user that they are for. */
export function fanOutNotifications({
  events,
  realtime,
}: {
  events: EventBus<NotificationsEvent>;
  realtime: Realtime;
}): void {
  events.on('notification.created', ({ notification }) => {
    realtime.publish(userRoom(notification.userId), 'notification:new', presentNotification(notification));
  });
}
