import { type Clock, isoTimeOrNull } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import { Level, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import * as repository from '../../people/sanctions/sanctions.repository.ts';
import { EVERY_CHAT } from '../../people/sanctions/sanctions.tables.ts';
import type { Outranks, Rights } from '../../people/users/rights.service.ts';
import type { ModerationEvent } from './moderation.events.ts';
import { MUTED_BY_DEFAULT_S, type MuteBody, type TargetBody } from './moderation.model.ts';
import type { Targets } from './targets.ts';

type Deps = {
  units: Pick<Units<ModerationEvent>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  rights: Pick<Rights, 'requireOutranks'>;
  targets: Targets;
};

type Mute = { userId: number; chatId: number; durationS: number; reason: string | null };

export type Muting = ReturnType<typeof createMuting>;

/** Mutes and unmutes people, in one chat or in all of them. For the effect, see mutes.ts. */
export function createMuting({ units, clock, audit, rights, targets }: Deps) {
  /** Replaces a mute of the same scope. Returns when the mute ends; null for never. */
  async function mute(db: Queries, who: UserPrincipal, { userId, chatId, durationS, reason }: Mute) {
    const now = clock.now();
    const expiresAt = durationS === 0 ? null : now + durationS * SECOND_MS;
    const term = { userId, reason, createdAt: now, expiresAt };
    await repository.saveMute(db, { ...term, chatId, mutedBy: who.userId });
    await repository.liftInChat(db, { userId, chatId, actionType: 'CHAT_MUTE' }, now);
    const inChat = chatId === EVERY_CHAT ? null : chatId;
    const punishment = { ...term, chatId: inChat, actionType: 'CHAT_MUTE' as const, issuedBy: who.userId };
    await repository.insertPunishment(db, punishment);
    return expiresAt;
  }

  /** False if there was none. */
  async function unmute(db: Queries, userId: number, chatId: number): Promise<boolean> {
    if (!(await repository.removeMute(db, userId, chatId))) return false;
    await repository.liftInChat(db, { userId, chatId, actionType: 'CHAT_MUTE' }, clock.now());
    return true;
  }

  /** Platform-wide mutes require an Admin, whatever route or socket event is used. */
  function requireEverywhere(db: Queries, who: UserPrincipal, userId: number): Promise<Outranks> {
    return rights.requireOutranks(db, who, userId, { level: Level.Admin, self: sanctionErrors.self });
  }

  return {
    /** Mutes a person in one chat, for a time or for good. */
    async mute(who: UserPrincipal, chatId: number, body: MuteBody): Promise<void> {
      const { user_id: userId, duration: durationS = MUTED_BY_DEFAULT_S } = body;
      const reason = body.reason ?? null;
      return units.run('mute', async ({ db, emit }) => {
        const { chat, target, actor } = await targets.require(db, who, chatId, userId);
        const expiresAt = await mute(db, who, { userId, chatId, durationS, reason });
        const about = { user_id: userId, username: target.username, chat: chat.name };
        const metadata = { ...about, reason, expires_at: isoTimeOrNull(expiresAt) };
        await audit.record(db, { event: 'CHAT_MUTE', entity: ['chat', chatId], actor: who, metadata });
        emit({ name: 'member.muted', chatId, userId, durationS, reason, actor });
      });
    },

    /** Lifts a mute in one chat. A platform-wide mute stays in force. */
    async unmute(who: UserPrincipal, chatId: number, { user_id: userId, reason }: TargetBody): Promise<void> {
      return units.run('unmute', async ({ db, emit }) => {
        const { chat, target } = await targets.require(db, who, chatId, userId);
        if (!(await unmute(db, userId, chatId))) return;
        const metadata = { user_id: userId, username: target.username, chat: chat.name, reason: reason ?? null };
        await audit.record(db, { event: 'CHAT_UNMUTE', entity: ['chat', chatId], actor: who, metadata });
        emit({ name: 'member.unmuted', chatId, userId });
      });
    },

    /** Mutes a person in every chat, direct ones included. Requires an Admin. */
    async hardMute(who: UserPrincipal, body: MuteBody): Promise<void> {
      const { user_id: userId, duration: durationS = MUTED_BY_DEFAULT_S } = body;
      const reason = body.reason ?? null;
      return units.run('hard mute', async ({ db, emit }) => {
        const { username } = (await requireEverywhere(db, who, userId)).target;
        const expiresAt = await mute(db, who, { userId, chatId: EVERY_CHAT, durationS, reason });
        const metadata = { username, reason, expires_at: isoTimeOrNull(expiresAt) };
        await audit.record(db, { event: 'USER_HARD_MUTE', entity: ['user', userId], actor: who, metadata });
        emit({ name: 'user.hard_muted', userId, durationS });
      });
    },

    /** Lifts a platform-wide mute; mutes in single chats stay. */
    async hardUnmute(who: UserPrincipal, { user_id: userId, reason }: TargetBody): Promise<void> {
      return units.run('hard unmute', async ({ db, emit }) => {
        const { username } = (await requireEverywhere(db, who, userId)).target;
        if (!(await unmute(db, userId, EVERY_CHAT))) return;
        const metadata = { username, reason: reason ?? null };
        await audit.record(db, { event: 'USER_HARD_UNMUTE', entity: ['user', userId], actor: who, metadata });
        emit({ name: 'user.hard_unmuted', userId });
      });
    },
  };
}
