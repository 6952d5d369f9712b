import type { PortalError } from './errors.ts';
import type { ChatStatus, EndReason } from './events.ts';
import type { ChatRoom } from './room/chat-room.ts';
import type { Announcement, Notification } from './wire.ts';

/** Events of a {@link PortalClient} that do not belong to a single room. */
export type ClientLifeEvents = {
  /** `isFirst` is false after a reconnect; the client then rejoins its rooms by itself. */
  connected: { isFirst: boolean };
  /** After a reconnect: all rooms that can be are joined again. Each room has told its state by its own `resumed`. */
  resumed: { rooms: readonly ChatRoom[] };
  disconnected: { reason: string };
  /** The account is timed out. Keys and rooms stay, and the client comes back when it ends: `until`, ISO 8601 in UTC. */
  timedOut: { until: string | null; error: PortalError };
  /**
   * The session is over: rooms have ended, and the client does not reconnect. The keys are gone, unless the server does not
   * know the session (`refused`, `ERR_UNAUTHENTICATED`): it may have been restored from a backup by mistake. Then they stay until
   * another session connects with this storage.
   */
  ended: { reason: EndReason | 'refused'; error: PortalError };
  chatList: ChatStatus[];
  chatStatus: ChatStatus;
  hardMuted: { userId: number; duration: number | null };
  hardUnmuted: { userId: number };
  notification: Notification;
  announcement: Announcement;
  announcementDeleted: { id: number };
};
