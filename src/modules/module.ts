import type { AnyElysia } from 'elysia';
import type { DomainEvent, EventBus } from '../core/events.ts';
import type { Job } from '../core/scheduler.ts';
import type { accessPlugin } from '../http/access.plugin.ts';
import type { CookieSettings } from '../http/cookies.ts';
import type { Pages } from '../http/pages.ts';
import type { GuestHandler, UserHandler } from '../realtime/handlers.ts';

/** The dependencies of routes besides their module's services. */
export type RouteTools = { access: ReturnType<typeof accessPlugin>; cookies: CookieSettings; pages: Pages };

/** What a module provides to the program. Only `services` is required. */
export type Module<Services extends object> = {
  services: Services;
  routes?(tools: RouteTools): readonly AnyElysia[];
  handlers?: readonly (UserHandler | GuestHandler)[];
  /** Registers listeners for domain events. For one event, listeners run in module order. */
  listen?(events: EventBus<DomainEvent>): void;
  jobs?: readonly Job[];
  /** Called once, before the server answers its first request. */
  start?(): void | Promise<void>;
  /** Called before the sockets are closed, so that their departure has no consequences. */
  silence?(): void;
  /** Called after the sockets and jobs have ended; finishes work in progress. */
  stop?(): void | Promise<void>;
};

/** The dependencies of a `create…` function. */
export type DepsOf<Create> = Create extends (deps: infer Deps) => unknown ? Deps : never;
