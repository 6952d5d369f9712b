import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Id, Nullable, OneOf, Page, PathId, Statement, Time, Title } from '../../../wire/models.ts';

export const NotificationType = OneOf(['info', 'success', 'warning', 'error']);
export type NotificationType = Static<typeof NotificationType>;

/** The text of a notification or an announcement. */
export const NoticeTitle = Title({ minLength: 1, maxLength: 120 });
export const NoticeBody = Statement({ minLength: 1, maxLength: 2000 });

export const Notification = Type.Object(
  {
    id: Type.Integer(),
    title: Type.String(),
    body: Type.String(),
    type: NotificationType,
    read_at: Nullable(Time()),
    created_at: Time(),
    created_by: Nullable(Type.Integer({ description: 'The sender’s user id; null for the system.' })),
  },
  { title: 'Notification' },
);
export type Notification = Static<typeof Notification>;

export const NotificationsQuery = t.Object({
  ...Page(50, 100),
});
export type NotificationsQuery = Static<typeof NotificationsQuery>;

export const NotificationParams = t.Object({ notification_id: PathId('The notification') });

export const Notifications = Type.Object(
  {
    notifications: Type.Array(Notification),
    total: Type.Integer(),
    unread: Type.Integer(),
    offset: Type.Integer(),
    limit: Type.Integer(),
  },
  { title: 'Notifications' },
);
export type Notifications = Static<typeof Notifications>;

export const UnreadCount = Type.Object({ unread: Type.Integer() }, { title: 'UnreadCount' });
export type UnreadCount = Static<typeof UnreadCount>;

export const ReadAll = Type.Object(
  { updated: Type.Integer({ description: 'How many were unread.' }) },
  { title: 'ReadAll' },
);
export type ReadAll = Static<typeof ReadAll>;

export const SendNotificationBody = Type.Object({
  title: NoticeTitle,
  body: NoticeBody,
  type: Type.Optional({ ...NotificationType, default: 'info' }),
  user_ids: Type.Optional(
    Type.Array(Id(), { minItems: 1, maxItems: 1000, description: 'The recipients; by default everyone.' }),
  ),
});
export type SendNotificationBody = Static<typeof SendNotificationBody>;

export const NotificationSent = Type.Object(
  { message: Type.String(), count: Type.Integer({ description: 'The number of recipients.' }) },
  { title: 'NotificationSent' },
);
export type NotificationSent = Static<typeof NotificationSent>;
