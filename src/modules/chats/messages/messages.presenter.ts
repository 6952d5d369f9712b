import { isoTime } from '../../../core/clock.ts';
import { formatStreamId, type StreamId } from '../../../core/stream-id.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { HistoryEntry } from './messages.model.ts';
import type { MessageRow } from './messages.tables.ts';

type Sender = { id: number; username: string; avatarUrl: string | null };
type Placed = { message: MessageRow; sender: Sender | null; prev: StreamId | null; chatName: string };

/** 17 → `0000000000000011` */
function epochDigits(epoch: number): string {
  return epoch.toString(16).padStart(16, '0');
}

export function presentMessage({ message, sender, prev, chatName }: Placed, address: AvatarAddress): HistoryEntry {
  const epoch = epochDigits(message.epoch);
  return {
    chat_id: message.chatId,
    chat_name: chatName,
    id: formatStreamId(message),
    prev_id: prev && formatStreamId(prev),
    sender: sender && {
      id: sender.id,
      username: sender.username,
      avatar_url: sender.avatarUrl && address(sender.avatarUrl),
    },
    permission_level: message.type === 'system' ? null : message.permissionLevel,
    content: message.content,
    type: message.type,
    epoch,
    timestamp: isoTime(message.ms),
  };
}
