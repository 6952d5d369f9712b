import type { Clock } from '../../core/clock.ts';
import { type Params, prepared } from '../../db/queries.ts';
import type { Unit } from '../../db/units.ts';
import type { NotificationsEvent } from './notifications.events.ts';
import { type NotificationType, notifications } from './notifications.tables.ts';

type Draft = { userId: number; title: string; body: string; type: NotificationType; createdBy: number | null };

const insert = prepared((db, p: Params<Draft & { createdAt: number }>) =>
  db
    .insert(notifications)
    .values({
      userId: p.userId,
      title: p.title,
      body: p.body,
      type: p.type,
      createdBy: p.createdBy,
      createdAt: p.createdAt,
    })
    .returning(),
);

export type Notifications = ReturnType<typeof createNotifications>;

export function createNotifications({ clock }: { clock: Clock }) {
  return {
    /** Writes a notification in the caller's unit; it goes to the user's sockets after the commit. */
    async tell({ db, emit }: Unit<NotificationsEvent>, draft: Draft): Promise<void> {
      const [notification] = await insert(db, { ...draft, createdAt: clock.now() });
      if (notification) emit({ name: 'notification.created', notification });
    },
  };
}
