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
import type { Metrics } from '../modules/instance/monitoring/metrics.ts';
import type { Module } from '../modules/module.ts';
import type { Bots } from '../modules/people/bots/bots.service.ts';
import type { Instance } from '../modules/people/public-key/public-key.service.ts';
import type { Sessions } from '../modules/people/sessions/sessions.service.ts';
import { accountErrors } from '../modules/people/users/users.errors.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';

type Deps = {
  config: Config;
  logger: Logger;
  limiter: RateLimiter;
  origins: Origins;
  sessions: Pick<Sessions, 'require'>;
  bots: Pick<Bots, 'findByKey' | 'countCall'>;
  instance: Pick<Instance, 'isPublicKey'>;
  /** Whose routes they are. */
  modules: readonly Module<object>[];
  metrics: Pick<Metrics, 'answered'>;
  web: WebFiles;
};

/** How much larger the body of some routes may be: bots tell much at once. */
const LARGE_BODY_FACTOR = 8;

/** All routes, with what stands before them. */
export function createHttp({ config, logger, limiter, origins, metrics, web, ...deps }: Deps) {
  const { limits, server, cookie } = config;
  const { login, auth, admin, public: reading, bot, health } = limits;
  const perMinute = { LOGIN: login, AUTH: auth, ADMIN: admin, PUBLIC: reading, BOT: bot, HEALTH: health };
  const tiers = createTiers(limiter, limits.enabled ? perMinute : undefined);
  const gatekeeper: Gatekeeper = {
    session: deps.sessions.require,
    bot: deps.bots.findByKey,
    countBotCall: deps.bots.countCall,
    isPublicKey: deps.instance.isPublicKey,
  };
  const access = accessPlugin({ gatekeeper, tiers });
  const pages = createPages(web);
  const cookies: CookieSettings = { secure: server.publicUrl?.startsWith('https:') ?? false, ...cookie };
  let document: object | undefined;

  const app: AnyElysia = new Elysia({ aot: true })
    .use(errorsPlugin(logger))
    .use(bodyPlugin({ maxBytesOf: bodyLimit, schemaOf: bodySchema }));
  // One by one, and not as a chain: its type would grow with every link until the compiler gives up.
  const routes = deps.modules.flatMap((module) => module.routes?.({ access, cookies, pages }) ?? []);
  for (const some of [
    ...routes,
    assetsRoutes({ access, web }),
    docsRoutes({ access, pages, document: () => openApi() }),
  ])
    app.use(some);
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
