import { isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import type { Announcement } from './announcements.model.ts';
import type { AnnouncementRow } from './announcements.tables.ts';

export function presentAnnouncement(row: AnnouncementRow): Announcement {
  return {
    id: row.id,
    title: row.title,
    body: row.body,
    type: row.type,
    created_at: isoTime(row.createdAt),
    expires_at: isoTimeOrNull(row.expiresAt),
  };
}
