import { sql } from 'drizzle-orm';
import { count, flag, identity, index, instant, primaryKey, table, text } from '../../../db/columns.ts';
import { users } from '../users/users.tables.ts';

export type PunishmentType =
  | 'PLATFORM_WARNING'
  | 'PLATFORM_TIMEOUT'
  | 'PLATFORM_BAN'
  | 'CHAT_BAN'
  | 'CHAT_MUTE'
  | 'CHAT_KICK';

/** The moderation record of users. */
export const punishments = table(
  'punishments',
  {
    id: identity(),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    chatId: count('chat_id'),
    actionType: text('action_type').$type<PunishmentType>().notNull(),
    reason: text(),
    issuedBy: count('issued_by'),
    isLifted: flag('is_lifted').notNull().default(false),
    expiresAt: instant('expires_at'),
    liftedAt: instant('lifted_at'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    index('punishments_user').on(t.userId, t.id),
    index('punishments_chat').on(t.chatId, t.userId),
    index('punishments_issuer').on(t.issuedBy, t.id),
    index('punishments_type').on(t.actionType, t.id),
    // Covering indexes for actions in force, of any kind and of one kind. A kick is never in force.
    index('punishments_standing')
      .on(t.id, t.expiresAt, t.actionType, t.isLifted)
      .where(sql`not is_lifted and action_type <> 'CHAT_KICK'`),
    index('punishments_standing_type')
      .on(t.actionType, t.id, t.expiresAt, t.isLifted)
      .where(sql`not is_lifted and action_type <> 'CHAT_KICK'`),
  ],
);

/** The chat id of a hard mute: every chat. */
export const EVERY_CHAT = 0;

/** Mutes: users who may read but not write. */
export const mutes = table(
  'mutes',
  {
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** EVERY_CHAT: a hard mute. */
    chatId: count('chat_id').notNull(),
    mutedBy: count('muted_by'),
    reason: text(),
    createdAt: instant('created_at').notNull(),
    /** Null: no end. */
    expiresAt: instant('expires_at'),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.chatId] }),
    index('mutes_chat').on(t.chatId),
    index('mutes_end').on(t.expiresAt).where(sql`expires_at is not null`),
  ],
);
export type MuteRow = typeof mutes.$inferSelect;

export type PunishmentRow = typeof punishments.$inferSelect;
