import { type Clock, isoTimeOrNull } from '../../../core/clock.ts';
import { DAY_MS, HOUR_MS, SECOND_MS, secondsToWait } from '../../../core/durations.ts';
import { rateLimited } from '../../../core/errors.ts';
import { Level, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import type { NotificationsEvent } from '../../people/notifications/notifications.events.ts';
import type { PlatformModerationEvent } from '../../people/sanctions/platform-moderation.events.ts';
import type { PlatformModeration } from '../../people/sanctions/platform-moderation.service.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import { insertPunishment, liftInChat } from '../../people/sanctions/sanctions.repository.ts';
import type { SessionsEvent } from '../../people/sessions/sessions.events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { findStanding } from '../chats/chats.repository.ts';
import { findVisit } from '../chats/members.repository.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import { findLastAction } from '../membership/activity.repository.ts';
import type { Membership } from '../membership/membership.service.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';
import * as bans from './chat-bans.repository.ts';
import type { ModerationEvent } from './moderation.events.ts';
import type { ChatBanBody, ChatTimeoutBody, TargetBody } from './moderation.model.ts';
import type { Target, Targets } from './targets.ts';

type Events =
  | ChatsEvent
  | MessagesEvent
  | E2eeEvent
  | NotificationsEvent
  | SessionsEvent
  | PlatformModerationEvent
  | ModerationEvent;

type Deps = {
  units: Pick<Units<Events>, 'run'>;
  clock: Clock;
  limiter: RateLimiter;
  limits: { enabled: boolean };
  audit: Pick<Audit, 'record'>;
  targets: Targets;
  membership: Pick<Membership, 'putOut'>;
  messages: Pick<Messages, 'announce'>;
  platformModeration: Pick<PlatformModeration, 'giveWarning' | 'giveTimeout'>;
};

/** System messages, after the person's name. */
const BANNED = 'was banned from the chat';
const TIMED_OUT = 'was timed out';
/** Warnings from one chat owner without a staff level to one person. */
const WARNINGS = { limit: 3, windowMs: HOUR_MS };
/** After this time away, only staff can warn a person. */
const GONE_MS = DAY_MS;

type Ban = { durationS: number; reason: string | null; says: string };

export type Moderation = ReturnType<typeof createModeration>;

/** Moderation in one chat. */
export function createModeration(deps: Deps) {
  const { units, clock, limiter, limits, audit, targets, membership, messages, platformModeration } = deps;

  /** Removes a person from the chat, if they are in it, and keeps them out. Replaces a ban already in force. */
  async function banFrom(
    unit: Unit<Events>,
    who: UserPrincipal,
    { chat, target, by, actor }: Target,
    ban: Ban,
  ): Promise<void> {
    const { db } = unit;
    const { durationS, reason, says } = ban;
    const [chatId, userId, now] = [chat.id, target.id, clock.now()];
    await membership.putOut(unit, { chatId, userId, by, actor, how: 'ban', reason, rekey: 'if they may read' });
    const expiresAt = durationS === 0 ? null : now + durationS * SECOND_MS;
    const term = { chatId, userId, reason, createdAt: now, expiresAt };
    await bans.saveBan(db, { ...term, bannedBy: who.userId });
    await liftInChat(db, { userId, chatId, actionType: 'CHAT_BAN' }, now);
    await insertPunishment(db, { ...term, actionType: 'CHAT_BAN', issuedBy: who.userId });
    await messages.announce(unit, chatId, `${target.username} ${says}`);
    const about = { user_id: userId, username: target.username, chat: chat.name };
    const metadata = { ...about, reason, expires_at: isoTimeOrNull(expiresAt) };
    await audit.record(db, { event: 'CHAT_BAN', entity: ['chat', chatId], actor: who, metadata });
    unit.emit({ name: 'member.banned', chatId, userId, durationS, reason, actor });
  }

  /** A warning is permanent, so a chat's owner may warn only people who were in the chat lately. */
  async function requireWasInChat(db: Queries, { chat, target }: Target): Promise<void> {
    const now = clock.now();
    const standing = await findStanding(db, chat.id, target.id, now);
    const visit = await findVisit(db, chat.id, target.id);
    if (standing?.memberSince || (visit && (visit.leftAt ?? now) > now - GONE_MS)) return;
    const last = await findLastAction(db, chat.id, target.id);
    if (!last || last.action === 'ban' || last.at <= now - GONE_MS) throw sanctionErrors.notLately();
  }

  /** Keeps a chat's owner from flooding a person with warnings. */
  async function consumeWarning(who: UserPrincipal, userId: number): Promise<void> {
    if (!limits.enabled || who.level > Level.User) return;
    const { allowed, resetMs } = await limiter.consume(`warnings:${who.userId}:${userId}`, WARNINGS);
    if (!allowed) throw rateLimited({ retry_after: secondsToWait(resetMs) });
  }

  return {
    /** Removes a person from a chat: their membership ends, and the key changes so that they cannot read on. */
    async kick(
      who: UserPrincipal,
      chatId: number,
      userId: number,
      reason: string | null,
    ): Promise<{ username: string; chat: string }> {
      return units.run('kick', async (unit) => {
        const { chat, target, by, actor } = await targets.require(unit.db, who, chatId, userId);
        const exit = { chatId, userId, by, actor, how: 'kick', reason, rekey: 'always' } as const;
        if (!(await membership.putOut(unit, exit))) throw sanctionErrors.notInChat();
        await messages.announce(unit, chatId, `${target.username} was kicked from the chat`);
        await insertPunishment(unit.db, {
          userId,
          chatId,
          actionType: 'CHAT_KICK',
          reason,
          issuedBy: who.userId,
          createdAt: clock.now(),
        });
        const metadata = { user_id: userId, username: target.username, chat: chat.name, reason };
        await audit.record(unit.db, { event: 'CHAT_KICK', entity: ['chat', chatId], actor: who, metadata });
        return { username: target.username, chat: chat.name };
      });
    },

    /** Bans a person from a chat, for good or for a time, whether or not they are in it. */
    async ban(who: UserPrincipal, chatId: number, { user_id, duration = 0, reason }: ChatBanBody): Promise<void> {
      return units.run('ban from chat', async (unit) => {
        const found = await targets.require(unit.db, who, chatId, user_id);
        await banFrom(unit, who, found, { durationS: duration, reason: reason ?? null, says: BANNED });
      });
    },

    /** Lifts a ban. Does nothing if there is none. */
    async unban(who: UserPrincipal, chatId: number, { user_id: userId, reason }: TargetBody): Promise<void> {
      return units.run('unban from chat', async ({ db, emit }) => {
        const { chat, target } = await targets.require(db, who, chatId, userId);
        if (!(await bans.removeBan(db, chatId, userId))) return;
        await liftInChat(db, { userId, chatId, actionType: 'CHAT_BAN' }, clock.now());
        const metadata = { user_id: userId, username: target.username, chat: chat.name, reason: reason ?? null };
        await audit.record(db, { event: 'CHAT_UNBAN', entity: ['chat', chatId], actor: who, metadata });
        emit({ name: 'member.unbanned', chatId, userId });
      });
    },

    /** Adds a warning to the person's platform-wide record and announces it in the chat. */
    async warn(who: UserPrincipal, chatId: number, { user_id, reason }: TargetBody): Promise<void> {
      await consumeWarning(who, user_id);
      return units.run('warn in chat', async (unit) => {
        const found = await targets.require(unit.db, who, chatId, user_id);
        const { chat, target, outranks } = found;
        if (who.level === Level.User) await requireWasInChat(unit.db, found);
        await platformModeration.giveWarning(unit, outranks, { reason: reason ?? null, expiresAt: null, chat });
        await messages.announce(unit, chatId, `${target.username} was warned`);
      });
    },

    /**
     * Staff: a platform-wide timeout, within their own powers. A chat owner without staff level: a temporary ban from
     * this chat.
     */
    async timeout(who: UserPrincipal, chatId: number, body: ChatTimeoutBody): Promise<void> {
      const { user_id: userId, duration: durationS } = body;
      const reason = body.reason ?? null;
      return units.run('time out in chat', async (unit) => {
        const found = await targets.require(unit.db, who, chatId, userId);
        const { chat, target } = found;
        if (who.level === Level.User) return banFrom(unit, who, found, { durationS, reason, says: TIMED_OUT });
        const expiresAt = clock.now() + durationS * SECOND_MS;
        await platformModeration.giveTimeout(unit, who, userId, { reason, expiresAt, chat });
        await messages.announce(unit, chatId, `${target.username} ${TIMED_OUT}`);
      });
    },
  };
}
