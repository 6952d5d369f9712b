import type { Static } from '@sinclair/typebox';
import type * as keys from '../../modules/chats/keys/keys.model.ts';
import type * as messages from '../../modules/chats/messages/messages.model.ts';
import type { Deleted, HistoryEntry, HistoryQuery, KeyRegistered, SentMessage } from '../wire.ts';
import type { Body, CallOptions, List, Query, Route } from './route.ts';

/** A sealed envelope. */
export type NewMessage = Body<Static<typeof messages.SendMessageBody>>;
export type DeleteMessagesBody = Body<Static<typeof messages.DeleteMessagesBody>>;
export type DeleteLastBody = Body<Static<typeof messages.DeleteLastBody>>;
/** Base64 of 32 bytes each. */
export type NewKey = Body<Static<typeof keys.RegisterKeyBody>>;

export type HistoryIds = Static<typeof messages.HistoryIds>;
export type HistoryIdsQuery = Query<Static<typeof messages.HistoryIdsQuery>>;

/** Sealed messages. `ChatRoom` seals, opens, checks and orders them. */
export interface Messages {
  /** Sends a sealed envelope to a chat that this session has joined. */
  send(chatId: number, body: NewMessage, options?: CallOptions): Promise<SentMessage>;
  /** One page of sealed history, oldest first: the newest, the last before an id, or the first after one. */
  history(chatId: number, query?: HistoryQuery, options?: CallOptions): Promise<List<HistoryEntry>>;
  /** Which messages of a range still exist: the first 5,000, oldest first. */
  ids(chatId: number, query?: HistoryIdsQuery, options?: CallOptions): Promise<HistoryIds>;
  /** Moderators: deletes up to 100 messages by id. */
  delete(chatId: number, body: DeleteMessagesBody, options?: CallOptions): Promise<Deleted>;
  /** Moderators: deletes up to 100 of the last messages. */
  deleteLast(chatId: number, body: DeleteLastBody, options?: CallOptions): Promise<Deleted>;
  /** Deletes all of one's own messages in a chat. */
  deleteMine(chatId: number, options?: CallOptions): Promise<Deleted>;
}

export const MESSAGES = {
  send: 'POST /v1/portal/chats/{chat_id}/messages sendMessage body',
  history: 'GET /v1/portal/chats/{chat_id}/history getHistory query',
  ids: 'GET /v1/portal/chats/{chat_id}/history/ids listHistoryIds query',
  delete: 'POST /v1/portal/chats/{chat_id}/messages/delete deleteMessages body',
  deleteLast: 'POST /v1/portal/chats/{chat_id}/messages/delete-last deleteLastMessages body',
  deleteMine: 'POST /v1/portal/chats/{chat_id}/messages/delete-mine deleteMyMessages',
} as const satisfies Record<keyof Messages, Route>;

/** The session's public keys. `PortalClient.connect` registers them. */
export interface Keys {
  /** Registers the keys for sealing and for signing. Another key than before drops what was sealed for that one. */
  register(body: NewKey, options?: CallOptions): Promise<KeyRegistered>;
}

export const KEYS = { register: 'POST /v1/portal/keys registerKey body again' } as const satisfies Record<
  keyof Keys,
  Route
>;
