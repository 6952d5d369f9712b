import type { EventBus } from '../core/events.ts';
import type { Queries } from '../db/queries.ts';
import { fanOutAnnouncements } from '../modules/announcements/announcements.realtime.ts';
import { fanOutChats } from '../modules/chats/chats.realtime.ts';
import { fanOutKeys } from '../modules/e2ee/e2ee.realtime.ts';
import { listChatsOf, listKeyedSessions } from '../modules/e2ee/e2ee.repository.ts';
import { fanOutMessages } from '../modules/messages/messages.realtime.ts';
import { fanOutModeration } from '../modules/moderation/moderation.realtime.ts';
import { endTimedOut } from '../modules/moderation/platform.realtime.ts';
import { fanOutNotifications } from '../modules/notifications/notifications.realtime.ts';
import { fanOutRooms } from '../modules/rooms/rooms.realtime.ts';
import { endSockets } from '../modules/sessions/sessions.realtime.ts';
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
