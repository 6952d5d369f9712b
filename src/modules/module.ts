import type { AnyElysia } from 'elysia';
import type { DomainEvent, EventBus } from '../core/events.ts';
import type { Job } from '../core/scheduler.ts';
import type { accessPlugin } from '../http/access.plugin.ts';
import type { CookieSettings } from '../http/cookies.ts';
import type { Pages } from '../http/pages.ts';
import type { GuestHandler, UserHandler } from '../realtime/handlers.ts';

/** What routes need besides the services of their module. */
export type RouteTools = { access: ReturnType<typeof accessPlugin>; cookies: CookieSettings; pages: Pages };

/** What a module's folder hands to the program. Only `services` is required. */
export type Module<Services extends object> = {
  services: Services;
  routes?(tools: RouteTools): readonly AnyElysia[];
  handlers?: readonly (UserHandler | GuestHandler)[];
  /** Registers listeners for domain events. Listeners of one event run in the order of the modules. */
  listen?(events: EventBus<DomainEvent>): void;
  jobs?: readonly Job[];
  /** Called once, before the server answers its first request. */
  start?(): void | Promise<void>;
  /** Called before the sockets are cut, so that the departure of everyone has no consequences. */
  silence?(): void;
  /** Called after the sockets are gone and the jobs have ended; finishes work in progress. */
  stop?(): void | Promise<void>;
};

/** The dependencies that a `create…` function asks for. */
export type DepsOf<Create> = Create extends (deps: infer Deps) => unknown ? Deps : never;
