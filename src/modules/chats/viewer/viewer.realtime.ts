import type { EventBus } from '../../../core/events.ts';
import { userIdOf } from '../../../core/principal.ts';
import type { PlatformModerationEvent } from '../../people/sanctions/platform-moderation.events.ts';
import type { SessionEndReason, SessionsEvent } from '../../people/sessions/sessions.events.ts';
import type { UsersEvent } from '../../people/users/users.events.ts';
import type { ChatsEvent, MemberRemoved } from '../chats/chats.events.ts';
import type { ControlEvent } from '../control/control.events.ts';
import type { RoomsEvent } from '../rooms/rooms.events.ts';
import type { ViewerLines } from './lines.service.ts';
import type { Ending } from './page-line.ts';

type Deps = {
  events: EventBus<ChatsEvent | RoomsEvent | SessionsEvent | PlatformModerationEvent | UsersEvent | ControlEvent>;
  lines: ViewerLines;
};

const over = (code: Ending['code'], sentence: string): Ending => ({ code, sentence, retry: false });

const REMOVED: Record<MemberRemoved['how'], string> = {
  leave: 'You have left this chat',
  kick: 'You were removed from this chat',
  ban: 'You were banned from this chat',
};

const ENDED: Record<SessionEndReason, string> = {
  logout: 'You signed out',
  destroyed: 'This session was ended',
  banned: 'You were banned',
  timeout: 'You were timed out',
  expired: 'Your session has expired',
};

/** Whatever ends someone's access ends their picture in the same turn. */
export function fanOutViewer({ events, lines }: Deps): void {
  events.on('member.removed', ({ chatId, userId, how }) =>
    lines.endOfPerson(userId, over('access', REMOVED[how]), chatId),
  );
  events.on('session.ended', ({ sessionId, reason }) => lines.endOfSession(sessionId, over('session', ENDED[reason])));
  events.on('user.timed_out', ({ userId }) => lines.endOfPerson(userId, over('session', ENDED.timeout)));
  events.on('user.level_changed', ({ userId }) => lines.recheckPerson(userId));
  events.on('chat.deleted', ({ chatId }) => lines.endOfChat(chatId, over('access', 'This chat was deleted')));
  events.on('chat.updated', async ({ chatId, changes }) => {
    if (changes.inactive_cursors !== undefined) lines.showPointers(chatId, changes.inactive_cursors);
    if (changes.visibility !== undefined) await lines.recheckChat(chatId);
  });
  // A connection that broke comes back.
  events.on('room.left', ({ chatId, person, lastOfPerson, isGone }) => {
    const userId = userIdOf(person);
    if (lastOfPerson && !isGone && userId !== undefined)
      lines.endOfPerson(userId, over('access', REMOVED.leave), chatId);
  });
  events.on('control.changed', ({ chatId }) => lines.controlChanged(chatId));
}
