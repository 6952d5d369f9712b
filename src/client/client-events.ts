import type { PortalError } from './errors.ts';
import type { ChatStatus, EndReason } from './events.ts';
import type { Announcement, Notification } from './wire.ts';

/** Events of a {@link PortalClient} that do not belong to a single room. */
export type ClientLifeEvents = {
  /** `isFirst` is false after a reconnect; the client then rejoins its rooms by itself. */
  connected: { isFirst: boolean };
  disconnected: { reason: string };
  /** The session is over: rooms have ended, keys are gone, and the client does not reconnect. */
  ended: { reason: EndReason | 'refused'; error: PortalError };
  chatList: ChatStatus[];
  chatStatus: ChatStatus;
  hardMuted: { userId: number; duration: number | null };
  hardUnmuted: { userId: number };
  notification: Notification;
  announcement: Announcement;
  announcementDeleted: { id: number };
};
