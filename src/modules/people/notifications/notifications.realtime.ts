import type { EventBus } from '../../../core/events.ts';
import { type Realtime, userRoom } from '../../../ports/realtime.ts';
import type { NotificationsEvent } from './notifications.events.ts';
import { presentNotification } from './notifications.presenter.ts';

/** Sends notifications to their recipient's sockets. */
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
