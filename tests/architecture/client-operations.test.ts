import { afterAll, beforeAll, expect, test } from 'bun:test';
import { dirname, join } from 'node:path';
import { Glob } from 'bun';
import { modelsOf, type Schema } from '../../src/build/client-types.ts';
import { PortalRest } from '../../src/client/index.ts';
import { ROUTES } from '../../src/client/link/rest.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

type Parameter = { in: 'path' | 'query'; name: string };
type Operation = {
  operationId: string;
  security: Record<string, unknown>[];
  parameters?: (Parameter & { $ref?: string })[];
  requestBody?: { content: Record<string, { example?: object }> };
  responses: Record<string, { content?: Record<string, object> }>;
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { parameters: Record<string, Parameter>; schemas: Record<string, Schema> };
};
type Sent = { method: string; path: string; query: string; credential: string; body: unknown };

let portal: TestPortal;
let schemas: Record<string, Schema>;
let operations: (Operation & { method: string; path: string })[];

beforeAll(async () => {
  portal = await testPortal();
  const document = portal.http.openApi() as unknown as Document;
  const shared = document.components.parameters;
  schemas = document.components.schemas;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      parameters: operation.parameters?.map((one) => shared[one.$ref?.split('/').at(-1) ?? ''] ?? one) ?? [],
    })),
  );
});
afterAll(() => portal.close());

const byText = (a: string, b: string) => (a < b ? -1 : 1);
const words = Object.values(ROUTES).flatMap((group) => Object.values(group).map((route) => route.split(' ')));

/** Which credential an operation takes, as the document says it. */
function credentialOf({ security }: Operation): string {
  const schemes = new Set(security.flatMap((one) => Object.keys(one)));
  if (schemes.has('botKey')) return 'hbot_b';
  const key = schemes.has('publicKey') ? 'hpub_p' : '';
  return [key, schemes.has('bearer') ? 'Bearer t' : ''].filter((one) => one !== '').join(' and ');
}

/** A library whose calls end here. */
function library() {
  const sent: Sent[] = [];
  const rest = new PortalRest({
    url: 'https://x.example',
    publicKey: 'hpub_p',
    apiKey: 'hbot_b',
    token: 't',
    useCookies: true,
    fetch: async (url, { method = '', headers, body }) => {
      const { pathname, search } = new URL(url);
      const { 'x-api-key': key = '', authorization = '' } = headers as Record<string, string>;
      const credential = [key, authorization].filter((one) => one !== '').join(' and ');
      sent.push({
        method,
        path: pathname,
        query: search,
        credential,
        body: body ? JSON.parse(String(body)) : undefined,
      });
      return Response.json([]);
    },
  });
  return { calls: rest.operations as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>, sent };
}

test('the library has every operation of the document, and no other', () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(words.map(([, , id]) => id ?? '').sort(byText)).toEqual(ids.sort(byText));
  expect(ids.length).toBeGreaterThan(100);
});

test('each one is sent as the document says: verb, path, query, body and credential', async () => {
  for (const operation of operations) {
    const { calls, sent } = library();
    const { operationId, method, path, parameters = [], requestBody } = operation;
    const places = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
    const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    const query = Object.fromEntries(names.map((name) => [name, `${name} & more`]));
    const body = { body: 'of it' };
    const input = requestBody ? [body] : names.length > 0 ? [query] : [];
    await calls[operationId]?.(...places.map((name) => `a/${name}`), ...input);
    const filled = path.replace(/\{(\w+)\}/g, 'a%2F$1');
    // Metrics take a token of the operator's, which is no session.
    const credential = operationId === 'getMetrics' ? 'Bearer t' : credentialOf(operation);
    expect({ operationId, ...sent[0] }).toEqual({
      operationId,
      method,
      path: filled,
      query: names.length > 0 ? `?${new URLSearchParams(query)}` : '',
      credential,
      body: method === 'GET' ? undefined : requestBody ? body : {},
    });
  }
});

test('answers that are no JSON, and an unhealthy 503, are known as such', () => {
  for (const { operationId, responses } of operations) {
    const media = Object.keys(responses['200']?.content ?? {}).join();
    const reads = words.find(([, , id]) => id === operationId) ?? [];
    const found = reads.includes('bytes') ? 'image/jpeg' : reads.includes('text') ? 'text' : 'application/json';
    expect(`${operationId} ${media}`).toStartWith(`${operationId} ${media.includes('svg') ? 'image/svg' : found}`);
    const unhealthy = JSON.stringify(responses['503']?.content ?? {}).includes('Health"');
    expect({ operationId, is503: reads.includes('503') }).toEqual({ operationId, is503: unhealthy });
  }
});

/** Answers that the library types by hand: more exactly than the models. */
const BY_HAND: Readonly<Record<string, string>> = {
  MatchAnswer: 'MatchEnqueued',
  BrowserStarted: 'Ok',
  SentLoginCode: 'LoginCode',
};

const SOURCES = join(import.meta.dir, '../../src/client');
type Signature = { body: string | undefined; query: string | undefined; answer: string };

/** The models behind the library's types, and the signatures of its methods, by operation. */
async function typesOfLibrary() {
  const models = new Map<string, Schema & { title?: string }>();
  const signatures = new Map<string, Signature>();
  for (const path of ['api/*.ts', '*wire.ts'].flatMap((some) => [...new Glob(some).scanSync(SOURCES)])) {
    const text = await Bun.file(join(SOURCES, path)).text();
    const known = new Map(
      (await modelsOf(text, dirname(join(SOURCES, path)))).map((one) => [one.reference, one.schema]),
    );
    for (const [, name = '', reference = ''] of text.matchAll(/^export type (\w+) =[^;]*?(Static<typeof \w+\.\w+>)/gm))
      models.set(name, known.get(reference) ?? {});
    const methodsOf = new Map(
      [...text.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)].map(([, name = '', methods = '']) => [
        name,
        methods,
      ]),
    );
    for (const [, routes = '', group = ''] of text.matchAll(
      /^export const \w+ = \{(.*?)\} as const satisfies Record<\s*keyof (\w+)/gms,
    )) {
      for (const [, name = '', id = ''] of routes.matchAll(/(\w+):\s*'(?:GET|POST) \S+ (\w+)/g)) {
        const method = new RegExp(`^ {2}${name}\\(([^)]*)\\): Promise<(.*?)>;$`, 'ms').exec(methodsOf.get(group) ?? '');
        const [, given = '', answer = ''] = method ?? [];
        const input = (kind: string) => new RegExp(`\\b${kind}\\??: (\\w+)`).exec(given)?.[1];
        signatures.set(id, {
          body: input('body'),
          query: input('query'),
          answer: answer.replace(/^List<(\w+)>$/, '$1'),
        });
      }
    }
  }
  return { models, signatures };
}

test('the types of bodies, queries and answers are those of the models that the document names', async () => {
  const { models, signatures } = await typesOfLibrary();
  const fieldsOf = (name: string | undefined) => Object.keys(models.get(name ?? '')?.properties ?? {}).sort(byText);
  for (const { operationId, parameters = [], requestBody, responses } of operations) {
    const found = signatures.get(operationId);
    const answer = JSON.stringify(responses['200']?.content ?? {});
    const title =
      /schemas\/(\w+)"/.exec(answer)?.[1] ?? (answer.includes('binary') ? 'Uint8Array<ArrayBuffer>' : 'string');
    const bodyName = /schemas\/(\w+)"/.exec(JSON.stringify(requestBody ?? {}))?.[1] ?? '';
    const typed = found?.answer ?? '';
    expect({ operationId, answer: models.get(typed)?.title ?? BY_HAND[typed] ?? typed }).toEqual({
      operationId,
      answer: title,
    });
    expect({ operationId, body: fieldsOf(found?.body) }).toEqual({
      operationId,
      body: Object.keys(schemas[bodyName]?.properties ?? {}).sort(byText),
    });
    const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    expect({ operationId, query: fieldsOf(found?.query) }).toEqual({ operationId, query: names.sort(byText) });
  }
});
