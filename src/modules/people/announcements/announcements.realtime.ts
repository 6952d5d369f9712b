import type { EventBus } from '../../../core/events.ts';
import { everyone, type Realtime } from '../../../ports/realtime.ts';
import type { AnnouncementsEvent } from './announcements.events.ts';
import { presentAnnouncement } from './announcements.presenter.ts';

/** Sends announcements to every socket. */
export function fanOutAnnouncements({
  events,
  realtime,
}: {
  events: EventBus<AnnouncementsEvent>;
  realtime: Realtime;
}): void {
  events.on('announcement.created', ({ announcement }) =>
    realtime.publish(everyone, 'announcement:new', presentAnnouncement(announcement)),
  );
  events.on('announcement.deleted', ({ id }) => realtime.publish(everyone, 'announcement:deleted', { id }));
}
