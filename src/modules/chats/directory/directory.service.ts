import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { ChatDetails } from '../chats/chats.model.ts';
import { canManage } from '../chats/chats.policy.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { ChatsQuery, Directory, DirectoryQuery, EnterableChat } from './chat-lists.model.ts';
import { countVisible, listVisible, listVisiblePage, searchOpen } from './chat-lists.repository.ts';
import { presentChatDetails, presentVisibleChat } from './directory.presenter.ts';
import type { Liveliness } from './liveliness.ts';

type Deps = {
  read: Queries;
  chats: Pick<Chats, 'requireAccess'>;
  liveliness: Liveliness;
  avatarAddress: AvatarAddress;
};

/** More public chats would make the list long for the server as well as for people; the rest is on further pages. */
const LISTED = 500;

export type ChatDirectory = ReturnType<typeof createChatDirectory>;

/** Which chats there are: for everybody, and for one person. */
export function createChatDirectory({ read, chats, liveliness, avatarAddress }: Deps) {
  return {
    /** Those open to everybody: official chats first, then public ones, each by last activity; private ones never. */
    async list({ q = '', offset, limit }: DirectoryQuery): Promise<Directory> {
      const { rows, total } = await searchOpen(read, { q, offset, limit });
      const found = await liveliness.ofEach(rows);
      const listed = found.map(([row, live]) => ({ ...presentVisibleChat(row, avatarAddress), ...live }));
      return { chats: listed, total, offset, limit };
    },

    /** The chats that someone can enter: official and own ones with the latest public ones, or a page of all of them. */
    async listFor(
      { userId }: UserPrincipal,
      { offset, limit }: ChatsQuery = {},
    ): Promise<{ items: EnterableChat[]; total: number }> {
      const isPage = offset !== undefined || limit !== undefined;
      const found = !isPage
        ? await listVisible(read, userId, LISTED)
        : await listVisiblePage(read, userId, offset ?? 0, limit ?? LISTED);
      // A list that is not full holds all there are.
      const total = !isPage && found.length < LISTED ? found.length : await countVisible(read, userId);
      return { items: found.map((one) => ({ ...presentVisibleChat(one, avatarAddress), secrets: [] })), total };
    },

    /** A chat with its configuration, for someone who may enter it. */
    async details(who: UserPrincipal, chatId: number): Promise<ChatDetails> {
      const found = await chats.requireAccess(read, who, chatId);
      const live = { ...(await liveliness.of(chatId)), can_manage: canManage(who, found.standing) };
      return presentChatDetails(found, live, avatarAddress);
    },
  };
}
