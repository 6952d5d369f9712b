import type { TSchema } from '@sinclair/typebox';
import { type AnyElysia, Elysia } from 'elysia';
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
import { adminChatsRoutes } from '../modules/admin/admin-chats.routes.ts';
import { adminModerationRoutes } from '../modules/admin/admin-moderation.routes.ts';
import { adminNotificationsRoutes } from '../modules/admin/admin-notifications.routes.ts';
import { adminSubscriptionsRoutes } from '../modules/admin/admin-subscriptions.routes.ts';
import { adminUsersRoutes } from '../modules/admin/admin-users.routes.ts';
import { announcementsRoutes } from '../modules/announcements/announcements.routes.ts';
import { authRoutes } from '../modules/auth/auth.routes.ts';
import { claimPageRoutes } from '../modules/auth/claim-page.routes.ts';
import { botsRoutes } from '../modules/bots/bots.routes.ts';
import { ownBotRoutes } from '../modules/bots/own-bot.routes.ts';
import { chatConfigRoutes } from '../modules/chats/chat-config.routes.ts';
import { chatDirectoryRoutes } from '../modules/chats/chat-directory.routes.ts';
import { chatsRoutes } from '../modules/chats/chats.routes.ts';
import { e2eeRoutes } from '../modules/e2ee/e2ee.routes.ts';
import { invitesRoutes } from '../modules/invites/invites.routes.ts';
import { messagesRoutes } from '../modules/messages/messages.routes.ts';
import { removalRoutes } from '../modules/messages/removal.routes.ts';
import { hardMutesRoutes } from '../modules/moderation/hard-mutes.routes.ts';
import { moderationRoutes } from '../modules/moderation/moderation.routes.ts';
import { monitoringRoutes } from '../modules/monitoring/monitoring.routes.ts';
import type { Monitoring } from '../modules/monitoring/monitoring.service.ts';
import { notificationsRoutes } from '../modules/notifications/notifications.routes.ts';
import { onlineRoutes } from '../modules/online/online.routes.ts';
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

  const app: AnyElysia = new Elysia({ aot: true })
    .use(errorsPlugin(logger))
    .use(bodyPlugin({ maxBytesOf: bodyLimit, schemaOf: bodySchema }));
  // One by one, and not as a chain: its type would grow with every link until the compiler gives up.
  const routes: AnyElysia[] = [
    monitoringRoutes({ access, monitoring, startedAt }),
    metricsRoutes({ access, metrics, metricsToken: server.metricsToken }),
    statisticsRoutes({ access, statistics }),
    authRoutes({ access, cookies, ...modules }),
    usersRoutes({ access, ...modules }),
    sessionsRoutes({ access, ...modules }),
    avatarsRoutes({ access }),
    chatDirectoryRoutes({ access, ...modules }),
    onlineRoutes({ access, ...modules }),
    chatsRoutes({ access, ...modules }),
    chatConfigRoutes({ access, ...modules }),
    invitesRoutes({ access, ...modules }),
    e2eeRoutes({ access, ...modules }),
    messagesRoutes({ access, ...modules }),
    removalRoutes({ access, ...modules }),
    moderationRoutes({ access, ...modules }),
    hardMutesRoutes({ access, ...modules }),
    botsRoutes({ access, ...modules }),
    ownBotRoutes({ access, ...modules }),
    adminBotsRoutes({ access, ...modules }),
    adminChatsRoutes({ access, ...modules }),
    notificationsRoutes({ access, ...modules }),
    announcementsRoutes({ access, ...modules }),
    adminSubscriptionsRoutes({ access, ...modules }),
    adminModerationRoutes({ access, ...modules }),
    adminNotificationsRoutes({ access, ...modules }),
    adminAuditRoutes({ access, ...modules }),
    adminUsersRoutes({ access, ...modules }),
    claimPageRoutes({ access, ...modules }),
    docsRoutes({ access, document: () => openApi() }),
  ];
  for (const some of routes) app.use(some);
  app.compile();

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
