import { Level, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import type { Outranks, Rights } from '../../people/users/rights.service.ts';
import { type AvatarAddress, presentUser, type ShownUser } from '../../people/users/users.presenter.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import { canModerateTarget, isOwner } from '../chats/chats.policy.ts';
import type { Chats, Entered } from '../chats/chats.service.ts';
import { findVisit } from '../chats/members.repository.ts';

type Deps = {
  chats: Pick<Chats, 'requireModerator'>;
  rights: Pick<Rights, 'requireOutranks'>;
  avatarAddress: AvatarAddress;
};

type By = Entered<'moderator'> & { who: UserPrincipal };

/**
 * A person in a chat, with the proof that the moderator may act on them there. `actor`: the moderator, as the chat is told of
 * them.
 */
export type Target = Pick<Entered, 'chat'> & {
  target: UserRow;
  by: Entered<'moderator'>;
  actor: ShownUser | null;
  outranks: Outranks;
};

export type Targets = ReturnType<typeof createTargets>;

/** Decides who may act on whom in a chat. */
export function createTargets({ chats, rights, avatarAddress }: Deps) {
  /** Staff who look in from outside are not named: the chat does not know that they are there. */
  async function actorOf(db: Queries, { who, standing, chat }: By): Promise<ShownUser | null> {
    const isKnown =
      isOwner(who, standing) || standing.isMember || (await findVisit(db, chat.id, who.userId))?.leftAt === null;
    return isKnown ? presentUser({ ...who, id: who.userId }, avatarAddress) : null;
  }

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
      return { chat, target: outranks.target, by, actor: await actorOf(db, by), outranks };
    },
  };
}
