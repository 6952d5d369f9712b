import type { Clock } from '../../../core/clock.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import { notificationErrors } from './notifications.errors.ts';
import type { NotificationsEvent } from './notifications.events.ts';
import type {
  Notifications as List,
  Notification,
  NotificationsQuery,
  ReadAll,
  UnreadCount,
} from './notifications.model.ts';
import { presentNotification } from './notifications.presenter.ts';
import * as repository from './notifications.repository.ts';
import type { NotificationType } from './notifications.tables.ts';

type Deps = { read: Queries; units: Pick<Units<NotificationsEvent>, 'run'>; clock: Clock };
type Draft = { userId: number; title: string; body: string; type: NotificationType; createdBy: number | null };

export type Notifications = ReturnType<typeof createNotifications>;

export function createNotifications({ read, units, clock }: Deps) {
  return {
    /** Writes a notification in the caller's unit and sends it to the user's sockets after the commit. */
    async tell({ db, emit }: Unit<NotificationsEvent>, draft: Draft): Promise<void> {
      const notification = await repository.insertNotification(db, { ...draft, createdAt: clock.now() });
      emit({ name: 'notification.created', notification });
    },

    /** The caller's notifications, newest first. */
    async list({ userId }: UserPrincipal, { offset, limit }: NotificationsQuery): Promise<List> {
      const rows = await repository.listOfUser(read, userId, offset, limit);
      const total = await repository.countOfUser(read, userId);
      const unread = await repository.countUnread(read, userId);
      return { notifications: rows.map(presentNotification), total, unread, offset, limit };
    },

    async unreadCount({ userId }: UserPrincipal): Promise<UnreadCount> {
      return { unread: await repository.countUnread(read, userId) };
    },

    /** Throws `ERR_NOTIFICATION_NOT_FOUND`, `ERR_NOTIFICATION_ALREADY_READ`. */
    async markRead({ userId }: UserPrincipal, id: number): Promise<Notification> {
      return units.run('read notification', async ({ db }) => {
        const row = await repository.markRead(db, userId, id, clock.now());
        if (row) return presentNotification(row);
        const known = await repository.findNotification(db, userId, id);
        throw known ? notificationErrors.alreadyRead() : notificationErrors.notFound();
      });
    },

    async markAllRead({ userId }: UserPrincipal): Promise<ReadAll> {
      return units.run('read all notifications', async ({ db }) => ({
        updated: await repository.markAllRead(db, userId, clock.now()),
      }));
    },
  };
}
