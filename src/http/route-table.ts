import type { TObject, TSchema } from '@sinclair/typebox';
import { invalid } from '../core/errors.ts';
import { ANY_QUERY_NOTE, LARGE_BODY_NOTE } from './describe.ts';

/** The parts of an Elysia route used here. */
export type Route = {
  method: string;
  path: string;
  hooks: { detail?: Record<string, unknown>; body?: TSchema; query?: TObject };
};

/** Looks up routes by method and pattern. Filled after all routes are registered. */
export class RouteTable {
  readonly #routes = new Map<string, Route>();
  #patterns: Pattern[] | undefined;

  fill(routes: readonly Route[]): void {
    for (const route of routes) this.#routes.set(`${route.method} ${route.path}`, route);
    this.#patterns = undefined;
  }

  /** The methods allowed at this path, for the Allow header; empty if nothing is there. */
  methodsAt(path: string): string[] {
    this.#patterns ??= this.#routes.values().map(patternOf).toArray();
    const methods = new Set(this.#patterns.filter(({ matches }) => matches.test(path)).map(({ method }) => method));
    if (methods.size === 0) return [];
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods];
  }

  /** The body's schema. Extra fields are allowed: Elysia sets the opposite when it compiles the schema. */
  bodySchema(method: string, path: string): TSchema | undefined {
    const body = this.#find(method, path)?.hooks.body;
    return body && ({ ...body, additionalProperties: true } as TSchema);
  }

  /** Whether the route accepts a larger body. */
  hasLargeBody(method: string, path: string): boolean {
    return LARGE_BODY_NOTE in (this.#find(method, path)?.hooks.detail ?? {});
  }

  /** A misspelt parameter, or the first of two, would otherwise be ignored silently. Throws `ERR_VALIDATION`. */
  refuseUnknownQuery({ method, url }: Request, path: string): void {
    const start = url.indexOf('?');
    if (start < 0 || !path.startsWith('/v1/')) return;
    const { detail, query } = this.#find(method, path)?.hooks ?? {};
    if (detail?.[ANY_QUERY_NOTE] === true) return;
    const parameters = new URLSearchParams(url.slice(start));
    for (const field of parameters.keys()) {
      if (!Object.hasOwn(query?.properties ?? {}, field))
        throw invalid.saying(`${shown(field)} is not a query parameter of this endpoint`)({ field: shown(field) });
      if (parameters.getAll(field).length > 1) throw invalid.saying(`${field} may be given only once`)({ field });
    }
  }

  #find(method: string, path: string): Route | undefined {
    return this.#routes.get(`${method === 'HEAD' ? 'GET' : method} ${path}`);
  }
}

type Pattern = { method: string; matches: RegExp };

/** Matches `/v1/users/:user_id` as Elysia does: a name is one segment, a star the rest, a trailing slash is ignored. */
function patternOf({ method, path }: Route): Pattern {
  const parts = path.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replace(/[^\w-]/g, '\\$&');
  });
  return { method, matches: new RegExp(`^${parts.join('/')}/?$`) };
}

const shown = (field: string) => (field.length > 64 ? `${field.slice(0, 64)}…` : field);
