import type { EventBus } from '../../../core/events.ts';
import { personOfUser } from '../../../core/principal.ts';
import type { Presence } from '../../../ports/presence.ts';
import { type Realtime, userRoom } from '../../../ports/realtime.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { KeyDistribution } from '../keys/keys.distribution.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { Crowds } from '../membership/crowds.ts';
import type { ModerationEvent } from '../moderation/moderation.events.ts';
import type { Voice } from '../voice/voice.ts';
import type { Roster } from './roster.ts';
import type { Typing } from './typing.ts';

type Deps = {
  events: EventBus<ChatsEvent | E2eeEvent | ModerationEvent>;
  realtime: Pick<Realtime, 'publish'>;
  presence: Presence;
  voice: Voice;
  distribution: Pick<KeyDistribution, 'departed'>;
  crowds: Pick<Crowds, 'gather'>;
  roster: Pick<Roster, 'gone' | 'forget' | 'close'>;
  typing: Pick<Typing, 'silenced'>;
};

/** A person who loses access to a chat loses its channel in the same step. */
export function fanOutRooms({ events, realtime, presence, voice, distribution, crowds, roster, typing }: Deps): void {
  events.on('member.removed', async ({ chatId, userId, how, reason, actor, wasThere, keyedSessions }) => {
    const person = personOfUser(userId);
    if (how !== 'leave' && wasThere) {
      const kicked = { chat_id: chatId, reason, banned: how === 'ban', by: actor };
      realtime.publish(userRoom(userId), 'room:kicked', kicked);
    }
    voice.dismissAllOf(chatId, userRoom(userId));
    typing.silenced(person, chatId);
    const sessions = await presence.remove(chatId, person);
    for (const sessionId of sessions) distribution.departed(chatId, sessionId);
    // Sessions that are not here lose the key as well.
    for (const sessionId of new Set([...sessions, ...keyedSessions]))
      voice.tellAbout(chatId, person, 'portal:key_removed', { session_id: sessionId });
    if (sessions.length > 0) await roster.gone(chatId, person);
  });

  events.on('member.muted', ({ chatId, userId }) => typing.silenced(personOfUser(userId), chatId));
  events.on('user.hard_muted', ({ userId }) => typing.silenced(personOfUser(userId)));

  events.on('member.came', ({ chatId, username }) => crowds.gather(chatId, username));

  events.on('session.key_registered', ({ person }) => roster.forget(person));

  events.on('chat.updated', ({ chatId, changes }) => voice.tell(chatId, 'room:updated', changes));

  events.on('chat.deleted', async ({ chatId }) => {
    voice.tell(chatId, 'room:destroyed', {});
    voice.close(chatId);
    roster.close(chatId);
    await presence.clear(chatId);
  });
}
