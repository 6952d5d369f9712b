import type { Static } from '@sinclair/typebox';
import type * as management from '../../modules/instance/chat-management/chat-management.model.ts';
import type * as bots from '../../modules/people/bots/bots.model.ts';
import type { Bot, BotCreated, Done, NewBot } from '../wire.ts';
import type { Body, CallOptions, List, Query, Route } from './route.ts';
import { STAFF, type Staff } from './staff.ts';

export type AdminChat = Static<typeof management.AdminChat>;
export type AdminChatDetails = Static<typeof management.AdminChatDetails>;
export type AdminChatsQuery = Query<Static<typeof management.AdminChatsQuery>>;
export type NewOfficialChat = Body<Static<typeof management.OfficialChatBody>>;
export type OfficialChat = Static<typeof management.OfficialChat>;
export type AdminChatUpdate = Body<Static<typeof management.UpdateChatBody>>;
export type AdminKick = Body<Static<typeof management.KickFromChatBody>>;
export type Transfer = Body<Static<typeof management.TransferBody>>;
export type AllBotsQuery = Query<Static<typeof bots.AllBotsQuery>>;
export type BotUpdate = Body<Static<typeof bots.UpdateBotBody>>;

/** Running the instance. Each method bears the name of its operation; `/docs` of an instance says which level it needs. */
export interface Admin extends Staff {
  /** All chats but direct ones, newest first. */
  listAllChats(query?: AdminChatsQuery, options?: CallOptions): Promise<List<AdminChat>>;
  /** Any chat with its first 200 members. */
  getAnyChat(chatId: number, options?: CallOptions): Promise<AdminChatDetails>;
  createOfficialChat(body: NewOfficialChat, options?: CallOptions): Promise<OfficialChat>;
  updateAnyChat(chatId: number, body: AdminChatUpdate, options?: CallOptions): Promise<AdminChatDetails>;
  deleteAnyChat(chatId: number, options?: CallOptions): Promise<Done>;
  kickFromAnyChat(chatId: number, body: AdminKick, options?: CallOptions): Promise<Done>;
  /** Gives a chat to another user; the owner stays as a member. */
  transferChat(chatId: number, body: Transfer, options?: CallOptions): Promise<Done>;
  startAnyBrowser(chatId: number, options?: CallOptions): Promise<Done>;
  stopAnyBrowser(chatId: number, options?: CallOptions): Promise<Done>;
  /** All bots, inactive ones included. */
  listAllBots(query?: AllBotsQuery, options?: CallOptions): Promise<List<Bot>>;
  /** Registers a bot. `api_key` is shown only once. */
  registerBot(body: NewBot, options?: CallOptions): Promise<BotCreated>;
  updateBot(botId: number, body: BotUpdate, options?: CallOptions): Promise<Done>;
  /** Gives a bot another key; the old one stops working at once. */
  regenerateBotKey(botId: number, options?: CallOptions): Promise<BotCreated>;
  /** Clears the figures that a bot has reported. */
  resetBotStats(botId: number, options?: CallOptions): Promise<Done>;
  deleteBot(botId: number, options?: CallOptions): Promise<Done>;
}

export const ADMIN = {
  ...STAFF,
  listAllChats: 'GET /v1/admin/chats listAllChats query',
  getAnyChat: 'GET /v1/admin/chats/{chat_id} getAnyChat',
  createOfficialChat: 'POST /v1/admin/chats createOfficialChat body',
  updateAnyChat: 'POST /v1/admin/chats/{chat_id}/update updateAnyChat body',
  deleteAnyChat: 'POST /v1/admin/chats/{chat_id}/delete deleteAnyChat',
  kickFromAnyChat: 'POST /v1/admin/chats/{chat_id}/kick kickFromAnyChat body',
  transferChat: 'POST /v1/admin/chats/{chat_id}/transfer transferChat body',
  startAnyBrowser: 'POST /v1/admin/chats/{chat_id}/start startAnyBrowser slow',
  stopAnyBrowser: 'POST /v1/admin/chats/{chat_id}/stop stopAnyBrowser',
  listAllBots: 'GET /v1/admin/bots listAllBots query',
  registerBot: 'POST /v1/admin/bots registerBot body',
  updateBot: 'POST /v1/admin/bots/{bot_id}/update updateBot body again',
  regenerateBotKey: 'POST /v1/admin/bots/{bot_id}/regenerate-key regenerateBotKey',
  resetBotStats: 'POST /v1/admin/bots/{bot_id}/reset-stats resetBotStats again',
  deleteBot: 'POST /v1/admin/bots/{bot_id}/delete deleteBot',
} as const satisfies Record<keyof Admin, Route>;
