import { sql } from 'drizzle-orm';
import { index, sqliteTable } from 'drizzle-orm/sqlite-core';
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

export type PunishmentRow = typeof punishments.$inferSelect;
