import type { TSchema } from '@sinclair/typebox';
import { type AnyElysia, Elysia } from 'elysia';
import type { Config } from '../config/settings.ts';
import type { Logger } from '../core/logger.ts';
import { accessPlugin, type Gatekeeper } from '../http/access.plugin.ts';
import { assetsRoutes } from '../http/assets.routes.ts';
import { bodyPlugin } from '../http/body.plugin.ts';
import type { CookieSettings } from '../http/cookies.ts';
import { LARGE_BODY_NOTE } from '../http/describe.ts';
import { createDispatcher } from '../http/dispatcher.ts';
import { docsRoutes } from '../http/docs.routes.ts';
import { errorsPlugin } from '../http/errors.plugin.ts';
import { openApiDocument } from '../http/openapi.ts';
import type { Origins } from '../http/origins.ts';
import { createPages } from '../http/pages.ts';
import { createTiers } from '../http/tiers.ts';
import type { WebFiles } from '../http/web-files.ts';
import { removalRoutes } from '../modules/chats/clearing/removal.routes.ts';
import { chatsRoutes } from '../modules/chats/directory/chats.routes.ts';
import { chatDirectoryRoutes } from '../modules/chats/directory/directory.routes.ts';
import { invitesRoutes } from '../modules/chats/invites/invites.routes.ts';
import { e2eeRoutes } from '../modules/chats/keys/keys.routes.ts';
import { messagesRoutes } from '../modules/chats/messages/messages.routes.ts';
import { hardMutesRoutes } from '../modules/chats/moderation/hard-mutes.routes.ts';
import { moderationRoutes } from '../modules/chats/moderation/moderation.routes.ts';
import { chatConfigRoutes } from '../modules/chats/settings/settings.routes.ts';
import { adminAuditRoutes } from '../modules/instance/admin/admin-audit.routes.ts';
import { adminBotsRoutes } from '../modules/instance/admin/admin-bots.routes.ts';
import { adminChatsRoutes } from '../modules/instance/admin/admin-chats.routes.ts';
import { adminModerationRoutes } from '../modules/instance/admin/admin-moderation.routes.ts';
import { adminNotificationsRoutes } from '../modules/instance/admin/admin-notifications.routes.ts';
import { adminSubscriptionsRoutes } from '../modules/instance/admin/admin-subscriptions.routes.ts';
import { adminUsersRoutes } from '../modules/instance/admin/admin-users.routes.ts';
import { metricsRoutes } from '../modules/instance/monitoring/metrics.routes.ts';
import type { Metrics } from '../modules/instance/monitoring/metrics.ts';
import { monitoringRoutes } from '../modules/instance/monitoring/monitoring.routes.ts';
import type { Monitoring } from '../modules/instance/monitoring/monitoring.service.ts';
import { onlineRoutes } from '../modules/instance/online/online.routes.ts';
import { usersRoutes } from '../modules/instance/profiles/users.routes.ts';
import { statisticsRoutes } from '../modules/instance/statistics/statistics.routes.ts';
import type { Statistics } from '../modules/instance/statistics/statistics.service.ts';
import { announcementsRoutes } from '../modules/people/announcements/announcements.routes.ts';
import { authRoutes } from '../modules/people/auth/auth.routes.ts';
import { claimPageRoutes } from '../modules/people/auth/claim-page.routes.ts';
import { botsRoutes } from '../modules/people/bots/bots.routes.ts';
import { ownBotRoutes } from '../modules/people/bots/own-bot.routes.ts';
import { notificationsRoutes } from '../modules/people/notifications/notifications.routes.ts';
import { sessionsRoutes } from '../modules/people/sessions/sessions.routes.ts';
import { avatarsRoutes } from '../modules/people/users/avatars.routes.ts';
import { accountErrors } from '../modules/people/users/users.errors.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { Modules } from './modules.ts';

type Deps = {
  config: Config;
  logger: Logger;
  limiter: RateLimiter;
  origins: Origins;
  modules: Modules;
  monitoring: Monitoring;
  statistics: Statistics;
  metrics: Metrics;
  startedAt: number;
  web: WebFiles;
};

/** How much larger the body of some routes may be: bots tell much at once. */
const LARGE_BODY_FACTOR = 8;

/** All routes, with what stands before them. */
export function createHttp({
  config,
  logger,
  limiter,
  origins,
  modules,
  monitoring,
  statistics,
  metrics,
  startedAt,
  web,
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
  const pages = createPages(web);
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
    claimPageRoutes({ access, pages, ...modules }),
    assetsRoutes({ access, web }),
    docsRoutes({ access, pages, document: () => openApi() }),
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
      sessionFailures: { always: [accountErrors.banned], unlessTimedOutMay: [accountErrors.timedOut] },
    });
    return document;
  }

  const dispatch = createDispatcher({
    answer: (request) => app.handle(request),
    count: (context) => tiers.consume(context, 'PUBLIC'),
    origins,
    logger,
    newId: () => crypto.randomUUID(),
    onAnswer: metrics.answered,
  });

  return { app, dispatch, openApi };
}

export type Http = ReturnType<typeof createHttp>;
