import { sql } from 'drizzle-orm';
import { count, flag, identity, index, instant, json, primaryKey, table, text } from '../../../db/columns.ts';
import { users } from '../../people/users/users.tables.ts';

export type BrowserConfig = {
  browser: 'chromium' | 'firefox' | 'brave' | 'tor';
  start_url: string | null;
  kiosk: boolean;
  /** Missing: as is usual for chats of its visibility. */
  preview?: boolean;
};
export type WipePreset = '1m' | '15m' | '1h' | '4h' | '24h';
export type Visibility = 'official' | 'public' | 'private';

export const chats = table(
  'chats',
  {
    id: identity(),
    chatType: text('chat_type').$type<'group' | 'direct'>().notNull(),
    name: text().notNull(),
    ownerId: count('owner_id').references(() => users.id, { onDelete: 'cascade' }),
    visibility: text().$type<Visibility>().notNull(),
    label: text(),
    slug: text().unique(),
    /** Name and slug as the directory searches them: see `searchKey` in the repository. */
    searchKey: text('search_key').notNull().default(''),
    description: text(),
    avatarSource: text('avatar_source'),
    wipePreset: text('wipe_preset').$type<WipePreset>(),
    /** When the wipe timer next expires. */
    wipeAt: instant('wipe_at'),
    historyVisible: flag('history_visible').notNull().default(true),
    allowControlRequests: flag('allow_control_requests').notNull().default(false),
    lockedControls: flag('locked_controls').notNull().default(false),
    implicitHosting: flag('implicit_hosting').notNull().default(false),
    inactiveCursors: flag('inactive_cursors').notNull().default(false),
    browserConfig: json<BrowserConfig>('browser_config').notNull(),
    archived: flag().notNull().default(false),

    /** The number of the current key: see modules/chats/keys. */
    epoch: count().notNull().default(1),
    /** The session that may create this epoch's key. */
    generatorSessionId: text('generator_session_id'),
    /** The epoch of the last message that a person sent. */
    spokenEpoch: count('spoken_epoch').notNull().default(0),

    /** The last id issued. The next one is above it whatever the clock says. */
    lastMs: count('last_ms').notNull().default(0),
    lastSeq: count('last_seq').notNull().default(0),
    /** The last message that still exists and, from when it was sent, the one before it: the source of `prev_id`. */
    tailMs: count('tail_ms').notNull().default(0),
    tailSeq: count('tail_seq').notNull().default(0),
    prevMs: count('prev_ms').notNull().default(0),
    prevSeq: count('prev_seq').notNull().default(0),

    /** Everything up to this id is cleared: invisible to everyone, even while rows remain on disk. */
    clearedMs: count('cleared_ms').notNull().default(0),
    clearedSeq: count('cleared_seq').notNull().default(0),
    /** Cleared messages remain on disk. */
    isClearing: flag('is_clearing').notNull().default(false),

    lastActivityAt: instant('last_activity_at').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** Deleted for everyone; the remaining rows are being purged. */
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    index('chats_owner').on(t.ownerId),
    index('chats_visibility').on(t.visibility),
    // Partial on purpose: a full index would lure the planner into scanning every live chat.
    index('chats_deleted').on(t.deletedAt).where(sql`deleted_at is not null`),
    index('chats_wipe').on(t.wipeAt).where(sql`wipe_at is not null`),
    index('chats_clearing').on(t.id).where(sql`is_clearing`),
    // The directory reads its order and its search text from the index alone, without touching the chats.
    index('chats_open')
      .on(t.visibility, t.lastActivityAt, t.searchKey)
      .where(sql`deleted_at is null and visibility <> 'private'`),
    // Counts chats by kind from the index alone.
    index('chats_live').on(t.chatType, t.visibility).where(sql`deleted_at is null`),
  ],
);

export const chatMembers = table(
  'chat_members',
  {
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    joinedAt: instant('joined_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.chatId, t.userId] }),
    index('chat_members_user').on(t.userId),
    // Members in the order of joining, however many there are.
    index('chat_members_joined').on(t.chatId, t.joinedAt, t.userId),
  ],
);

/** Current and past visitors of the room. Kept on disk so that a reconnection stays silent even across a restart. */
export const chatVisits = table(
  'chat_visits',
  {
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    arrivedAt: instant('arrived_at').notNull(),
    /** Null while present. */
    leftAt: instant('left_at'),
    /** The chat's last message when they joined. With a closed history, only later messages are visible to them. */
    sinceMs: count('since_ms').notNull().default(0),
    sinceSeq: count('since_seq').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.chatId, t.userId] }),
    index('chat_visits_user').on(t.userId),
    index('chat_visits_open').on(t.leftAt).where(sql`left_at is null`),
  ],
);

export const chatBans = table(
  'chat_bans',
  {
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    bannedBy: count('banned_by'),
    reason: text(),
    createdAt: instant('created_at').notNull(),
    /** Null: until lifted. */
    expiresAt: instant('expires_at'),
  },
  (t) => [
    primaryKey({ columns: [t.chatId, t.userId] }),
    index('chat_bans_user').on(t.userId),
    index('chat_bans_end').on(t.expiresAt).where(sql`expires_at is not null`),
  ],
);

export const chatActivity = table(
  'chat_activity',
  {
    id: identity(),
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    action: text().$type<'join' | 'leave' | 'kick' | 'ban'>().notNull(),
    method: text().$type<'direct' | 'vanity' | 'invite'>(),
    inviteCode: text('invite_code'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('chat_activity_chat').on(t.chatId, t.id), index('chat_activity_user').on(t.userId)],
);

export type ChatRow = typeof chats.$inferSelect;
