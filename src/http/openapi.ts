import { toOpenAPISchema } from '@elysiajs/openapi/openapi';
import type { AnyElysia } from 'elysia';
import { NAME, VERSION } from '../core/version.ts';
import { HEADERS, type JsonObject, mapped, SECURITY_SCHEMES } from './openapi.components.ts';
import { FailureBook, sharedName } from './openapi.failures.ts';
import { type Books, type FoundOperation, refined } from './openapi.operation.ts';
import { SchemaBook } from './openapi.schemas.ts';

type Options = Pick<Books, 'sessionFailures' | 'examples'> & {
  /** The public address, if configured. The document's own address is always listed. */
  publicUrl: string | undefined;
  about: string;
  /** Groups with their descriptions, in display order. */
  tags: readonly (readonly [name: string, description: string])[];
};

type FoundPaths = Record<string, Record<string, FoundOperation>>;

/** The OpenAPI document of all visible routes, built from the models that validate requests and responses. */
export function openApiDocument(app: AnyElysia, options: Options): JsonObject {
  const books = { ...options, models: new SchemaBook(), failures: new FailureBook() };
  const paths = mapped(found(app), (methods, path) =>
    mapped(methods, (operation, method) => refined(operation, method, path, books)),
  );
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const servers = [{ url: '/', description: 'The instance that this document is from.' }];
  if (options.publicUrl) servers.push({ url: options.publicUrl, description: 'Its public address.' });
  return {
    openapi: '3.1.0',
    info: {
      title: NAME,
      version: VERSION,
      description: options.about,
      contact: { name: NAME, ...(options.publicUrl ? { url: options.publicUrl } : {}) },
      license: { name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only' },
    },
    servers,
    tags: options.tags.map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { ...books.failures.schemas(), ...books.models.schemas },
      responses: shareResponses(operations),
      parameters: shareParameters(operations),
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

/** The library's view of the routes. It omits bodies read by a custom parser, and so omits ours. */
function found(app: AnyElysia): FoundPaths {
  const routes = app.routes.map((route) => ({ ...route, hooks: { ...route.hooks, parse: undefined } }));
  const seen = { getGlobalRoutes: () => routes } as unknown as AnyElysia;
  return toOpenAPISchema(seen, { staticFile: false }).paths as unknown as FoundPaths;
}

/** Moves failures that several operations share to components. */
function shareResponses(operations: readonly JsonObject[]): JsonObject {
  const all = operations.flatMap(({ responses }) => Object.values(responses as JsonObject) as JsonObject[]);
  const failures = all.filter((response) => String(response.description).startsWith('`ERR_'));
  const shared = nameRepeated(failures, sharedName);
  for (const { responses } of operations) replaceIn(responses as JsonObject, shared, 'responses');
  return Object.fromEntries([...shared.values()].map(({ name, one }) => [name, one]));
}

/** The same for shared parameters. */
function shareParameters(operations: readonly JsonObject[]): JsonObject {
  const all = operations.flatMap(({ parameters }) => (parameters ?? []) as JsonObject[]);
  const shared = nameRepeated(all, ({ name }) => pascal(String(name)));
  for (const operation of operations)
    replaceIn((operation.parameters ?? []) as unknown as JsonObject, shared, 'parameters');
  return Object.fromEntries([...shared.values()].map(({ name, one }) => [name, one]));
}

type Shared = Map<string, { name: string; one: JsonObject }>;

/** Entries that occur more than once, by their text. If names collide, the most frequent entry gets the name. */
function nameRepeated(all: readonly JsonObject[], nameOf: (one: JsonObject) => string): Shared {
  const counts = new Map<string, { one: JsonObject; count: number }>();
  for (const one of all) {
    const text = JSON.stringify(one);
    counts.set(text, { one, count: (counts.get(text)?.count ?? 0) + 1 });
  }
  const repeated = [...counts].filter(([, { count }]) => count > 1).sort(([, a], [, b]) => b.count - a.count);
  const shared: Shared = new Map();
  const taken = new Set<string>();
  for (const [text, { one }] of repeated) {
    const name = nameOf(one);
    if (!taken.has(name)) shared.set(text, { name, one });
    taken.add(name);
  }
  return shared;
}

function replaceIn(container: JsonObject, shared: Shared, kind: string): void {
  for (const [key, one] of Object.entries(container)) {
    const found = shared.get(JSON.stringify(one));
    if (found) container[key] = { $ref: `#/components/${kind}/${found.name}` };
  }
}

/** `chat_id` → `ChatId` */
function pascal(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
