import { type Guest, personOf, type UserPrincipal, userIdOf } from '../../../core/principal.ts';
import { formatStreamId, isAfter, parseStreamId, type StreamId } from '../../../core/stream-id.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import type { Chats } from '../chats/chats.service.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Stretch } from '../messages/messages.repository.ts';
import * as repository from '../messages/messages.repository.ts';
import { findCut, findTail, saveTail } from './clearing.repository.ts';

type Deps = {
  units: Pick<Units<MessagesEvent>, 'run'>;
  audit: Pick<Audit, 'record'>;
  chats: Pick<Chats, 'requireTalker' | 'requireModerator'>;
};

type Removed = { deleted: number };

/** A few milliseconds of work, and as many ids as fit in one frame. */
const DELETED_AT_ONCE = 500;
const AFTER_ALL: StreamId = { ms: Number.MAX_SAFE_INTEGER, seq: 0 };
const NONE: StreamId = { ms: 0, seq: 0 };
const EVERYWHERE: Stretch = { after: { chatId: 0, ...NONE }, upTo: { chatId: Number.MAX_SAFE_INTEGER, ...AFTER_ALL } };

export type Removal = ReturnType<typeof createRemoval>;

/** Deletes single messages. The next message's `prev_id` never names a deleted one. */
export function createRemoval({ units, audit, chats }: Deps) {
  /** After a deletion: tells the room about the messages it could see, and corrects the chat's last message. */
  async function tell({ db, emit }: Unit<MessagesEvent>, chatId: number, gone: readonly StreamId[]): Promise<number> {
    const [cut, tail] = [await findCut(db, chatId), await findTail(db, chatId)];
    if (!cut || !tail) return 0;
    const seen = gone.filter((id) => isAfter(id, cut));
    if (seen.length === 0) return 0;
    if (seen.some(({ ms, seq }) => ms === tail.ms && seq === tail.seq))
      await saveTail(db, chatId, (await repository.findLastAfter(db, chatId, cut)) ?? NONE);
    emit({ name: 'messages.deleted', chatId, ids: seen.map(formatStreamId) });
    return seen.length;
  }

  type Choose = (db: Queries, cut: StreamId) => Promise<readonly StreamId[]> | readonly StreamId[];

  function moderate(who: UserPrincipal, chatId: number, choose: Choose): Promise<Removed> {
    return units.run('delete messages', async (unit) => {
      const refusal = messageErrors.notModerator;
      const { chat } = await chats.requireModerator(unit.db, who, chatId, { refusal });
      const { name, clearedMs, clearedSeq } = chat;
      const gone: StreamId[] = [];
      const cut = { ms: clearedMs, seq: clearedSeq };
      for (const id of await choose(unit.db, cut))
        if (isAfter(id, cut) && (await repository.deleteMessage(unit.db, chatId, id))) gone.push(id);
      const deleted = await tell(unit, chatId, gone);
      if (deleted > 0) {
        const metadata = { name, deleted };
        await audit.record(unit.db, { event: 'CHAT_CLEAR', entity: ['chat', chatId], actor: who, metadata });
      }
      return { deleted };
    });
  }

  return {
    /** Deletes messages by id. Unknown ids are ignored. */
    delete: (who: UserPrincipal, chatId: number, ids: readonly string[]) =>
      moderate(who, chatId, () => ids.flatMap((id) => parseStreamId(id) ?? [])),

    /** Deletes the chat's last messages. */
    deleteLast: (who: UserPrincipal, chatId: number, count: number) =>
      moderate(who, chatId, async (db, cut) => {
        const range = { after: cut, before: AFTER_ALL };
        const rows = await repository.listBetween(db, chatId, range, { end: 'last', limit: count });
        return rows.map(({ message }) => message);
      }),

    /** Deletes all messages of the caller in the chat, in small batches, so that no request waits for it. */
    async deleteMine(who: Guest, chatId: number): Promise<Removed> {
      let deleted = 0;
      const inChat: Stretch = { after: { chatId, ...NONE }, upTo: { chatId, ...AFTER_ALL } };
      await inSteps(inChat, async (stretch) => {
        const { told, rest } = await units.run('delete own messages', async (unit) => {
          const { participant } = await chats.requireTalker(unit.db, who, chatId);
          const author = participant === null ? { userId: userIdOf(personOf(who)) ?? 0 } : { participant };
          const { gone, rest } = await repository.deleteSomeOf(unit.db, author, stretch, DELETED_AT_ONCE);
          return { told: await tell(unit, chatId, gone), rest };
        });
        deleted += told;
        return rest;
      });
      return { deleted };
    },

    /** Deletes all messages of a user, in small batches, so that no request waits for it. */
    async clearOfUser(userId: number): Promise<void> {
      await inSteps(EVERYWHERE, (stretch) =>
        units.run('clear messages', async (unit) => {
          const { gone, rest } = await repository.deleteSomeOf(unit.db, { userId }, stretch, DELETED_AT_ONCE);
          for (const [chatId, ids] of Map.groupBy(gone, ({ chatId }) => chatId)) await tell(unit, chatId, ids);
          return rest;
        }),
      );
    },
  };
}

/** Runs `step` until nothing is left, each time with the remainder of the last one. */
async function inSteps(all: Stretch, step: (stretch: Stretch) => Promise<Stretch | undefined>): Promise<void> {
  for (let left: Stretch | undefined = all; left; left = await step(left)) if (left !== all) await Bun.sleep(1);
}
