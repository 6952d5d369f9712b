import type { EventBus } from '../core/events.ts';
import type { Queries } from '../db/queries.ts';
import { fanOutChats } from '../modules/chats/directory/directory.realtime.ts';
import { fanOutKeys } from '../modules/chats/keys/keys.realtime.ts';
import { listChatsOf, listKeyedSessions } from '../modules/chats/keys/keys.repository.ts';
import { fanOutMessages } from '../modules/chats/messages/messages.realtime.ts';
import { fanOutModeration } from '../modules/chats/moderation/moderation.realtime.ts';
import { fanOutRooms } from '../modules/chats/rooms/rooms.realtime.ts';
import { fanOutAnnouncements } from '../modules/people/announcements/announcements.realtime.ts';
import { fanOutNotifications } from '../modules/people/notifications/notifications.realtime.ts';
import { endTimedOut } from '../modules/people/sanctions/platform.realtime.ts';
import { endSockets } from '../modules/people/sessions/sessions.realtime.ts';
import type { Presence } from '../ports/presence.ts';
import type { Realtime } from '../ports/realtime.ts';
import type { PortalEvent } from './events.ts';
import type { Modules } from './modules.ts';

type Deps = { events: EventBus<PortalEvent>; realtime: Realtime; presence: Presence; read: Queries; modules: Modules };

/** Who listens to what. Listeners of one event are called in this order. */
export function addListeners({ events, realtime, presence, read, modules }: Deps): void {
  const deps = { realtime, presence, ...modules };
  fanOutRooms({ ...deps, events: events.only() });
  fanOutChats({ ...deps, events: events.only() });
  fanOutKeys({
    ...deps,
    events: events.only(),
    chatsOf: (userId) => listChatsOf(read, userId),
    sessionsOf: (userId) => listKeyedSessions(read, userId),
  });
  fanOutMessages({ ...deps, events: events.only() });
  fanOutModeration({ ...deps, events: events.only() });
  fanOutNotifications({ ...deps, events: events.only() });
  fanOutAnnouncements({ ...deps, events: events.only() });
  endTimedOut({ ...deps, events: events.only() });
  endSockets({ ...deps, events: events.only() });
}
