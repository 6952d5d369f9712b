import type { ErrorKind } from '../../../core/errors.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import { moderationErrors } from '../../people/sanctions/sanctions.errors.ts';
import type { Users } from '../../people/users/users.service.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import { canModerate, canModerateTarget } from '../chats/chats.policy.ts';
import type { Chats, Entered } from '../chats/chats.service.ts';

type Deps = { chats: Pick<Chats, 'requireAccess'>; users: Pick<Users, 'require'> };
export type Target = Pick<Entered, 'chat'> & { target: UserRow };

export type Targets = ReturnType<typeof createTargets>;

/** Who may do something to whom in a chat. */
export function createTargets({ chats, users }: Deps) {
  return {
    /**
     * The chat and the person, once it is clear that the moderator may act on them there. Nobody moderates a direct chat:
     * `inDirect` says so.
     */
    async require(
      db: Queries,
      who: UserPrincipal,
      chatId: number,
      userId: number,
      inDirect: ErrorKind = moderationErrors.notModerator,
    ): Promise<Target> {
      if (who.userId === userId) throw moderationErrors.self();
      const { standing, chat } = await chats.requireAccess(db, who, chatId);
      if (chat.chatType === 'direct') throw inDirect();
      if (!canModerate(who, standing)) throw moderationErrors.notModerator();
      const target = await users.require(db, userId);
      if (!canModerateTarget(who, standing, { userId, level: target.permissionLevel }))
        throw moderationErrors.outranked();
      return { chat, target };
    },
  };
}
