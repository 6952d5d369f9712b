import { sql } from 'drizzle-orm';
import { index, primaryKey, sqliteTable } from 'drizzle-orm/sqlite-core';
import { count, flag, identity, instant, text } from '../../db/columns.ts';
import { users } from '../users/users.tables.ts';

export type PunishmentType =
  | 'PLATFORM_WARNING'
  | 'PLATFORM_TIMEOUT'
  | 'PLATFORM_BAN'
  | 'CHAT_BAN'
  | 'CHAT_MUTE'
  | 'CHAT_KICK';

/** A member's record: what was done to them, and whether it still holds. */
export const punishments = sqliteTable(
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
  (table) => [
    index('punishments_user').on(table.userId, table.id),
    index('punishments_chat').on(table.chatId, table.userId),
    index('punishments_issuer').on(table.issuedBy, table.id),
    index('punishments_type').on(table.actionType, table.id),
    index('punishments_end').on(table.expiresAt).where(sql`is_lifted = 0`),
    index('punishments_standing').on(table.id).where(sql`not is_lifted`),
  ],
);

/** In a mute: every chat. */
export const EVERY_CHAT = 0;

/** Who may read and not speak. */
export const mutes = sqliteTable(
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
    /** Null: until lifted. */
    expiresAt: instant('expires_at'),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.chatId] }),
    index('mutes_chat').on(table.chatId),
    index('mutes_end').on(table.expiresAt).where(sql`expires_at is not null`),
  ],
);
export type MuteRow = typeof mutes.$inferSelect;

export type PunishmentRow = typeof punishments.$inferSelect;
