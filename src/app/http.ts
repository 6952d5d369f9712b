import { type AnyElysia, Elysia } from 'elysia';
import type { Config } from '../config/settings.ts';
import type { Logger } from '../core/logger.ts';
import { accessPlugin, type Gatekeeper } from '../http/access.plugin.ts';
import { assetsRoutes } from '../http/assets.routes.ts';
import { bodyPlugin } from '../http/body.plugin.ts';
import type { CookieSettings } from '../http/cookies.ts';
import { createDispatcher } from '../http/dispatcher.ts';
import { docsRoutes } from '../http/docs.routes.ts';
import { errorsPlugin } from '../http/errors.plugin.ts';
import { openApiDocument } from '../http/openapi.ts';
import type { Origins } from '../http/origins.ts';
import { createPages } from '../http/pages.ts';
import { type Route, RouteTable } from '../http/route-table.ts';
import { createTiers } from '../http/tiers.ts';
import type { WebFiles } from '../http/web-files.ts';
import type { Metrics } from '../modules/instance/monitoring/metrics.ts';
import type { Module } from '../modules/module.ts';
import type { Bots } from '../modules/people/bots/bots.service.ts';
import type { PublicKey } from '../modules/people/public-key/public-key.service.ts';
import type { Sessions } from '../modules/people/sessions/sessions.service.ts';
import { accountErrors } from '../modules/people/users/users.errors.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { ABOUT, TAGS } from './api-description.ts';
import { EXAMPLES } from './api-examples.ts';
import { liveDocument } from './live/live-document.ts';

type Deps = {
  config: Config;
  logger: Logger;
  limiter: RateLimiter;
  origins: Origins;
  sessions: Pick<Sessions, 'require'>;
  bots: Pick<Bots, 'findByKey' | 'countCall'>;
  publicKey: Pick<PublicKey, 'matches'>;
  /** Resolves the callers of the routes. */
  modules: readonly Module<object>[];
  metrics: Pick<Metrics, 'answered'>;
  web: WebFiles;
};

/** The limit for routes that accept larger bodies, such as those of bots. */
const LARGE_BODY_FACTOR = 8;

/** All routes, and the plugins in front of them. */
export function createHttp({ config, logger, limiter, origins, metrics, web, ...deps }: Deps) {
  const { limits, server, cookie } = config;
  const { login, auth, admin, public: reading, bot, health } = limits;
  const perMinute = { LOGIN: login, AUTH: auth, ADMIN: admin, PUBLIC: reading, BOT: bot, HEALTH: health };
  const tiers = createTiers(limiter, limits.enabled ? perMinute : undefined);
  const gatekeeper: Gatekeeper = {
    session: deps.sessions.require,
    bot: deps.bots.findByKey,
    countBotCall: deps.bots.countCall,
    isPublicKey: deps.publicKey.matches,
  };
  const table = new RouteTable();
  const bodyLimit = (method: string, path: string) =>
    limits.bodyBytes * (table.hasLargeBody(method, path) ? LARGE_BODY_FACTOR : 1);
  const access = accessPlugin({ gatekeeper, tiers, routes: table });
  const pages = createPages(web);
  const cookies: CookieSettings = { secure: server.publicUrl?.startsWith('https:') ?? false, ...cookie };
  let document: object | undefined;

  const app: AnyElysia = new Elysia({ aot: true })
    .use(errorsPlugin(logger))
    .use(bodyPlugin({ maxBytesOf: bodyLimit, schemaOf: (method, path) => table.bodySchema(method, path) }));
  // Registered one by one: the type of a chain would grow until the compiler gives up.
  const routes = deps.modules.flatMap((module) => module.routes?.({ access, cookies, pages }) ?? []);
  for (const some of [
    ...routes,
    assetsRoutes({ access, web }),
    docsRoutes({ access, pages, web, openApi: () => openApi(), asyncApi: () => asyncApi() }),
  ])
    app.use(some);
  app.compile();
  table.fill(app.routes as unknown as Route[]);

  function openApi(): object {
    document ??= openApiDocument(app, {
      about: ABOUT,
      tags: TAGS,
      examples: EXAMPLES,
      publicUrl: server.publicUrl,
      sessionFailures: { always: [accountErrors.banned], unlessTimedOutMay: [accountErrors.timedOut] },
    });
    return document;
  }

  const asyncApi = () =>
    liveDocument({
      publicUrl: server.publicUrl,
      handlers: deps.modules.flatMap(({ handlers = [] }) => handlers),
    });

  const dispatch = createDispatcher({
    answer: (request) => app.handle(request),
    methodsAt: (path) => table.methodsAt(path),
    count: (context) => tiers.consume(context, 'PUBLIC'),
    origins,
    logger,
    newId: () => crypto.randomUUID(),
    onAnswer: metrics.answered,
  });

  return { app, dispatch, openApi, asyncApi };
}

export type Http = ReturnType<typeof createHttp>;
