import type { Clock } from '../../../core/clock.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { isOwner } from '../chats/chats.policy.ts';
import { findChat } from '../chats/chats.repository.ts';
import type { Allowed, Chats } from '../chats/chats.service.ts';
import type { ChatRow } from '../chats/chats.tables.ts';
import * as members from '../chats/members.repository.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { E2ee } from '../keys/keys.service.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';
import { findLastAction } from './activity.repository.ts';
import { isReturn } from './membership.policy.ts';

type Events = ChatsEvent | MessagesEvent | E2eeEvent;

type Deps = {
  units: Pick<Units<Events>, 'run'>;
  clock: Clock;
  chats: Pick<Chats, 'requireAccess'>;
  messages: Pick<Messages, 'announce'>;
  e2ee: Pick<E2ee, 'rotate' | 'forgetUser' | 'closeHistory'>;
};

/** Whether the room was a crowd when someone came in. */
type Arriving = { isCrowd: boolean };
/** By which code someone came in: an invite's, or the slug. */
type Way = Arriving & { method: 'invite' | 'vanity'; code: string | null };

type Exit = {
  chatId: number;
  userId: number;
  /** By what right: a moderator's, one's own, or a rule that follows from something decided elsewhere. */
  by: Allowed<'moderator'> | 'oneself' | 'rule';
  how: 'leave' | 'kick' | 'ban';
  reason: string | null;
  /**
   * Whether the chat gets a new key: `always`; only if the person may read what is said under the present one; `later`, by
   * the caller, once for several people; or `never`, and what was sealed for them is dropped.
   */
  rekey: 'always' | 'if they may read' | 'later' | 'never';
};

export type Membership = ReturnType<typeof createMembership>;

/**
 * The door of a chat. Everybody comes in by {@link Membership.arrive} or {@link Membership.admit} and goes by
 * {@link Membership.putOut}, so that a membership, its keys, its record and what the room is told always change together.
 */
export function createMembership({ units, clock, chats, messages, e2ee }: Deps) {
  /** Someone joins: once, however they came. A crowd hears of it in one line a second for everyone. */
  async function tellJoined(unit: Unit<Events>, who: UserPrincipal, chat: ChatRow, way: Arriving): Promise<void> {
    if (way.isCrowd) unit.emit({ name: 'member.came', chatId: chat.id, username: who.username });
    else await messages.announce(unit, chat.id, `${who.username} joined the chat`);
  }

  /** The visit as it is to be saved. A newcomer begins after the chat's last message, and under a key of their own. */
  async function beginVisit(unit: Unit<Events>, who: UserPrincipal, chat: ChatRow, way: Arriving) {
    const visit = await members.findVisit(unit.db, chat.id, who.userId);
    // A crowd would never come to rest: there the distribution sees to a new key, every other second.
    if (!visit && !chat.historyVisible && !way.isCrowd) await e2ee.closeHistory(unit, chat.id);
    const { sinceMs, sinceSeq } = visit ?? { sinceMs: chat.lastMs, sinceSeq: chat.lastSeq };
    return { visit, since: { chatId: chat.id, userId: who.userId, sinceMs, sinceSeq } };
  }

  /** Whether the person may have the chat's present key. Someone who left or signed out had it, and it is still the same. */
  async function mayHoldKey(db: Queries, { chatId, userId }: Exit): Promise<boolean> {
    if ((await findChat(db, chatId))?.ownerId === userId) return true;
    const action = (await findLastAction(db, chatId, userId))?.action;
    return action === 'join' || action === 'leave';
  }

  async function rekey(unit: Unit<Events>, exit: Exit, mayRead: boolean): Promise<void> {
    if (exit.rekey === 'never') await e2ee.forgetUser(unit.db, exit.chatId, exit.userId);
    if (exit.rekey === 'never' || exit.rekey === 'later') return;
    if (exit.rekey === 'if they may read' && !mayRead) return;
    await e2ee.rotate(unit, exit.chatId, exit.how === 'ban' ? 'ban' : 'kick');
  }

  /**
   * Ends someone's membership in the caller's unit, with their visit and, as `rekey` says, the chat's key. After the commit
   * they are told, and lose the channel. False when they were neither a member nor in the room.
   */
  async function putOut(unit: Unit<Events>, exit: Exit): Promise<boolean> {
    const { db, emit } = unit;
    const { chatId, userId, how, reason } = exit;
    const mayRead = exit.rekey === 'if they may read' && (await mayHoldKey(db, exit));
    const wasMember = await members.removeMember(db, chatId, userId);
    const visit = await members.findVisit(db, chatId, userId);
    await members.insertActivity(db, { chatId, userId, action: how, createdAt: clock.now() });
    await members.forgetVisit(db, chatId, userId);
    const wasThere = wasMember || visit?.leftAt === null;
    emit({ name: 'member.removed', chatId, userId, how, reason, wasThere });
    await rekey(unit, exit, wasThere || mayRead);
    return wasThere;
  }

  return {
    putOut,

    /** Notes that someone is in the room, in the caller's unit. A join is told; a return within a minute is not. */
    async arrive(unit: Unit<Events>, who: UserPrincipal, chat: ChatRow, isCrowd: boolean): Promise<void> {
      const way = { isCrowd };
      const now = clock.now();
      const { visit, since } = await beginVisit(unit, who, chat, way);
      await members.saveVisit(unit.db, { ...since, arrivedAt: now, leftAt: null });
      if (visit && isReturn(visit, now)) return;
      const entry = { chatId: chat.id, userId: who.userId, action: 'join', method: 'direct', createdAt: now } as const;
      await members.insertActivity(unit.db, entry);
      await tellJoined(unit, who, chat, way);
    },

    /** Makes a member of someone who is none yet, in the caller's unit. Their arrival in the room is the same join. */
    async admit(unit: Unit<Events>, who: UserPrincipal, chat: ChatRow, way: Way): Promise<void> {
      const now = clock.now();
      await members.addMember(unit.db, chat.id, who.userId, now);
      const { method, code: inviteCode } = way;
      const entry = {
        chatId: chat.id,
        userId: who.userId,
        action: 'join',
        method,
        inviteCode,
        createdAt: now,
      } as const;
      await members.insertActivity(unit.db, entry);
      unit.emit({ name: 'member.added', chatId: chat.id, userId: who.userId });
      const { visit, since } = await beginVisit(unit, who, chat, way);
      // They are in the room of an open chat already, and were announced then.
      if (visit?.leftAt === null) return;
      await members.saveVisit(unit.db, { ...since, arrivedAt: now, leftAt: now });
      await tellJoined(unit, who, chat, way);
    },

    /** Ends one's own membership. The owner cannot. */
    async leave(who: UserPrincipal, chatId: number): Promise<{ message: string }> {
      return units.run('leave chat', async (unit) => {
        const { chat, standing } = await chats.requireAccess(unit.db, who, chatId);
        if (isOwner(who, standing)) throw chatErrors.ownerCannotLeave();
        if (!standing.isMember) throw chatErrors.notMember();
        await putOut(unit, { chatId, userId: who.userId, by: 'oneself', how: 'leave', reason: null, rekey: 'never' });
        await messages.announce(unit, chatId, `${who.username} left the chat`);
        return { message: `Left chat '${chat.name}'` };
      });
    },

    /** Someone has left the room at `leftAt`; an arrival since then stands. */
    async depart(chatId: number, userId: number, leftAt: number): Promise<void> {
      await units.run('leave room', ({ db }) => members.closeVisit(db, chatId, userId, leftAt));
    },

    /** At start: everyone who was in a room when the server stopped left at that moment, as far as announcements go. */
    async closeVisits(): Promise<void> {
      await units.run('close visits', ({ db }) => members.closeAllVisits(db, clock.now()));
    },
  };
}
