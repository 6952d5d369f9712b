import type { Clock } from '../../core/clock.ts';
import type { UserPrincipal } from '../../core/principal.ts';
import type { Queries } from '../../db/queries.ts';
import type { Units } from '../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { canModerate, canModerateTarget } from '../chats/chats.policy.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { E2eeEvent } from '../e2ee/e2ee.events.ts';
import type { E2ee } from '../e2ee/e2ee.service.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';
import type { Users } from '../users/users.service.ts';
import { moderationErrors } from './moderation.errors.ts';
import { insertPunishment } from './moderation.repository.ts';

type Deps = {
  units: Pick<Units<ChatsEvent | MessagesEvent | E2eeEvent>, 'run'>;
  clock: Clock;
  audit: Audit;
  users: Pick<Users, 'require'>;
  chats: Pick<Chats, 'requireAccess' | 'endMembership'>;
  messages: Pick<Messages, 'announce'>;
  e2ee: Pick<E2ee, 'rotate'>;
};

export type Moderation = ReturnType<typeof createModeration>;

export function createModeration({ units, clock, audit, users, chats, messages, e2ee }: Deps) {
  /** The chat and the person, once it is clear that the moderator may act on them there. */
  async function requireTarget(db: Queries, who: UserPrincipal, chatId: number, userId: number) {
    if (who.userId === userId) throw moderationErrors.self();
    const { standing, chat } = await chats.requireAccess(db, who, chatId);
    if (!canModerate(who, standing)) throw moderationErrors.notModerator();
    const target = await users.require(db, userId);
    if (!canModerateTarget(who, standing, { userId, level: target.permissionLevel }))
      throw moderationErrors.outranked();
    return { chat, target };
  }

  return {
    /** Puts someone out of a chat: their membership ends, and the key changes so that they cannot read on. */
    async kick(who: UserPrincipal, chatId: number, userId: number, reason: string | null): Promise<{ ok: true }> {
      return units.run('kick', async (unit) => {
        const { chat, target } = await requireTarget(unit.db, who, chatId, userId);
        const wasThere = await chats.endMembership(unit, { chatId, userId, how: 'kick', reason });
        if (!wasThere) throw moderationErrors.notInChat();
        await e2ee.rotate(unit, chatId, 'kick');
        await messages.announce(unit, chatId, `${target.username} was kicked from the chat`);
        await insertPunishment(unit.db, {
          userId,
          chatId,
          actionType: 'CHAT_KICK',
          reason,
          issuedBy: who.userId,
          createdAt: clock.now(),
        });
        const metadata = { user_id: userId, username: target.username, chat: chat.name, reason };
        await audit.record(unit.db, { event: 'CHAT_KICK', entity: ['chat', chatId], actor: who, metadata });
        return { ok: true };
      });
    },
  };
}
