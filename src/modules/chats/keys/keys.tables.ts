import { count, index, instant, primaryKey, table, text } from '../../../db/columns.ts';
import { sessions } from '../../people/sessions/sessions.tables.ts';
import { chats } from '../chats/chats.tables.ts';

/** The chat key of one epoch, sealed for one session. Opaque to the server. */
export const keyBlobs = table(
  'key_blobs',
  {
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    epoch: count().notNull(),
    sessionId: text('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    userId: count('user_id'),
    blob: text().notNull(),
    senderSessionId: text('sender_session_id').notNull(),
    senderPublicKey: text('sender_public_key').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.chatId, t.epoch, t.sessionId] }), index('key_blobs_session').on(t.sessionId)],
);

/**
 * The sessions that have joined a direct chat, each with the keys it gave for this chat alone. Null `publicKey`: the
 * session's own keys serve.
 */
export const chatSessionKeys = table(
  'chat_session_keys',
  {
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    sessionId: text('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    publicKey: text('public_key'),
    signingKey: text('signing_key'),
  },
  (t) => [primaryKey({ columns: [t.chatId, t.sessionId] }), index('chat_session_keys_session').on(t.sessionId)],
);

export type KeyBlobRow = typeof keyBlobs.$inferSelect;
