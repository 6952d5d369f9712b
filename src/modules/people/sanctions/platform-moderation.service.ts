import { type Clock, isoTimeOrNull } from '../../../core/clock.ts';
import { invalid, levelRequired } from '../../../core/errors.ts';
import { actorId, hasLevel, Level, type Principal, SYSTEM } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { NotificationsEvent } from '../notifications/notifications.events.ts';
import type { Notifications } from '../notifications/notifications.service.ts';
import type { SessionsEvent } from '../sessions/sessions.events.ts';
import { listLastAddresses } from '../sessions/sessions.repository.ts';
import type { Sessions } from '../sessions/sessions.service.ts';
import type { StrangerBlocks } from '../strangers/stranger-blocks.service.ts';
import type { Outranks, Rights } from '../users/rights.service.ts';
import { isBanned, isTimedOut, UserState } from '../users/users.policy.ts';
import type { AvatarAddress } from '../users/users.presenter.ts';
import type { UserRow } from '../users/users.tables.ts';
import type { PlatformModerationEvent } from './platform-moderation.events.ts';
import type { ActionsQuery, ModerationActions, PunishBody } from './platform-moderation.model.ts';
import { accountStateBy, isActive, KEEPING_OUT, LONGEST_BY_MODERATOR_MS } from './platform-moderation.policy.ts';
import { presentAction } from './platform-moderation.presenter.ts';
import * as repository from './platform-moderation.repository.ts';
import { sanctionErrors } from './sanctions.errors.ts';
import { insertPunishment } from './sanctions.repository.ts';
import type { PunishmentRow } from './sanctions.tables.ts';

type Events = NotificationsEvent | SessionsEvent | PlatformModerationEvent;

type Deps = {
  read: Queries;
  units: Pick<Units<Events>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  rights: Pick<Rights, 'requireOutranks' | 'requireOtherOwner'>;
  sessions: Pick<Sessions, 'end'>;
  notifications: Pick<Notifications, 'tell'>;
  strangerBlocks: Pick<StrangerBlocks, 'blockAddressesOf' | 'unblockAddressesOf'>;
  avatarAddress: AvatarAddress;
  /** Filters the chats that are open to everyone. */
  listOpenChats(db: Queries, ids: readonly number[]): Promise<number[]>;
};

/** Why and until when, and the chat where it happened; without one, platform-wide. */
type Sentence = { reason: string | null; expiresAt: number | null; chat?: { id: number; name: string } };
type Kind = 'PLATFORM_BAN' | 'PLATFORM_TIMEOUT' | 'PLATFORM_WARNING';
type Done = Promise<{ message: string }>;

const EVENTS = { PLATFORM_BAN: 'USER_BAN', PLATFORM_TIMEOUT: 'USER_TIMEOUT', PLATFORM_WARNING: 'USER_WARN' } as const;
const LIFTS = { PLATFORM_BAN: 'USER_UNBAN', PLATFORM_TIMEOUT: 'USER_TIMEOUT_LIFT' } as const;
const OVER_AT_ONCE = 50;
const NO_REASON = 'No reason was given';

export type PlatformModeration = ReturnType<typeof createPlatformModeration>;

/**
 * Platform-wide moderation. An account's state is derived from the actions in force, and stored with the user because every
 * request reads it.
 */
export function createPlatformModeration(deps: Deps) {
  const { read, units, clock, audit, rights, sessions, notifications, strangerBlocks, avatarAddress, listOpenChats } =
    deps;

  /** Nobody may punish themselves. */
  function requireTarget(db: Queries, principal: Principal, userId: number, level: Level): Promise<Outranks> {
    return rights.requireOutranks(db, principal, userId, { level, self: sanctionErrors.self });
  }

  /** Shortening a timeout lifts part of it, so it takes the level that may lift it. */
  function requireMayReplace({ actor, target }: Outranks, expiresAt: number | null): void {
    if (hasLevel(actor, Level.Admin) || !isTimedOut(target, clock.now())) return;
    if (Number(expiresAt) < Number(target.stateExpiresAt)) throw sanctionErrors.endsEarlier();
  }

  function requireMayLast({ actor }: Outranks, expiresAt: number | null): void {
    if (hasLevel(actor, Level.Admin)) return;
    if (Number(expiresAt) - clock.now() > LONGEST_BY_MODERATOR_MS)
      throw invalid.saying('expires_at must be within 30 days unless set by an Admin')({
        field: 'expires_at',
      });
  }

  /** Records an action and its audit entry. */
  async function punish(
    db: Queries,
    { actor, target }: Outranks,
    actionType: Kind,
    { reason, expiresAt, chat }: Sentence,
  ): Promise<void> {
    const punishment = { userId: target.id, actionType, reason, expiresAt, createdAt: clock.now() };
    await insertPunishment(db, { ...punishment, issuedBy: actorId(actor) });
    const where = chat ? { chat_id: chat.id, chat: chat.name } : {};
    const metadata = { username: target.username, reason, expires_at: isoTimeOrNull(expiresAt), ...where };
    await audit.record(db, { event: EVENTS[actionType], entity: ['user', target.id], actor, metadata });
  }

  async function lift(db: Queries, punishments: readonly PunishmentRow[]): Promise<void> {
    const ids = punishments.map(({ id }) => id);
    if (ids.length > 0) await repository.lift(db, ids, clock.now());
  }

  /** Lifts earlier actions of the same kind, which the new one replaces. */
  async function replace(db: Queries, userId: number, kind: keyof typeof LIFTS): Promise<void> {
    await lift(db, await repository.listHolding(db, userId, [kind]));
  }

  /** Derives the account's state from the actions in force. */
  async function settle(db: Queries, userId: number): Promise<void> {
    const now = clock.now();
    const state = accountStateBy(await repository.listHolding(db, userId, KEEPING_OUT), now);
    await repository.setAccountState(db, userId, { ...state, updatedAt: now });
  }

  /** Lifts actions in force, or only the expired ones, and resets a state that has no action on record. */
  async function release(
    db: Queries,
    actor: Principal,
    target: UserRow,
    { reason, overOnly }: { reason: string | null; overOnly: boolean },
  ): Promise<void> {
    const now = clock.now();
    const holding = await repository.listHolding(db, target.id, KEEPING_OUT);
    const ending = holding.filter(({ expiresAt }) => !overOnly || (expiresAt !== null && expiresAt <= now));
    await lift(db, ending);
    await settle(db, target.id);
    const kinds = new Set(ending.map(({ actionType }) => actionType as keyof typeof LIFTS));
    if (target.state === UserState.Banned) kinds.add('PLATFORM_BAN');
    if (target.state === UserState.Timeout) kinds.add('PLATFORM_TIMEOUT');
    const metadata = { username: target.username, reason, ...(overOnly ? { expired: true } : {}) };
    if (kinds.has('PLATFORM_BAN')) await strangerBlocks.unblockAddressesOf(db, target.id);
    for (const kind of kinds)
      await audit.record(db, { event: LIFTS[kind], entity: ['user', target.id], actor, metadata });
  }

  function tell(unit: Unit<Events>, { actor, target }: Outranks, title: string, reason: string | null): Promise<void> {
    const body = reason?.trim() ? reason : NO_REASON;
    return notifications.tell(unit, { userId: target.id, title, body, type: 'warning', createdBy: actorId(actor) });
  }

  /** Warns someone in the caller's unit. */
  async function giveWarning(unit: Unit<Events>, outranks: Outranks, sentence: Sentence): Promise<void> {
    await punish(unit.db, outranks, 'PLATFORM_WARNING', sentence);
    const where = sentence.chat ? ` in '${sentence.chat.name}'` : '';
    await tell(unit, outranks, `You have been warned${where}`, sentence.reason);
  }

  /** Times someone out platform-wide in the caller's unit. Replaces a timeout in force. */
  async function giveTimeout(
    unit: Unit<Events>,
    principal: Principal,
    userId: number,
    sentence: Sentence,
  ): Promise<void> {
    const { reason, expiresAt } = sentence;
    const outranks = await requireTarget(unit.db, principal, userId, Level.Moderator);
    if (isBanned(outranks.target, clock.now())) throw sanctionErrors.alreadyBanned();
    requireMayLast(outranks, expiresAt);
    requireMayReplace(outranks, expiresAt);
    await rights.requireOtherOwner(unit.db, outranks.target);
    await replace(unit.db, userId, 'PLATFORM_TIMEOUT');
    await punish(unit.db, outranks, 'PLATFORM_TIMEOUT', sentence);
    await settle(unit.db, userId);
    await tell(unit, outranks, `You are timed out until ${isoTimeOrNull(expiresAt)}`, reason);
    unit.emit({ name: 'user.timed_out', userId });
  }

  /** Tells which chats on this page are hidden from the actor. */
  async function hiddenChats(actor: Principal, rows: readonly { action: PunishmentRow }[]) {
    if (hasLevel(actor, Level.Admin)) return () => false;
    const ids = rows.flatMap(({ action }) => action.chatId ?? []);
    const open = new Set(await listOpenChats(read, ids));
    return (chatId: number | null) => chatId !== null && !open.has(chatId);
  }

  /** Undefined and null mean no end. Throws `ERR_VALIDATION`. */
  function endOf(expires_at: string | null | undefined): number | null {
    const expiresAt = expires_at === undefined || expires_at === null ? null : Date.parse(expires_at);
    if (expiresAt !== null && !(expiresAt > clock.now()))
      throw invalid.saying('expires_at must be in the future')({ field: 'expires_at' });
    return expiresAt;
  }

  return {
    giveWarning,
    giveTimeout,

    /** Bans a user, with or without an end, and ends their sessions. Nor may they search as a stranger. Replaces a ban in force. */
    async ban(principal: Principal, userId: number, { reason, expires_at }: PunishBody): Done {
      const expiresAt = endOf(expires_at);
      return units.run('ban user', async (unit) => {
        const outranks = await requireTarget(unit.db, principal, userId, Level.Admin);
        await rights.requireOtherOwner(unit.db, outranks.target);
        await replace(unit.db, userId, 'PLATFORM_BAN');
        await punish(unit.db, outranks, 'PLATFORM_BAN', { reason, expiresAt });
        await settle(unit.db, userId);
        const addresses = await listLastAddresses(unit.db, userId, clock.now());
        const block = { reason, issuedById: actorId(outranks.actor), endsAt: expiresAt };
        await strangerBlocks.blockAddressesOf(unit.db, userId, addresses, block);
        for (const id of await repository.listSessionIds(unit.db, userId)) await sessions.end(unit, id, 'banned');
        return { message: `User ${userId} banned` };
      });
    },

    /** Lifts a ban and a timeout. Does nothing if neither is in force. */
    async unban(principal: Principal, userId: number, reason: string | null = null): Done {
      return units.run('unban user', async ({ db }) => {
        const { actor, target } = await requireTarget(db, principal, userId, Level.Admin);
        if (target.state !== UserState.Active) await release(db, actor, target, { reason, overOnly: false });
        return { message: `User ${userId} unbanned` };
      });
    },

    /** Records a warning and notifies the user. */
    async warn(principal: Principal, userId: number, { reason, expires_at }: PunishBody): Done {
      const expiresAt = endOf(expires_at);
      return units.run('warn user', async (unit) => {
        const outranks = await requireTarget(unit.db, principal, userId, Level.Moderator);
        await giveWarning(unit, outranks, { reason, expiresAt });
        return { message: `User ${userId} warned` };
      });
    },

    /** Times a user out: sockets are disconnected, sessions stay. Replaces a timeout in force. */
    async timeout(
      principal: Principal,
      userId: number,
      { reason, expires_at }: PunishBody & { expires_at: string },
    ): Done {
      const expiresAt = endOf(expires_at);
      return units.run('time out user', async (unit) => {
        await giveTimeout(unit, principal, userId, { reason, expiresAt });
        return { message: `User ${userId} timed out` };
      });
    },

    /** Moderation actions, platform-wide and in chats, newest first. */
    async list(actor: Principal, query: ActionsQuery): Promise<ModerationActions> {
      if (!hasLevel(actor, Level.Moderator)) throw levelRequired(Level.Moderator)();
      const { user_id, issued_by, action_type, active_only, offset, limit } = query;
      const now = clock.now();
      const activeAt = active_only === 'true' ? now : undefined;
      const filter = { userId: user_id, issuedBy: issued_by, type: action_type, activeAt };
      const total = await repository.countActions(read, filter);
      const rows = await repository.listActions(read, filter, offset, limit);
      const isHidden = await hiddenChats(actor, rows);
      const actions = rows.map((row) => {
        const { action } = row;
        const seen = { ...row, isActive: isActive(action, now), isHidden: isHidden(action.chatId) };
        return presentAction(seen, avatarAddress);
      });
      return {
        actions,
        total,
        limit,
        offset,
      };
    },

    /** Ends expired bans and timeouts. True when there may be more. */
    async endOver(): Promise<boolean> {
      const found: number[] = [];
      for (const state of [UserState.Timeout, UserState.Banned])
        found.push(...(await repository.listOver(read, state, clock.now(), OVER_AT_ONCE - found.length)));
      if (found.length === 0) return false;
      await units.run('end punishments', async ({ db }) => {
        for (const userId of found) {
          const target = await repository.findOver(db, userId, clock.now());
          if (target) await release(db, SYSTEM, target, { reason: null, overOnly: true });
        }
      });
      return found.length === OVER_AT_ONCE;
    },
  };
}
