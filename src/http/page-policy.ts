import { Elysia } from 'elysia';
import { contextOf } from './request-context.ts';

/** Directives that a page can extend. No source is ever another origin. */
type Directive = 'img-src' | 'font-src' | 'media-src' | 'frame-src' | 'manifest-src' | 'worker-src';
type Origin = "'self'" | 'blob:' | 'data:';

/** What a page may do beyond the default. A route declares it with `page: { … }`; without that, none of it is allowed. */
export type PagePolicy = {
  /** Lets pages of this instance show it in a frame. */
  framedBy?: "'self'";
  loads?: Partial<Record<Directive, readonly Origin[]>>;
  /** Enforces Trusted Types without any policy: the page's code cannot turn text into markup or script. */
  trustedTypes?: 'none';
};

export type PageHeaders = { contentSecurityPolicy: string; frameOptions: 'DENY' | 'SAMEORIGIN' };

/** For responses that are not pages: nothing loads or runs if a browser shows one. */
export const DATA_HEADERS: PageHeaders = {
  contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
  frameOptions: 'DENY',
};

/** The default for pages: own origin only, no inline scripts or styles. */
const LOADS: Record<string, readonly string[]> = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
};

/** The response headers for a policy. */
export function pageHeaders({ framedBy, loads = {}, trustedTypes }: PagePolicy = {}): PageHeaders {
  const directives = { ...LOADS };
  for (const [name, origins] of Object.entries(loads))
    directives[name] = [...new Set([...(directives[name] ?? []), ...origins])];
  const lines = Object.entries(directives).map(([name, origins]) => `${name} ${origins.join(' ')}`);
  lines.push("base-uri 'none'", "form-action 'none'", `frame-ancestors ${framedBy ?? "'none'"}`);
  if (trustedTypes) lines.push("require-trusted-types-for 'script'", "trusted-types 'none'");
  return { contentSecurityPolicy: lines.join('; '), frameOptions: framedBy ? 'SAMEORIGIN' : 'DENY' };
}

/** Kept in the route's `detail` for the test that checks all routes. */
export const PAGE_NOTE = 'x-portal-page';

/** Adds the route option `page`, such as `page: { framedBy: "'self'" }`. */
export function pagePlugin() {
  return new Elysia({ name: 'page' }).macro({
    page: (policy: PagePolicy) => {
      const headers = pageHeaders(policy);
      return {
        detail: { [PAGE_NOTE]: policy } as object,
        transform({ request }: { request: Request }): void {
          contextOf(request).page = headers;
        },
      };
    },
  });
}
