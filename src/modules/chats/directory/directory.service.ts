import { personOfUser, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { Chat, ChatDetails } from '../chats/chats.model.ts';
import { canManage } from '../chats/chats.policy.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { DirectPeople } from '../voice/voice.ts';
import type { ChatsQuery, Directory, DirectoryQuery, EnterableChat } from './chat-lists.model.ts';
import { countVisible, listVisible, listVisiblePage, searchOpen } from './chat-lists.repository.ts';
import { presentChatDetails, presentVisibleChat } from './directory.presenter.ts';
import type { Faces } from './faces.ts';
import type { Liveliness } from './liveliness.ts';

type Deps = {
  read: Queries;
  chats: Pick<Chats, 'requireAccess'>;
  liveliness: Liveliness;
  faces: Faces;
  avatarAddress: AvatarAddress;
  directPeople: Pick<DirectPeople, 'find'>;
};

/** Keeps the list short for server and people. The rest is on further pages. */
const LISTED = 500;

export type ChatDirectory = ReturnType<typeof createChatDirectory>;

/** The chats that exist: for everyone, and for one person. */
export function createChatDirectory({ read, chats, liveliness, faces, avatarAddress, directPeople }: Deps) {
  /** A direct chat bears the alias of the other one. */
  function nameFor({ id, name }: Chat, userId: number): string {
    const person = personOfUser(userId);
    return directPeople.find(id)?.find((one) => one.person !== person)?.alias ?? name;
  }

  return {
    /** Chats open to everyone: official ones first, then public ones, each by last activity. Never private ones. */
    async list({ q = '', offset, limit }: DirectoryQuery): Promise<Directory> {
      const { rows, total } = await searchOpen(read, { q, offset, limit });
      const found = await liveliness.ofEach(rows);
      const people = await faces.ofEach(rows);
      const listed = found.map(([row, live], index) => ({
        ...presentVisibleChat(row, people[index] ?? [], avatarAddress),
        ...live,
      }));
      return { chats: listed, total, offset, limit };
    },

    /** The chats that a person can enter: official, their own and the latest public ones, or a page of all. */
    async listFor(
      { userId }: UserPrincipal,
      { offset, limit }: ChatsQuery = {},
    ): Promise<{ items: EnterableChat[]; total: number }> {
      const isPage = offset !== undefined || limit !== undefined;
      const found = !isPage
        ? await listVisible(read, userId, LISTED)
        : await listVisiblePage(read, userId, offset ?? 0, limit ?? LISTED);
      // A list below the limit is complete.
      const total = !isPage && found.length < LISTED ? found.length : await countVisible(read, userId);
      const people = await faces.ofEach(found);
      const items = found.map((one, index) => ({
        ...presentVisibleChat(one, people[index] ?? [], avatarAddress),
        secrets: [],
      }));
      return { items: items.map((chat) => ({ ...chat, name: nameFor(chat, userId) })), total };
    },

    /** A chat with its configuration, for a person who can enter it. */
    async details(who: UserPrincipal, chatId: number): Promise<ChatDetails> {
      const found = await chats.requireAccess(read, who, chatId);
      const live = { ...(await liveliness.of(chatId)), can_manage: canManage(who, found.standing) };
      return presentChatDetails(found, live, avatarAddress);
    },
  };
}
