import { isoTime } from '../../../core/clock.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { Chat, ChatDetails } from '../chats/chats.model.ts';
import { presentBrowserConfig, presentChat } from '../chats/chats.presenter.ts';
import type { ChatWithOwner } from '../chats/chats.repository.ts';
import type { EnterableChat } from './chat-lists.model.ts';
import type { VisibleChat } from './chat-lists.repository.ts';
import type { Live } from './liveliness.ts';

type Entry = Pick<EnterableChat, keyof Chat | 'last_activity_at' | 'wipe_preset' | 'faces'>;

/** A chat as a list entry. */
export function presentVisibleChat(row: VisibleChat, faces: Entry['faces'], address: AvatarAddress): Entry {
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
    last_activity_at: isoTime(row.lastActivityAt),
    wipe_preset: row.wipePreset,
    faces,
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
    browser_config: presentBrowserConfig(chat),
    ...live,
  };
}
