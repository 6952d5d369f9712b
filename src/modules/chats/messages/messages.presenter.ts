import { isoTime } from '../../../core/clock.ts';
import { type Pair, peerOf } from '../../../core/pair.ts';
import { formatStreamId, type StreamId } from '../../../core/stream-id.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { HistoryEntry } from './messages.model.ts';
import type { MessageRow } from './messages.tables.ts';

type Sender = { id: number; username: string; avatarUrl: string | null };
type Placed = { message: MessageRow; sender: Sender | null; prev: StreamId | null; chatName: string };

/** Stands for the peer's alias in system messages of a direct chat. */
export const PEER = '{peer}';

/** 17 → `0000000000000011` */
function epochDigits(epoch: number): string {
  return epoch.toString(16).padStart(16, '0');
}

function presentMessage({ message, sender, prev, chatName }: Placed, address: AvatarAddress): HistoryEntry {
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

/** A message of a direct chat, before {@link viewOf} fills in what differs between the two who read it. */
function presentDirectMessage({ message, prev }: Pick<Placed, 'message' | 'prev'>, pair: Pair): HistoryEntry {
  const author = pair.find(({ number }) => number === message.participant);
  const entry = presentMessage({ message, sender: null, prev, chatName: '' }, () => '');
  const sender = author && { id: null, username: author.alias, avatar_url: null, participant: author.number };
  return { ...entry, sender: sender ?? null, permission_level: null };
}

/** The message as clients get it; `pair`: the two of a direct chat. */
export function presented(placed: Placed, address: AvatarAddress, pair: Pair | undefined): HistoryEntry {
  return pair ? presentDirectMessage(placed, pair) : presentMessage(placed, address);
}

/** The message as one participant sees it: the chat bears the peer's alias. */
export function viewOf(entry: HistoryEntry, pair: Pair, reader: 1 | 2): HistoryEntry {
  const { alias } = peerOf(pair, reader);
  const content = entry.type === 'system' ? entry.content.replaceAll(PEER, alias) : entry.content;
  return { ...entry, chat_name: alias, content };
}
