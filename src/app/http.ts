import type { TSchema } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Config } from '../config/settings.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { accessPlugin, type Gatekeeper } from '../http/access.plugin.ts';
import { bodyPlugin } from '../http/body.plugin.ts';
import type { CookieSettings } from '../http/cookies.ts';
import { LARGE_BODY_NOTE } from '../http/describe.ts';
import { createDispatcher } from '../http/dispatcher.ts';
import { docsRoutes } from '../http/docs.routes.ts';
import { errorsPlugin } from '../http/errors.plugin.ts';
import { metricsRoutes } from '../http/metrics.routes.ts';
import type { Metrics } from '../http/metrics.ts';
import { openApiDocument } from '../http/openapi.ts';
import type { Origins } from '../http/origins.ts';
import { createTiers } from '../http/tiers.ts';
import { adminAuditRoutes } from '../modules/admin/admin-audit.routes.ts';
import { adminBotsRoutes } from '../modules/admin/admin-bots.routes.ts';
import { adminModerationRoutes } from '../modules/admin/admin-moderation.routes.ts';
import { adminNotificationsRoutes } from '../modules/admin/admin-notifications.routes.ts';
import { adminSubscriptionsRoutes } from '../modules/admin/admin-subscriptions.routes.ts';
import { adminUsersRoutes } from '../modules/admin/admin-users.routes.ts';
import { announcementsRoutes } from '../modules/announcements/announcements.routes.ts';
import { authRoutes } from '../modules/auth/auth.routes.ts';
import { claimPageRoutes } from '../modules/auth/claim-page.routes.ts';
import { botsRoutes } from '../modules/bots/bots.routes.ts';
import { ownBotRoutes } from '../modules/bots/own-bot.routes.ts';
import { chatsRoutes } from '../modules/chats/chats.routes.ts';
import { e2eeRoutes } from '../modules/e2ee/e2ee.routes.ts';
import { invitesRoutes } from '../modules/invites/invites.routes.ts';
import { messagesRoutes } from '../modules/messages/messages.routes.ts';
import { moderationRoutes } from '../modules/moderation/moderation.routes.ts';
import { monitoringRoutes } from '../modules/monitoring/monitoring.routes.ts';
import type { Monitoring } from '../modules/monitoring/monitoring.service.ts';
import { notificationsRoutes } from '../modules/notifications/notifications.routes.ts';
import { sessionErrors } from '../modules/sessions/sessions.errors.ts';
import { sessionsRoutes } from '../modules/sessions/sessions.routes.ts';
import { statisticsRoutes } from '../modules/statistics/statistics.routes.ts';
import type { Statistics } from '../modules/statistics/statistics.service.ts';
import { avatarsRoutes } from '../modules/users/avatars.routes.ts';
import { usersRoutes } from '../modules/users/users.routes.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { Modules } from './modules.ts';

type Deps = {
  config: Config;
  clock: Clock;
  logger: Logger;
  limiter: RateLimiter;
  origins: Origins;
  modules: Modules;
  monitoring: Monitoring;
  statistics: Statistics;
  metrics: Metrics;
  startedAt: number;
};

/** How much larger the body of some routes may be: bots tell much at once. */
const LARGE_BODY_FACTOR = 8;

/** All routes, with what stands before them. */
export function createHttp({
  config,
  clock,
  logger,
  limiter,
  origins,
  modules,
  monitoring,
  statistics,
  metrics,
  startedAt,
}: Deps) {
  const { limits, server, cookie } = config;
  const { login, auth, admin, public: reading, bot, health } = limits;
  const perMinute = { LOGIN: login, AUTH: auth, ADMIN: admin, PUBLIC: reading, BOT: bot, HEALTH: health };
  const tiers = createTiers(limiter, limits.enabled ? perMinute : undefined);
  const gatekeeper: Gatekeeper = {
    session: modules.sessions.require,
    bot: modules.bots.findByKey,
    countBotCall: modules.bots.countCall,
    isPublicKey: modules.instance.isPublicKey,
  };
  const access = accessPlugin({ gatekeeper, tiers });
  const cookies: CookieSettings = { secure: server.publicUrl?.startsWith('https:') ?? false, ...cookie };
  let document: object | undefined;

  const app = new Elysia({ aot: true })
    .use(errorsPlugin(logger))
    .use(bodyPlugin({ maxBytesOf: bodyLimit, schemaOf: bodySchema }))
    .use(monitoringRoutes({ access, monitoring, startedAt }))
    .use(metricsRoutes({ access, metrics, metricsToken: server.metricsToken }))
    .use(statisticsRoutes({ access, statistics }))
    .use(authRoutes({ access, cookies, ...modules }))
    .use(usersRoutes({ access, ...modules }))
    .use(sessionsRoutes({ access, ...modules }))
    .use(avatarsRoutes({ access }))
    .use(chatsRoutes({ access, ...modules }))
    .use(invitesRoutes({ access, ...modules }))
    .use(e2eeRoutes({ access, ...modules }))
    .use(messagesRoutes({ access, ...modules }))
    .use(moderationRoutes({ access, ...modules }))
    .use(botsRoutes({ access, ...modules }))
    .use(ownBotRoutes({ access, ...modules }))
    .use(adminBotsRoutes({ access, ...modules }))
    .use(notificationsRoutes({ access, ...modules }))
    .use(announcementsRoutes({ access, ...modules }))
    .use(adminSubscriptionsRoutes({ access, ...modules }))
    .use(adminModerationRoutes({ access, ...modules }))
    .use(adminNotificationsRoutes({ access, ...modules }))
    .use(adminAuditRoutes({ access, ...modules }))
    .use(adminUsersRoutes({ access, ...modules }))
    .use(claimPageRoutes({ access, ...modules }))
    .use(docsRoutes({ access, document: () => openApi() }))
    .compile();

  /** Unknown fields may be there: Elysia writes the opposite into a schema when it compiles it, and then drops them. */
  function bodySchema(method: string, path: string): TSchema | undefined {
    const route = routeOf(method, path);
    return route?.hooks.body && ({ ...route.hooks.body, additionalProperties: true } as TSchema);
  }

  function bodyLimit(method: string, path: string): number {
    const isLarge = LARGE_BODY_NOTE in (routeOf(method, path)?.hooks.detail ?? {});
    return limits.bodyBytes * (isLarge ? LARGE_BODY_FACTOR : 1);
  }

  function routeOf(method: string, path: string) {
    return app.routes.find((one) => one.method === method && one.path === path);
  }

  function openApi(): object {
    document ??= openApiDocument(app as never, {
      publicUrl: server.publicUrl,
      sessionFailures: { always: [sessionErrors.banned], unlessTimedOutMay: [sessionErrors.timedOut] },
    });
    return document;
  }

  const dispatch = createDispatcher({
    answer: (request) => app.handle(request),
    count: (context) => tiers.consume(context, 'PUBLIC'),
    origins,
    clock,
    logger,
    newId: () => crypto.randomUUID(),
    onAnswer: metrics.answered,
  });

  return { app, dispatch, openApi };
}

export type Http = ReturnType<typeof createHttp>;
