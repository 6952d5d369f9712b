import type { AnnouncementRow } from './announcements.tables.ts';

export type AnnouncementsEvent =
  | { name: 'announcement.created'; announcement: AnnouncementRow }
  | { name: 'announcement.deleted'; id: number };
