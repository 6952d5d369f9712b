import { Elysia } from 'elysia';
import { contextOf } from './request-context.ts';

/** What a page may load besides its own scripts, styles and pictures. Nothing of it ever comes from another origin. */
type Directive = 'img-src' | 'font-src' | 'media-src' | 'frame-src' | 'manifest-src' | 'worker-src';
type Origin = "'self'" | 'blob:' | 'data:';

/** What a page may do beyond the default. A route says it by `page: { … }`; a page that says nothing may do none of it. */
export type PagePolicy = {
  /** Pages of this instance may show it in a frame. */
  framedBy?: "'self'";
  loads?: Partial<Record<Directive, readonly Origin[]>>;
  /** No text becomes markup or script, whatever the page's own code does. */
  trustedTypes?: 'none';
};

export type PageHeaders = { contentSecurityPolicy: string; frameOptions: 'DENY' | 'SAMEORIGIN' };

/** An answer that is no page loads and does nothing, should a browser ever show it. */
export const DATA_HEADERS: PageHeaders = {
  contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
  frameOptions: 'DENY',
};

/** Nothing comes from elsewhere, and no script or style stands in the page itself. */
const LOADS: Record<string, readonly string[]> = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
};

/** The headers of a page with this policy. */
export function pageHeaders({ framedBy, loads = {}, trustedTypes }: PagePolicy = {}): PageHeaders {
  const directives = { ...LOADS };
  for (const [name, origins] of Object.entries(loads))
    directives[name] = [...new Set([...(directives[name] ?? []), ...origins])];
  const lines = Object.entries(directives).map(([name, origins]) => `${name} ${origins.join(' ')}`);
  lines.push("base-uri 'none'", "form-action 'none'", `frame-ancestors ${framedBy ?? "'none'"}`);
  if (trustedTypes) lines.push("require-trusted-types-for 'script'", "trusted-types 'none'");
  return { contentSecurityPolicy: lines.join('; '), frameOptions: framedBy ? 'SAMEORIGIN' : 'DENY' };
}

/** Left in a route's `detail`, for the test that walks all routes. */
export const PAGE_NOTE = 'x-portal-page';

/** What a page may do, as a word in its route: `page: { framedBy: "'self'" }`. */
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
