import { Level, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import type { Outranks, Rights } from '../../people/users/rights.service.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import { canModerateTarget } from '../chats/chats.policy.ts';
import type { Chats, Entered } from '../chats/chats.service.ts';

type Deps = { chats: Pick<Chats, 'requireModerator'>; rights: Pick<Rights, 'requireOutranks'> };

/** A person in a chat, with the proof that the moderator may act on them there. */
export type Target = Pick<Entered, 'chat'> & { target: UserRow; by: Entered<'moderator'>; outranks: Outranks };

export type Targets = ReturnType<typeof createTargets>;

/** Decides who may act on whom in a chat. */
export function createTargets({ chats, rights }: Deps) {
  return {
    /** The chat and the person, for a moderator who may act on them there. */
    async require(db: Queries, principal: UserPrincipal, chatId: number, userId: number): Promise<Target> {
      if (principal.userId === userId) throw sanctionErrors.self();
      const refusal = sanctionErrors.notModerator;
      const by = await chats.requireModerator(db, principal, chatId, { refusal });
      const { who, standing, chat } = by;
      const outranks = await rights.requireOutranks(db, who, userId, {
        level: Level.User,
        self: sanctionErrors.self,
        may: (_, target) => canModerateTarget(who, standing, { userId, level: target.permissionLevel }),
      });
      return { chat, target: outranks.target, by, outranks };
    },
  };
}
