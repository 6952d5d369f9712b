import type { Clock } from '../../../core/clock.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { ShownUser } from '../../people/users/users.presenter.ts';
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
  e2ee: Pick<E2ee, 'rotate' | 'forgetUser' | 'closeHistory' | 'sessionsWithKey'>;
};

/** Whether the room was a crowd at the time of arrival. */
type Arriving = { isCrowd: boolean };
/** The code that admitted the person: an invite's code, or the slug. */
type Way = Arriving & { method: 'invite' | 'vanity'; code: string | null };

type Exit = {
  chatId: number;
  userId: number;
  /** The authority: a moderator's proof, the person themselves, or a rule that follows from an earlier decision. */
  by: Allowed<'moderator'> | 'oneself' | 'rule';
  how: 'leave' | 'kick' | 'ban';
  reason: string | null;
  /** The moderator, as the chat knows them. */
  actor?: ShownUser | null;
  /**
   * Whether the chat gets a new key: `always`; only if the person can read under the current one; `later`, by the
   * caller, once for several people; or `never`, which also drops the keys sealed for them.
   */
  rekey: 'always' | 'if they may read' | 'later' | 'never';
};

export type Membership = ReturnType<typeof createMembership>;

/**
 * The door of a chat. Everyone enters by {@link Membership.arrive} or {@link Membership.admit} and goes by
 * {@link Membership.putOut}, so that the membership, its keys, its record and its announcement change together.
 */
export function createMembership({ units, clock, chats, messages, e2ee }: Deps) {
  /** Announces a join once, however the person came in. A crowd gets one line per second for all arrivals. */
  async function tellJoined(unit: Unit<Events>, who: UserPrincipal, chat: ChatRow, way: Arriving): Promise<void> {
    if (way.isCrowd) unit.emit({ name: 'member.came', chatId: chat.id, username: who.username });
    else await messages.announce(unit, chat.id, `${who.username} joined the chat`);
  }

  /** The visit to save. A newcomer starts after the chat's last message and, with a closed history, under a new key. */
  async function beginVisit(unit: Unit<Events>, who: UserPrincipal, chat: ChatRow, way: Arriving) {
    const visit = await members.findVisit(unit.db, chat.id, who.userId);
    // In a crowd the keys would never settle: there the distribution rotates, at most every other second.
    if (!visit && !chat.historyVisible && !way.isCrowd) await e2ee.closeHistory(unit, chat.id);
    const { sinceMs, sinceSeq } = visit ?? { sinceMs: chat.lastMs, sinceSeq: chat.lastSeq };
    return { visit, since: { chatId: chat.id, userId: who.userId, sinceMs, sinceSeq } };
  }

  /** Whether the person may have the current key. Leaving or signing out does not change it. */
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
   * Ends a person's membership and visit in the caller's unit and, as `rekey` says, replaces the chat's key. After the
   * commit they are notified and lose the channel. False if they were neither a member nor in the room.
   */
  async function putOut(unit: Unit<Events>, exit: Exit): Promise<boolean> {
    const { db, emit } = unit;
    const { chatId, userId, how, reason, actor = null } = exit;
    const mayRead = exit.rekey === 'if they may read' && (await mayHoldKey(db, exit));
    const wasMember = await members.removeMember(db, chatId, userId);
    const visit = await members.findVisit(db, chatId, userId);
    await members.insertActivity(db, { chatId, userId, action: how, createdAt: clock.now() });
    await members.forgetVisit(db, chatId, userId);
    const wasThere = wasMember || visit?.leftAt === null;
    const keyedSessions = await e2ee.sessionsWithKey(db, chatId, userId);
    emit({ name: 'member.removed', chatId, userId, how, reason, actor, wasThere, keyedSessions });
    await rekey(unit, exit, wasThere || mayRead);
    return wasThere;
  }

  return {
    putOut,

    /** Records an arrival in the room, in the caller's unit. Announces a join, but not a return within a minute. */
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

    /** Makes the person a member, in the caller's unit. Their later arrival in the room counts as the same join. */
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
      // Already in the room of an open chat, and announced then.
      if (visit?.leftAt === null) return;
      await members.saveVisit(unit.db, { ...since, arrivedAt: now, leftAt: now });
      await tellJoined(unit, who, chat, way);
    },

    /** Ends the caller's own membership. The owner cannot leave. */
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

    /** Records a departure from the room at `leftAt`. An arrival since then stands. */
    async depart(chatId: number, userId: number, leftAt: number): Promise<void> {
      await units.run('leave room', ({ db }) => members.closeVisit(db, chatId, userId, leftAt));
    },

    /** At start: closes the visits that were open when the server stopped, as if everyone left now. */
    async closeVisits(): Promise<void> {
      await units.run('close visits', ({ db }) => members.closeAllVisits(db, clock.now()));
    },
  };
}
