import type { AnnouncementsEvent } from '../modules/announcements/announcements.events.ts';
import type { ChatsEvent } from '../modules/chats/chats.events.ts';
import type { E2eeEvent } from '../modules/e2ee/e2ee.events.ts';
import type { MessagesEvent } from '../modules/messages/messages.events.ts';
import type { ModerationEvent } from '../modules/moderation/moderation.events.ts';
import type { PlatformEvent } from '../modules/moderation/platform.events.ts';
import type { NotificationsEvent } from '../modules/notifications/notifications.events.ts';
import type { SessionsEvent } from '../modules/sessions/sessions.events.ts';

/** Everything that the modules tell. */
export type PortalEvent =
  | ChatsEvent
  | E2eeEvent
  | MessagesEvent
  | NotificationsEvent
  | SessionsEvent
  | AnnouncementsEvent
  | PlatformEvent
  | ModerationEvent;
