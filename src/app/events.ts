import type { ChatsEvent } from '../modules/chats/chats/chats.events.ts';
import type { E2eeEvent } from '../modules/chats/keys/keys.events.ts';
import type { MessagesEvent } from '../modules/chats/messages/messages.events.ts';
import type { ModerationEvent } from '../modules/chats/moderation/moderation.events.ts';
import type { AnnouncementsEvent } from '../modules/people/announcements/announcements.events.ts';
import type { NotificationsEvent } from '../modules/people/notifications/notifications.events.ts';
import type { PlatformEvent } from '../modules/people/sanctions/platform.events.ts';
import type { SessionsEvent } from '../modules/people/sessions/sessions.events.ts';

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
