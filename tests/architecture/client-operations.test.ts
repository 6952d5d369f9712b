import { afterAll, beforeAll, expect, test } from 'bun:test';
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
  components: { parameters: Record<string, Parameter> };
};
type Sent = { method: string; path: string; query: string; credential: string; body: unknown };

let portal: TestPortal;
let operations: (Operation & { method: string; path: string })[];

beforeAll(async () => {
  portal = await testPortal();
  const document = portal.http.openApi() as unknown as Document;
  const shared = document.components.parameters;
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
  expect(words.map(([, , id]) => id ?? '').sort()).toEqual(ids.sort());
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
