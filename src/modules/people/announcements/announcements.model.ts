import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Moment, Nullable, PathId, Time } from '../../../wire/models.ts';
import { NoticeBody, NoticeTitle, NotificationType } from '../notifications/notifications.model.ts';

export const Announcement = Type.Object(
  {
    id: Type.Integer(),
    title: Type.String(),
    body: Type.String(),
    type: NotificationType,
    created_at: Time(),
    expires_at: Nullable(Time()),
  },
  { title: 'Announcement' },
);
export type Announcement = Static<typeof Announcement>;

export const Announcements = Type.Array(Announcement, { description: 'Newest first.' });

export const CreateAnnouncementBody = Type.Object({
  title: NoticeTitle,
  body: NoticeBody,
  type: Type.Optional({ ...NotificationType, default: 'info' }),
  expires_at: Type.Optional(Nullable(Moment('In the future; null to keep it until it is deleted.'))),
});
export type CreateAnnouncementBody = Static<typeof CreateAnnouncementBody>;

export const AnnouncementParams = t.Object({ announcement_id: PathId('The announcement') });
