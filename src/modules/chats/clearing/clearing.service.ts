import type { Clock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import { Level, type UserPrincipal } from '../../../core/principal.ts';
import type { StreamId } from '../../../core/stream-id.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import { canModerate, isOwner } from '../chats/chats.policy.ts';
import type { Chats, Entered } from '../chats/chats.service.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { E2ee } from '../keys/keys.service.ts';
import { countSome } from '../messages/message-counts.repository.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import * as repository from '../messages/messages.repository.ts';
import type { Messages } from '../messages/messages.service.ts';
import * as chatClearings from './clearing.repository.ts';
import { periodOf, wipeAfter } from './wipe-presets.policy.ts';

type Event = MessagesEvent | E2eeEvent;

type Deps = {
  read: Queries;
  units: Pick<Units<Event>, 'run'>;
  clock: Clock;
  logger: Logger;
  audit: Pick<Audit, 'record'>;
  chats: Pick<Chats, 'requireAccess'>;
  messages: Pick<Messages, 'announce'>;
  e2ee: Pick<E2ee, 'rotate'>;
};

/** A few milliseconds of work, so that other requests get their turn. */
const PURGED_AT_ONCE = 1000;
const COUNTED_AT_ONCE = 10_000;
const WIPED_AT_ONCE = 100;

/** The system message that a wipe leaves. If nothing follows it, there is nothing to wipe. */
const WIPED = 'The chat was wiped';

export type Clearing = ReturnType<typeof createClearing>;

/**
 * Clears chats, on request or by timer. One step hides everything up to the last message from everyone, however much it
 * is; the rows leave the disk in batches, and after a crash the purge resumes.
 */
export function createClearing({ read, units, clock, logger, audit, chats, messages, e2ee }: Deps) {
  /** Chats whose messages are being counted before the purge, with the number of counts in progress. */
  const held = new Map<number, number>();
  let purging: Promise<void> | undefined;
  let isStopped = false;

  async function cut(unit: Unit<Event>, chatId: number, reason: 'clear' | 'wipe', line: string, wipeAt: number | null) {
    await chatClearings.cutHere(unit.db, chatId, wipeAt);
    unit.emit({ name: 'chat.cleared', chatId, reason });
    await e2ee.rotate(unit, chatId, reason);
    await messages.announce(unit, chatId, line);
  }

  async function isWipedAlready(db: Queries, chatId: number): Promise<boolean> {
    const floor = await chatClearings.findCut(db, chatId);
    const first = floor && (await repository.findFirstAfter(db, chatId, floor));
    if (!first) return true;
    const tail = await chatClearings.findTail(db, chatId);
    return first.type === 'system' && first.content === WIPED && first.ms === tail?.ms && first.seq === tail.seq;
  }

  async function wipe(due: chatClearings.DueWipe): Promise<void> {
    const period = periodOf(due.wipePreset);
    await units.run('wipe chat', async (unit) => {
      const nextAt = period === null ? null : wipeAfter(due.wipeAt, period, clock.now());
      if (!(await chatClearings.claimWipe(unit.db, due, nextAt))) return;
      if (period === null || (await isWipedAlready(unit.db, due.id))) return;
      await cut(unit, due.id, 'wipe', WIPED, nextAt);
    });
  }

  async function count(chatId: number, after: StreamId, upTo: StreamId): Promise<number> {
    let total = 0;
    for (let from: StreamId | undefined = after; from; ) {
      const { counted, next }: { counted: number; next: StreamId | undefined } = await countSome(
        read,
        chatId,
        from,
        upTo,
        COUNTED_AT_ONCE,
      );
      total += counted;
      from = next;
      if (from) await new Promise((resolve) => setImmediate(resolve));
    }
    return total;
  }

  /** Keeps the purge away from this chat while `work` counts its messages. */
  async function holding<Result>(chatId: number, work: () => Promise<Result>): Promise<Result> {
    held.set(chatId, (held.get(chatId) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const others = (held.get(chatId) ?? 1) - 1;
      if (others === 0) held.delete(chatId);
      else held.set(chatId, others);
    }
  }

  /** False once everything is purged. */
  function purgeSome(chatId: number): Promise<boolean> {
    return units.run('purge cleared', async ({ db }) => {
      const floor = await chatClearings.findCut(db, chatId);
      if (!floor) return false;
      const purged = await repository.deleteOldest(db, chatId, floor, PURGED_AT_ONCE);
      if (purged < PURGED_AT_ONCE) await chatClearings.endClearing(db, chatId, floor);
      return purged === PURGED_AT_ONCE;
    });
  }

  async function purge(): Promise<void> {
    for (;;) {
      const ids = (await chatClearings.listClearing(read)).filter((id) => !held.has(id));
      if (ids.length === 0) return;
      for (const id of ids) {
        do {
          if (isStopped) return;
          await Bun.sleep(1);
        } while (!held.has(id) && (await purgeSome(id)));
      }
    }
  }

  /** Purges cleared messages in small batches, so that no request waits for it. Only one run at a time. */
  function purgeCleared(): Promise<void> {
    purging ??= purge()
      .catch((error: unknown) => logger.error('purging cleared messages failed', { error }))
      .finally(() => {
        purging = undefined;
      });
    return purging;
  }

  async function clearNow(unit: Unit<Event>, who: UserPrincipal, chatId: number): Promise<Entered['chat']> {
    const { chat, standing } = await chats.requireAccess(unit.db, who, chatId);
    const mayClear = isOwner(who, standing) || (who.level >= Level.Admin && canModerate(who, standing));
    if (chat.chatType === 'direct' || !mayClear) throw messageErrors.mayNotClear();
    const period = periodOf(chat.wipePreset);
    const wipeAt = period === null ? null : clock.now() + period;
    await cut(unit, chatId, 'clear', `${who.username} cleared the chat`, wipeAt);
    const metadata = { name: chat.name };
    await audit.record(unit.db, { event: 'CHAT_CLEAR', entity: ['chat', chatId], actor: who, metadata });
    return chat;
  }

  return {
    /** Clears a chat for everyone and restarts its wipe timer. Returns the number of messages. */
    async clear(who: UserPrincipal, chatId: number): Promise<{ ok: true; cleared: number }> {
      const cleared = await holding(chatId, async () => {
        const chat = await units.run('clear chat', (unit) => clearNow(unit, who, chatId));
        const after = { ms: chat.clearedMs, seq: chat.clearedSeq };
        return count(chatId, after, { ms: chat.lastMs, seq: chat.lastSeq });
      });
      void purgeCleared();
      return { ok: true, cleared };
    },

    /** The time of the next wipe in any chat. */
    nextWipe: () => chatClearings.findNextWipe(read),

    /** Wipes the chats whose timer has expired: once each, even if several periods have passed. */
    async wipeDue(): Promise<void> {
      let due: chatClearings.DueWipe[];
      do {
        due = await chatClearings.listDueWipes(read, clock.now(), WIPED_AT_ONCE);
        let failure: unknown;
        for (const one of due)
          await wipe(one).catch((error: unknown) => {
            failure = error;
          });
        if (failure) throw failure;
      } while (due.length === WIPED_AT_ONCE && !isStopped);
      void purgeCleared();
    },

    purgeCleared,

    /** Starts nothing new, and waits for work in progress. */
    async stop(): Promise<void> {
      isStopped = true;
      await purging;
    },
  };
}
