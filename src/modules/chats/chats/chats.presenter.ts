import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { Chat } from './chats.model.ts';
import type { ChatWithOwner } from './chats.repository.ts';
import type { BrowserConfig, ChatRow } from './chats.tables.ts';

export function presentChat({ chat, owner }: ChatWithOwner, address: AvatarAddress): Chat {
  return {
    id: chat.id,
    chat_type: chat.chatType,
    name: chat.name,
    owner: owner && { id: owner.id, username: owner.username, avatar_url: owner.avatarUrl && address(owner.avatarUrl) },
    visibility: chat.visibility,
    label: chat.label,
    slug: chat.slug,
    description: chat.description,
    avatar_url: null,
    archived: chat.archived,
  };
}

/** A direct chat, which bears the peer's alias. */
export function presentDirectChat(chat: ChatRow, peerAlias: string): Chat {
  return presentChat({ chat: { ...chat, name: peerAlias }, owner: null }, () => '');
}

/** With what holds where nothing was said: everyone may look into an official chat. */
export function presentBrowserConfig({
  visibility,
  browserConfig: { preview = visibility === 'official', ...config },
}: Pick<ChatRow, 'visibility' | 'browserConfig'>): Required<BrowserConfig> {
  return { ...config, preview };
}
