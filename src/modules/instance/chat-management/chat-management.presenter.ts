import { isoTime } from '../../../core/clock.ts';
import type { ChatRow } from '../../chats/chats/chats.tables.ts';
import type { Live } from '../../chats/directory/liveliness.ts';
import { type AvatarAddress, presentUser } from '../../people/users/users.presenter.ts';
import type { AdminChat, OfficialChat } from './chat-management.model.ts';
import type { GroupRow } from './chat-management.repository.ts';

export function presentAdminChat(row: GroupRow, live: Live, address: AvatarAddress): AdminChat {
  const { ownerId, ownerName } = row;
  return {
    id: row.id,
    name: row.name,
    owner_id: ownerId,
    owner:
      ownerId === null || ownerName === null
        ? null
        : presentUser({ id: ownerId, username: ownerName, avatarUrl: row.ownerAvatarUrl }, address),
    is_public: row.visibility !== 'private',
    visibility: row.visibility,
    label: row.label,
    slug: row.slug,
    description: row.description,
    avatar_source: row.avatarSource,
    ...live,
    last_activity_at: isoTime(row.lastActivityAt),
    created_at: isoTime(row.createdAt),
    updated_at: isoTime(row.updatedAt),
  };
}

export function presentOfficialChat(chat: ChatRow, slug: string, username: string, live: Live): OfficialChat {
  return {
    chat_id: chat.id,
    chat_name: chat.name,
    username,
    browser: chat.browserConfig.browser,
    allow_control_requests: chat.allowControlRequests,
    visibility: 'official',
    label: chat.label,
    slug,
    description: chat.description,
    avatar_source: chat.avatarSource,
    ...live,
  };
}
