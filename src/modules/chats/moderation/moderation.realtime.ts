import type { EventBus } from '../../../core/events.ts';
import { personOfUser } from '../../../core/principal.ts';
import { everyUser, type Realtime } from '../../../ports/realtime.ts';
import type { Voice } from '../voice/voice.ts';
import type { ModerationEvent } from './moderation.events.ts';

type Deps = {
  events: EventBus<ModerationEvent>;
  realtime: Pick<Realtime, 'publish'>;
  voice: Pick<Voice, 'tellAbout'>;
};

/** Tells the room about sanctions in it. A platform-wide mute is told to everyone. */
export function fanOutModeration({ events, realtime, voice }: Deps): void {
  const tell = (chatId: number, userId: number, event: string, payload: object = {}) =>
    voice.tellAbout(chatId, personOfUser(userId), event, payload);
  const term = ({ durationS, reason, actor }: { durationS: number; reason: string | null; actor: object | null }) => ({
    duration: durationS,
    ...(reason === null ? {} : { reason }),
    by: actor,
  });

  events.on('member.banned', ({ chatId, userId, ...rest }) => tell(chatId, userId, 'user:banned', term(rest)));
  events.on('member.unbanned', ({ chatId, userId }) => tell(chatId, userId, 'user:unbanned'));
  events.on('member.muted', ({ chatId, userId, ...rest }) => tell(chatId, userId, 'user:muted', term(rest)));
  events.on('member.unmuted', ({ chatId, userId }) => tell(chatId, userId, 'user:unmuted'));
  events.on('user.hard_muted', ({ userId, durationS }) =>
    realtime.publish(everyUser, 'user:hard_muted', { user_id: userId, duration: durationS }),
  );
  events.on('user.hard_unmuted', ({ userId }) => realtime.publish(everyUser, 'user:hard_unmuted', { user_id: userId }));
}
