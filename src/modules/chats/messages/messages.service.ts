import type { Clock } from '../../../core/clock.ts';
import { SECOND_MS, secondsToWait } from '../../../core/durations.ts';
import type { Pair } from '../../../core/pair.ts';
import { type Guest, type PersonId, personOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Presence } from '../../../ports/presence.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { takeMessageId } from '../chats/chats.repository.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { DirectPeople } from '../voice/voice.ts';
import { parseEnvelope } from './envelope.ts';
import { createHistory } from './history.ts';
import { messageErrors } from './messages.errors.ts';
import type { MessagesEvent } from './messages.events.ts';
import type { SentMessage } from './messages.model.ts';
import { presented } from './messages.presenter.ts';
import * as repository from './messages.repository.ts';

export type MessageLimits = {
  /** Messages per user and chat within ten seconds. */
  perChat: number;
  /** Messages per user in all chats within ten seconds. */
  total: number;
};

type Deps = {
  read: Queries;
  units: Pick<Units<MessagesEvent>, 'run'>;
  clock: Clock;
  presence: Pick<Presence, 'hasSession'>;
  limiter: RateLimiter;
  /** Undefined turns limits off. */
  limits: MessageLimits | undefined;
  chats: Pick<Chats, 'requireTalker'>;
  directPeople: Pick<DirectPeople, 'find'>;
  /** The mute in force against this user in this chat, if any. */
  findMute(db: Queries, userId: number, chatId: number): Promise<{ ttl: number } | null>;
  /** Whether this session may send under this epoch. */
  holdsKey(db: Queries, chatId: number, epoch: number, sessionId: string): Promise<boolean>;
  avatarAddress: AvatarAddress;
};

export type Messages = ReturnType<typeof createMessages>;

const WINDOW_MS = 10 * SECOND_MS;

export function createMessages({
  read,
  units,
  clock,
  presence,
  limiter,
  limits,
  chats,
  findMute,
  holdsKey,
  avatarAddress,
  directPeople,
}: Deps) {
  async function consumeLimits(limits: MessageLimits, person: PersonId, chatId: number): Promise<void> {
    const rules = [
      [`messages:${person}:${chatId}`, limits.perChat],
      [`messages:${person}`, limits.total],
    ] as const;
    for (const [bucket, limit] of rules) {
      const { allowed, resetMs } = await limiter.consume(bucket, { limit, windowMs: WINDOW_MS });
      if (!allowed) throw messageErrors.rate({ retry_after: secondsToWait(resetMs) });
    }
  }

  return {
    /** Accepts a sealed message. It is on disk when this returns, and is delivered by `message:new`. */
    async send(author: Guest, chatId: number, content: string): Promise<SentMessage> {
      const envelope = parseEnvelope(content);
      if (!envelope) throw messageErrors.invalidEnvelope();
      if (!(await presence.hasSession(chatId, author.sessionId))) {
        // Not in the room, and perhaps not even allowed to know that the chat exists.
        const { chat } = await chats.requireTalker(read, author, chatId);
        throw chat.archived ? chatErrors.archived() : messageErrors.notJoined();
      }
      if (limits) await consumeLimits(limits, personOf(author), chatId);
      const say = async ({ db, emit }: Unit<MessagesEvent>): Promise<SentMessage> => {
        const talker = await chats.requireTalker(db, author, chatId);
        const { chat } = talker;
        if (chat.archived) throw chatErrors.archived();
        const mute = author.kind === 'user' ? await findMute(db, author.userId, chatId) : null;
        if (mute) throw messageErrors.muted({ ttl: mute.ttl });
        if (envelope.epoch !== chat.epoch) throw messageErrors.epochMismatch({ epoch: chat.epoch });
        if (!(await holdsKey(db, chatId, chat.epoch, author.sessionId))) throw messageErrors.noRoomKey();
        const place = await takeMessageId(db, chatId, clock.now(), envelope.epoch);
        if (!place) throw chatErrors.notFound();
        // This locks the chat. With several writers, the state may have changed before.
        if (place.epoch !== chat.epoch) throw messageErrors.epochMismatch({ epoch: place.epoch });
        // The author is recorded by account in a group, by number in a direct chat.
        const isGroup = talker.participant === null;
        const sender = isGroup && author.kind === 'user' ? { ...author, id: author.userId } : null;
        const pair = isGroup ? undefined : directPeople.find(chatId);
        const message = {
          chatId,
          ms: place.ms,
          seq: place.seq,
          type: 'user' as const,
          userId: sender?.id ?? null,
          permissionLevel: sender?.level ?? 0,
          participant: talker.participant,
          epoch: place.epoch,
          content,
        };
        await repository.insertMessage(db, message);
        const prev = place.prevMs === 0 ? null : { ms: place.prevMs, seq: place.prevSeq };
        const entry = presented({ message, sender, prev, chatName: place.name }, avatarAddress, pair);
        emit({ name: 'message.sent', entry });
        return { id: entry.id };
      };
      return units.run('send message', say, { checksFirst: true });
    },

    /** Posts a system message in plain text, in the caller's unit. `pair`: the two of a direct chat. */
    async announce({ db, emit }: Unit<MessagesEvent>, chatId: number, content: string, pair?: Pair): Promise<void> {
      const place = await takeMessageId(db, chatId, clock.now(), 0);
      if (!place) return;
      const message = {
        chatId,
        ms: place.ms,
        seq: place.seq,
        type: 'system' as const,
        userId: null,
        participant: null,
        permissionLevel: 0,
        epoch: 0,
        content,
      };
      await repository.insertMessage(db, message);
      const prev = place.prevMs === 0 ? null : { ms: place.prevMs, seq: place.prevSeq };
      const entry = presented({ message, sender: null, prev, chatName: place.name }, avatarAddress, pair);
      emit({ name: 'message.sent', entry });
    },

    ...createHistory({ read, chats, directPeople, avatarAddress }),
  };
}
