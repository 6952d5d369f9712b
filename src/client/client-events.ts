import type { PortalError } from './errors.ts';
import type { ChatStatus, EndReason } from './events.ts';
import type { Announcement, Notification } from './wire.ts';

/** What a {@link PortalClient} tells that concerns no single room. */
export type ClientLifeEvents = {
  /** `isFirst` is false after a reconnect; the rooms are joined again by themselves. */
  connected: { isFirst: boolean };
  disconnected: { reason: string };
  /** The session is over: the rooms have ended, the keys are forgotten, nothing reconnects. */
  ended: { reason: EndReason | 'refused'; error: PortalError };
  chatList: ChatStatus[];
  chatStatus: ChatStatus;
  hardMuted: { userId: number; duration: number | null };
  hardUnmuted: { userId: number };
  notification: Notification;
  announcement: Announcement;
  announcementDeleted: { id: number };
};
