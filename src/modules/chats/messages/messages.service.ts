import type { Clock } from '../../../core/clock.ts';
import { SECOND_MS, secondsToWait } from '../../../core/durations.ts';
import { invalid } from '../../../core/errors.ts';
import type { Pair } from '../../../core/pair.ts';
import { type Guest, type PersonId, personOf } from '../../../core/principal.ts';
import { laterOf, parseStreamId, type StreamId } from '../../../core/stream-id.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Presence } from '../../../ports/presence.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { canManage } from '../chats/chats.policy.ts';
import { takeMessageId } from '../chats/chats.repository.ts';
import type { Chats, Talker } from '../chats/chats.service.ts';
import { findJoin } from '../chats/members.repository.ts';
import type { DirectPeople } from '../voice/voice.ts';
import { parseEnvelope } from './envelope.ts';
import { countSome } from './message-counts.repository.ts';
import { messageErrors } from './messages.errors.ts';
import type { MessagesEvent } from './messages.events.ts';
import type { HistoryQuery, SentMessage } from './messages.model.ts';
import { presented, viewOf } from './messages.presenter.ts';
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
const MOST_COUNTED = 10_000;
const BEFORE_ALL: StreamId = { ms: Number.MAX_SAFE_INTEGER, seq: 0 };

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

  /** Only messages after this id are readable: none that are cleared or, with a closed history, precede the join. */
  async function floorFor(who: Guest, talker: Talker): Promise<StreamId> {
    const { chat } = talker;
    const cleared = { ms: chat.clearedMs, seq: chat.clearedSeq };
    if (chat.historyVisible || talker.participant !== null || who.kind !== 'user') return cleared;
    if (canManage(who, talker.standing)) return cleared;
    const joined = await findJoin(read, chat.id, who.userId);
    return joined ? laterOf(cleared, joined) : BEFORE_ALL;
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
        if (mute) throw messageErrors.muted(mute);
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

    /**
     * The last messages, the last before one id or the first after one; oldest first, as far back as the caller may read.
     */
    async history(who: Guest, chatId: number, { limit, before, after }: HistoryQuery) {
      if (before !== undefined && after !== undefined)
        throw invalid.saying('after cannot be combined with before')({ field: 'after' });
      const talker = await chats.requireTalker(read, who, chatId);
      const floor = await floorFor(who, talker);
      const pair = directPeople.find(chatId);
      const entriesOf = (rows: repository.SentRow[], prev: repository.SentRow | undefined) =>
        rows.map((row, index) => {
          const previous = rows[index - 1] ?? prev;
          const placed = { ...row, prev: previous?.message ?? null, chatName: talker.chat.name };
          const entry = presented(placed, avatarAddress, pair);
          return pair && talker.participant !== null ? viewOf(entry, pair, talker.participant) : entry;
        });
      const total = async () => (await countSome(read, chatId, floor, BEFORE_ALL, MOST_COUNTED)).counted;
      const last = (before: StreamId, limit: number) =>
        repository.listBetween(read, chatId, { after: floor, before }, { end: 'last', limit });

      const start = after === undefined ? undefined : parseStreamId(after);
      if (start) {
        const range = { after: laterOf(floor, start), before: BEFORE_ALL };
        const rows = await repository.listBetween(read, chatId, range, { end: 'first', limit });
        const [prev] = rows[0] ? await last(rows[0].message, 1) : [];
        return { items: entriesOf(rows, prev), total: await total() };
      }
      const end = before === undefined ? undefined : parseStreamId(before);
      const rows = (await last(end ?? BEFORE_ALL, limit + 1)).reverse();
      const prev = rows.length > limit ? rows.shift() : undefined;
      const isAll = !end && !prev;
      return { items: entriesOf(rows, prev), total: isAll ? rows.length : await total() };
    },
  };
}
