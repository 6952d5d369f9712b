import type { ErrorKind } from '../../../core/errors.ts';
import { Level, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import type { Outranks, Rights } from '../../people/users/rights.service.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import { canModerate, canModerateTarget } from '../chats/chats.policy.ts';
import type { Chats, Entered } from '../chats/chats.service.ts';

type Deps = { chats: Pick<Chats, 'requireAccess'>; rights: Pick<Rights, 'current' | 'requireOutranks'> };
export type Target = Pick<Entered, 'chat'> & { target: UserRow; outranks: Outranks };

export type Targets = ReturnType<typeof createTargets>;

/** Who may do something to whom in a chat. */
export function createTargets({ chats, rights }: Deps) {
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
      inDirect: ErrorKind = sanctionErrors.notModerator,
    ): Promise<Target> {
      if (who.userId === userId) throw sanctionErrors.self();
      const actor = await rights.current(db, who);
      const { standing, chat } = await chats.requireAccess(db, actor, chatId);
      if (chat.chatType === 'direct') throw inDirect();
      if (!canModerate(actor, standing)) throw sanctionErrors.notModerator();
      const outranks = await rights.requireOutranks(db, actor, userId, {
        level: Level.User,
        self: sanctionErrors.self,
        may: (_, target) => canModerateTarget(actor, standing, { userId, level: target.permissionLevel }),
      });
      return { chat, target: outranks.target, outranks };
    },
  };
}
