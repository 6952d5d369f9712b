import type { Static } from '@sinclair/typebox';
import type * as bots from '../../modules/people/bots/bots.model.ts';
import type * as own from '../../modules/people/bots/own-bot.model.ts';
import type { Bot, LoginCode, PlatformIdentity, Profile, SentLoginCode } from '../wire.ts';
import type { Body, CallOptions, List, Query, Route } from './route.ts';

/** Only staff get the optional fields. */
export type BotView = Static<typeof bots.BotView>;
export type BotsQuery = Query<Static<typeof bots.BotsQuery>>;
export type BotSearchQuery = Query<Static<typeof bots.BotSearchQuery>>;
export type FoundBots = Static<typeof bots.FoundBots>;
export type OwnBotUpdate = Body<Static<typeof own.UpdateOwnBotBody>>;
export type BotUpdated = Static<typeof own.BotUpdated>;
/** Up to 1,000 commands that people used. */
export type CommandBatch = Body<Static<typeof own.BatchBody>>;
export type BotUserUpdate = Body<Static<typeof own.UpdateBotUserBody>>;

/** The bots of the instance. */
export interface Bots {
  list(query?: BotsQuery, options?: CallOptions): Promise<List<BotView>>;
  /** Finds bots by name, owner or type. */
  search(query?: BotSearchQuery, options?: CallOptions): Promise<FoundBots>;
  get(botId: number, options?: CallOptions): Promise<BotView>;
}

export const BOTS = {
  list: 'GET /v1/bots listBots public query',
  search: 'GET /v1/bots/search searchBots query',
  get: 'GET /v1/bots/{bot_id} getBot public',
} as const satisfies Record<keyof Bots, Route>;

/** What a bot does, with its own key (`apiKey`). */
export interface OwnBot {
  me(options?: CallOptions): Promise<Bot>;
  /** Tells its figures. An empty body says that it is alive. */
  update(body?: OwnBotUpdate, options?: CallOptions): Promise<BotUpdated>;
  /** Reports which commands people used. Counts the whole batch or nothing. */
  countCommands(body: CommandBatch, options?: CallOptions): Promise<BotUpdated>;
  /** The pending code for someone on the bot's platform. Both fields are null if there is none. */
  fetchLoginCode(body: PlatformIdentity, options?: CallOptions): Promise<LoginCode>;
  /** A code for an existing account, usable from any address. */
  sendLoginCode(body: PlatformIdentity, options?: CallOptions): Promise<SentLoginCode>;
  /** Someone with an account on the bot's platform. */
  user(userId: number, options?: CallOptions): Promise<Profile>;
  /** Changes what is shown for someone's account on the platform. */
  updateUser(userId: number, body: BotUserUpdate, options?: CallOptions): Promise<Profile>;
}

export const BOT = {
  me: 'GET /v1/bot/me getOwnBot bot',
  update: 'POST /v1/bot/me/update updateOwnBot bot body again',
  countCommands: 'POST /v1/bot/batch countBotCommands bot body',
  fetchLoginCode: 'POST /v1/authentication/bot/login-code fetchLoginCode bot body again',
  sendLoginCode: 'POST /v1/authentication/bot/send-code sendLoginCode bot body again',
  user: 'GET /v1/bot/users/{user_id} getBotUser bot',
  updateUser: 'POST /v1/bot/users/{user_id}/update updateBotUser bot body again',
} as const satisfies Record<keyof OwnBot, Route>;
