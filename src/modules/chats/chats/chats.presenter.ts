import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { VisibleChat } from '../directory/chat-lists.repository.ts';
import type { Live } from '../directory/liveliness.ts';
import type { Chat, ChatDetails } from './chats.model.ts';
import type { ChatWithOwner } from './chats.repository.ts';

export function presentChat({ chat, owner }: ChatWithOwner, address: AvatarAddress): Chat {
  return {
    id: chat.id,
    chat_type: chat.chatType,
    name: chat.name,
    owner: owner && { id: owner.id, username: owner.username, avatar_url: address(owner.avatarUrl) },
    visibility: chat.visibility,
    label: chat.label,
    slug: chat.slug,
    description: chat.description,
    avatar_url: null,
    archived: chat.archived,
  };
}

/** The same chat, of a list. */
export function presentVisibleChat(row: VisibleChat, address: AvatarAddress): Chat {
  const { ownerId: id, ownerName: username } = row;
  return {
    id: row.id,
    chat_type: row.chatType,
    name: row.name,
    owner: id === null || username === null ? null : { id, username, avatar_url: address(row.ownerAvatarUrl) },
    visibility: row.visibility,
    label: row.label,
    slug: row.slug,
    description: row.description,
    avatar_url: null,
    archived: row.archived,
  };
}

export function presentChatDetails(
  found: ChatWithOwner,
  live: Live & { can_manage: boolean },
  address: AvatarAddress,
): ChatDetails {
  const { chat } = found;
  return {
    ...presentChat(found, address),
    wipe_preset: chat.wipePreset,
    history_visible: chat.historyVisible,
    allow_control_requests: chat.allowControlRequests,
    locked_controls: chat.lockedControls,
    implicit_hosting: chat.implicitHosting,
    inactive_cursors: chat.inactiveCursors,
    browser_config: chat.browserConfig,
    ...live,
  };
}
