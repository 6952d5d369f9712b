import { sql } from 'drizzle-orm';
import { index, primaryKey, sqliteTable } from 'drizzle-orm/sqlite-core';
import { count, flag, identity, instant, text } from '../../../db/columns.ts';
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
    // What holds, of all kinds and of one, with all that is asked of it. A kick is over at once.
    index('punishments_standing')
      .on(table.id, table.expiresAt, table.actionType, table.isLifted)
      .where(sql`not is_lifted and action_type <> 'CHAT_KICK'`),
    index('punishments_standing_type')
      .on(table.actionType, table.id, table.expiresAt, table.isLifted)
      .where(sql`not is_lifted and action_type <> 'CHAT_KICK'`),
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
