import { isoTime } from '../../../core/clock.ts';
import { strangerSessionOf } from '../../../core/principal.ts';
import type { DirectChatRow, ParticipantRow } from '../chats/direct.tables.ts';
import type { Found } from './direct.model.ts';

/** What a participant is told at the beginning: of the peer, no more than the alias and a stranger's country. */
export function presentFound({ chatId, interests, dueAt }: DirectChatRow, token: string, peer: ParticipantRow): Found {
  const isStranger = strangerSessionOf(peer.person) !== undefined;
  return {
    chat_id: chatId,
    token,
    peer: {
      alias: peer.alias,
      avatar_url: null,
      is_stranger: isStranger,
      country_code: isStranger ? peer.countryCode : null,
    },
    interests,
    expires_at: isoTime(dueAt),
  };
}
