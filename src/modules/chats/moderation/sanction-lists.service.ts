import { type Clock, isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import { type AvatarAddress, presentUser } from '../../people/users/users.presenter.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { ChatBans, ChatMutes, Sanction, SanctionsQuery } from './moderation.model.ts';
import * as repository from './sanction-lists.repository.ts';

type Deps = {
  read: Queries;
  clock: Clock;
  chats: Pick<Chats, 'requireModerator'>;
  avatarAddress: AvatarAddress;
};

export type SanctionLists = ReturnType<typeof createSanctionLists>;

/** Who is banned from a chat or muted in it, for people who may lift that. */
export function createSanctionLists({ read, clock, chats, avatarAddress }: Deps) {
  async function requireModerator(who: UserPrincipal, chatId: number) {
    await chats.requireModerator(read, who, chatId, { refusal: sanctionErrors.notModerator });
    return { chatId, now: clock.now() };
  }

  function present({ reason, createdAt, expiresAt, issuedById, ...user }: repository.SanctionRow): Sanction {
    return {
      user: presentUser(user, avatarAddress),
      reason,
      expires_at: isoTimeOrNull(expiresAt),
      created_at: isoTime(createdAt),
      issued_by_id: issuedById,
    };
  }

  return {
    /** The bans in force, newest first. */
    async bans(who: UserPrincipal, chatId: number, page: SanctionsQuery): Promise<ChatBans> {
      const { rows, total } = await repository.listBans(read, await requireModerator(who, chatId), page);
      return { bans: rows.map(present), total, ...page };
    },

    /** The mutes in force in this chat, newest first; not those that hold in every chat. */
    async mutes(who: UserPrincipal, chatId: number, page: SanctionsQuery): Promise<ChatMutes> {
      const { rows, total } = await repository.listMutes(read, await requireModerator(who, chatId), page);
      return { mutes: rows.map(present), total, ...page };
    },
  };
}
