import { personOfUser, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Online } from '../../../ports/online.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { Chats } from '../chats/chats.service.ts';
import { countMembers, listMembers } from '../chats/member-lists.repository.ts';
import type { ChatMembers, MembersQuery } from './membership.model.ts';
import { presentMember } from './membership.presenter.ts';

type Deps = {
  read: Queries;
  chats: Pick<Chats, 'requireAccess'>;
  online: Pick<Online, 'among'>;
  avatarAddress: AvatarAddress;
};

export type MemberList = ReturnType<typeof createMemberList>;

/** The members of a chat, whether or not they are there. */
export function createMemberList({ read, chats, online, avatarAddress }: Deps) {
  return {
    /** In the order of joining and without the owner, for anyone who can enter the chat. */
    async list(who: UserPrincipal, chatId: number, { offset, limit }: MembersQuery): Promise<ChatMembers> {
      const { ownerId } = (await chats.requireAccess(read, who, chatId)).chat;
      const rows = await listMembers(read, chatId, ownerId, { offset, limit });
      const connected = await online.among(rows.map(({ id }) => personOfUser(id)));
      const members = rows.map((row) => presentMember(row, connected.has(personOfUser(row.id)), avatarAddress));
      return { members, total: await countMembers(read, chatId, ownerId), offset, limit };
    },
  };
}
