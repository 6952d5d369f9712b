import type { Static } from '@sinclair/typebox';
import type * as about from '../../modules/instance/about/about.model.ts';
import type * as statistics from '../../modules/instance/statistics/statistics.model.ts';
import type { Health, RootInfo } from '../wire.ts';
import type { CallOptions, Route } from './route.ts';

export type UserStatistics = Static<typeof statistics.UserStatistics>;
export type BotStatistics = Static<typeof statistics.BotStatistics>;
export type ChatStatistics = Static<typeof statistics.ChatStatistics>;
export type AppStatistics = Static<typeof statistics.AppStatistics>;

export type About = Static<typeof about.About>;

/** The instance as such. */
export interface Instance {
  /** Its name and version. */
  info(options?: CallOptions): Promise<RootInfo>;
  /** What it says of itself before anyone has signed in, and whether one is. */
  describe(options?: CallOptions): Promise<About>;
  /** Also returns the report of an unhealthy instance (503). */
  health(options?: CallOptions): Promise<Health>;
  /** Prometheus text, for requests from the same machine; others give `PORTAL_METRICS_TOKEN` as the `token` of `PortalRest`. */
  metrics(options?: CallOptions): Promise<string>;
}

export const INSTANCE = {
  info: 'GET / getInstance none',
  describe: 'GET /v1/instance describeInstance public',
  health: 'GET /health getHealth none 503',
  metrics: 'GET /metrics getMetrics text',
} as const satisfies Record<keyof Instance, Route>;

/** How many there are. */
export interface Statistics {
  users(options?: CallOptions): Promise<UserStatistics>;
  /** Inactive bots included. */
  bots(options?: CallOptions): Promise<BotStatistics>;
  /** Without direct chats. */
  chats(options?: CallOptions): Promise<ChatStatistics>;
  /** All of these at once. */
  app(options?: CallOptions): Promise<AppStatistics>;
  /** The same as `app`, by another path. */
  application(options?: CallOptions): Promise<AppStatistics>;
}

export const STATISTICS = {
  users: 'GET /v1/statistics/users getUserStatistics public',
  bots: 'GET /v1/statistics/bots getBotStatistics public',
  chats: 'GET /v1/statistics/chats getChatStatistics public',
  app: 'GET /v1/statistics/app getAppStatistics public',
  application: 'GET /v1/statistics/application getApplicationStatistics public',
} as const satisfies Record<keyof Statistics, Route>;
