import { invalid } from '../../../core/errors.ts';
import type { Guest } from '../../../core/principal.ts';
import { formatStreamId, laterOf, parseStreamId, type StreamId } from '../../../core/stream-id.ts';
import type { Queries } from '../../../db/queries.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { canManage } from '../chats/chats.policy.ts';
import type { Chats, Talker } from '../chats/chats.service.ts';
import { findJoin } from '../chats/members.repository.ts';
import type { DirectPeople } from '../voice/voice.ts';
import { countSome } from './message-counts.repository.ts';
import {
  type HistoryEntry,
  type HistoryIds,
  type HistoryIdsQuery,
  type HistoryQuery,
  type Known,
  type Missed,
  MOST_IDS,
} from './messages.model.ts';
import { presented, viewOf } from './messages.presenter.ts';
import * as repository from './messages.repository.ts';

type Deps = {
  read: Queries;
  chats: Pick<Chats, 'requireTalker'>;
  directPeople: Pick<DirectPeople, 'find'>;
  avatarAddress: AvatarAddress;
};

const MOST_COUNTED = 10_000;
const BEFORE_ALL: StreamId = { ms: Number.MAX_SAFE_INTEGER, seq: 0 };
const AFTER_NONE: StreamId = { ms: 0, seq: 0 };
/** What a join brings along. Somebody who comes back joins all of their chats at once. */
const MISSED_AT_ONCE = 20;
const MISSED_CHARACTERS = 16 * 1024;

/** What was said in a chat, as far back as the reader may look. */
export function createHistory({ read, chats, directPeople, avatarAddress }: Deps) {
  /** Only messages after this id are readable: none that are cleared or, with a closed history, precede the join. */
  async function floorFor(who: Guest, talker: Talker): Promise<StreamId> {
    const { chat } = talker;
    const cleared = { ms: chat.clearedMs, seq: chat.clearedSeq };
    if (chat.historyVisible || talker.participant !== null || who.kind !== 'user') return cleared;
    if (canManage(who, talker.standing)) return cleared;
    const joined = await findJoin(read, chat.id, who.userId);
    return joined ? laterOf(cleared, joined) : BEFORE_ALL;
  }

  /** A chat as this reader may read it. */
  async function reading(who: Guest, chatId: number) {
    const talker = await chats.requireTalker(read, who, chatId);
    const floor = await floorFor(who, talker);
    const pair = directPeople.find(chatId);

    function entriesOf(rows: repository.SentRow[], prev: repository.SentRow | undefined): HistoryEntry[] {
      return rows.map((row, index) => {
        const previous = rows[index - 1] ?? prev;
        const placed = { ...row, prev: previous?.message ?? null, chatName: talker.chat.name };
        const entry = presented(placed, avatarAddress, pair);
        return pair && talker.participant !== null ? viewOf(entry, pair, talker.participant) : entry;
      });
    }

    const last = (before: StreamId, limit: number) =>
      repository.listBetween(read, chatId, { after: floor, before }, { end: 'last', limit });

    return {
      /** Between two ids, without them. */
      ids: (after: StreamId, before: StreamId) =>
        repository.listIdsBetween(read, chatId, { after: laterOf(floor, after), before }, MOST_IDS),

      count: async (after: StreamId, upTo: StreamId) =>
        (await countSome(read, chatId, laterOf(floor, after), upTo, MOST_COUNTED)).counted,

      async first(after: StreamId, limit: number): Promise<HistoryEntry[]> {
        const range = { after: laterOf(floor, after), before: BEFORE_ALL };
        const rows = await repository.listBetween(read, chatId, range, { end: 'first', limit });
        const [prev] = rows[0] ? await last(rows[0].message, 1) : [];
        return entriesOf(rows, prev);
      },

      /** `isAll`: these are all that can be read. */
      async last(before: StreamId, limit: number): Promise<{ items: HistoryEntry[]; isAll: boolean }> {
        const rows = (await last(before, limit + 1)).reverse();
        const prev = rows.length > limit ? rows.shift() : undefined;
        return { items: entriesOf(rows, prev), isAll: before === BEFORE_ALL && !prev };
      },
    };
  }

  return {
    /** The last messages, the last before one id or the first after one; oldest first, as far back as the caller may read. */
    async history(who: Guest, chatId: number, { limit, before, after }: HistoryQuery) {
      if (before !== undefined && after !== undefined)
        throw invalid.saying('after cannot be combined with before')({ field: 'after' });
      const chat = await reading(who, chatId);
      const total = () => chat.count(AFTER_NONE, BEFORE_ALL);
      const start = after === undefined ? undefined : parseStreamId(after);
      if (start) return { items: await chat.first(start, limit), total: await total() };
      const end = before === undefined ? undefined : parseStreamId(before);
      const { items, isAll } = await chat.last(end ?? BEFORE_ALL, limit);
      return { items, total: isAll ? items.length : await total() };
    },

    /** The ids of a range that exist and are readable for the caller: the first 5,000, oldest first. */
    async ids(who: Guest, chatId: number, { from, to }: HistoryIdsQuery): Promise<HistoryIds> {
      const [start, end] = [from, to].map((id) => (id === undefined ? undefined : parseStreamId(id)));
      const after = start ? { ms: start.ms, seq: start.seq - 1 } : AFTER_NONE;
      const before = end ? { ms: end.ms, seq: end.seq + 1 } : BEFORE_ALL;
      return { ids: (await (await reading(who, chatId)).ids(after, before)).map(formatStreamId) };
    },

    /** What somebody who comes back has missed after the last message that they know, and how many of those they know are left. */
    async missed(who: Guest, chatId: number, { after, from }: Known): Promise<Missed> {
      const end = parseStreamId(after) ?? AFTER_NONE;
      const start = from === undefined ? undefined : parseStreamId(from);
      const chat = await reading(who, chatId);
      const found = await chat.first(end, MISSED_AT_ONCE + 1);
      const messages = within(found.slice(0, MISSED_AT_ONCE), MISSED_CHARACTERS);
      const more = messages.length < found.length;
      if (!start) return { messages, more };
      return { messages, more, known: await chat.count({ ms: start.ms, seq: start.seq - 1 }, end) };
    },
  };
}

/** As many as fit, and one at least. */
function within(entries: readonly HistoryEntry[], most: number): HistoryEntry[] {
  let characters = 0;
  return entries.filter(({ content }, index) => {
    characters += content.length;
    return index === 0 || characters <= most;
  });
}
