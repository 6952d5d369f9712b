import type { Queries } from '../../../db/queries.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { presentVisibleChat } from '../chats/chats.presenter.ts';
import type { Directory, DirectoryQuery } from './chat-lists.model.ts';
import { searchOpen } from './chat-lists.repository.ts';
import type { Liveliness } from './liveliness.ts';

type Deps = { read: Queries; liveliness: Liveliness; avatarAddress: AvatarAddress };

export type ChatDirectory = ReturnType<typeof createChatDirectory>;

/** The chats that stand open to everybody. */
export function createChatDirectory({ read, liveliness, avatarAddress }: Deps) {
  return {
    /** Official chats first, then public ones, each by last activity; private ones never. */
    async list({ q = '', offset, limit }: DirectoryQuery): Promise<Directory> {
      const { rows, total } = await searchOpen(read, { q, offset, limit });
      const found = await liveliness.ofEach(rows);
      const chats = found.map(([row, live]) => ({ ...presentVisibleChat(row, avatarAddress), ...live }));
      return { chats, total, offset, limit };
    },
  };
}
