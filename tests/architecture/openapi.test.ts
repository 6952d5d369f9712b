import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type RulesetDefinition, Spectral } from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';
import { ACCESS_NOTE, type AccessNote } from '../../src/http/access.plugin.ts';
import type { Answer } from '../support/caller.ts';
import { DocumentCheck } from '../support/document-check.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

type Media = { schema?: object; example?: { code?: string } };
type Reply = { description: string; headers?: Record<string, object>; content?: Record<string, Media> };
type Operation = {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; description?: string }[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, Reply>;
};
type Document = {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, object>>;
};
type Hooks = { detail?: Record<string, unknown> & { hide?: boolean }; body?: TSchema; params?: object; query?: object };
type Route = { method: string; path: string; hooks: Hooks };
/** An operation with the route that it describes. */
type Described = { name: string; operation: Operation; route: Route; access: AccessNote };

const HIDDEN = [
  'GET /assets/:file',
  'GET /asyncapi.json',
  'GET /claim',
  'GET /docs',
  'GET /docs/:document',
  'GET /openapi.json',
  'GET /v1/portal/chats/:chat_id/browser/',
];

let portal: TestPortal;
let document: Document;
let routes: Route[];
let all: Described[];

beforeAll(async () => {
  portal = await testPortal();
  document = (await portal.nobody.get('/openapi.json')).body as Document;
  routes = portal.http.app.routes as unknown as Route[];
  all = shown(routes).map((route) => {
    const written = document.paths[documented(route.path)]?.[route.method.toLowerCase()];
    const operation = written && withoutReferences(written);
    if (!operation) throw new Error(`${route.method} ${route.path} is not in the document`);
    const access = route.hooks.detail?.[ACCESS_NOTE] as AccessNote;
    return { name: `${route.method} ${route.path}`, operation, route, access };
  });
});

afterAll(() => portal.close());

/** An operation with the parameters and answers that it shares with others. */
function withoutReferences(operation: Operation): Operation {
  const found = <T>(one: T): T => {
    const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(\w+)$/.exec((one as { $ref?: string }).$ref ?? '') ?? [];
    return (document.components[kind]?.[name] as T | undefined) ?? one;
  };
  const responses = Object.entries(operation.responses).map(([status, reply]) => [status, found(reply)]);
  return {
    ...operation,
    ...(operation.parameters ? { parameters: operation.parameters.map(found) } : {}),
    responses: Object.fromEntries(responses),
  };
}

const documented = (path: string) => path.replace(/:(\w+)/g, '{$1}');
const shown = (some: Route[]) => some.filter(({ hooks }) => !hooks.detail?.hide);

/** The operations of which something is not so. */
function without(isSo: (described: Described) => unknown): string[] {
  return all.filter((described) => !isSo(described)).map(({ name }) => name);
}

describe('the document as such', () => {
  test('has no error and no warning by the rules for OpenAPI', async () => {
    const spectral = new Spectral();
    // Tags stand in the order in which one meets them. The license has an SPDX identifier, which excludes an address.
    const off = { 'openapi-tags-alphabetical': 'off', 'license-url': 'off', 'contact-properties': 'off' };
    spectral.setRuleset({ extends: [[rulesets.oas, 'all']], rules: off } as RulesetDefinition);
    const found = await spectral.run(structuredClone(document) as unknown as Record<string, unknown>);
    expect(found.map(({ code, message, path }) => `${code}: ${message} (${path.join('/')})`)).toEqual([]);
  });

  test('names every route that is not hidden, and no other', () => {
    const inDocument = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const registered = shown(routes).map(({ method, path }) => `${method} ${documented(path)}`);
    expect(new Set(inDocument)).toEqual(new Set(registered));
  });

  test('leaves out pages and their files alone', () => {
    const hidden = routes.filter(({ hooks }) => hooks.detail?.hide).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(hidden)).toEqual(new Set(HIDDEN));
  });

  test('is the same at every call and of every instance', async () => {
    const text = async (some: TestPortal) => (await some.fetch(new Request('http://localhost/openapi.json'))).text();
    await using other = await testPortal();
    expect(await text(portal)).toBe(await text(portal));
    expect(await text(other)).toBe(await text(portal));
  });

  test('names the public address where there is one, after the address that it is read at', async () => {
    await using known = await testPortal({ env: { PORTAL_PUBLIC_URL: 'https://portal.example.com' } });
    const { body } = await known.nobody.get('/openapi.json');
    expect(body.servers.map(({ url }: { url: string }) => url)).toEqual(['/', 'https://portal.example.com']);
  });

  test('keeps what is only for our own code to itself', () => {
    const text = JSON.stringify(document);
    expect(text).not.toContain('x-portal-');
    expect(text).not.toContain('"says":');
  });

  test('refers to nothing that is not there, and holds nothing that is not referred to', () => {
    const referred = new Set([...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target));
    const held = ['schemas', 'headers', 'responses', 'parameters'].flatMap((kind) =>
      Object.keys(document.components[kind] ?? {}).map((name) => `#/components/${kind}/${name}`),
    );
    expect(referred).toEqual(new Set(held));
  });
});

describe('every operation', () => {
  test('has an id of its own in camelCase', () => {
    expect(without(({ operation }) => /^[a-z]+([A-Z][a-z]+|2ee)*$/.test(operation.operationId))).toEqual([]);
    const ids = all.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test('has a short summary and a description of its own, and says who may call it', () => {
    expect(without(({ operation: { summary } }) => /^[A-Z].{3,70}[^.]$/.test(summary))).toEqual([]);
    expect(without(({ operation }) => /For: .+\. Rate tier: [A-Z]+\.$/.test(operation.description))).toEqual([]);
    expect(without(({ operation }) => /^.{10,}\n\nFor: /s.test(operation.description))).toEqual([]);
  });

  test('has one tag, and every tag has operations', () => {
    expect(without(({ operation }) => operation.tags?.length === 1)).toEqual([]);
    expect(new Set(all.flatMap(({ operation }) => operation.tags))).toEqual(
      new Set(document.tags.map(({ name }) => name)),
    );
  });

  test('says what each parameter means', () => {
    expect(without(({ operation }) => (operation.parameters ?? []).every(({ description }) => description))).toEqual(
      [],
    );
    const named = ({ route }: Described) => (route.path.match(/:\w+/g) ?? []).map((name) => name.slice(1));
    const inPath = ({ operation }: Described) =>
      (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(without((one) => Bun.deepEquals(inPath(one), named(one)))).toEqual([]);
  });

  test('that takes a body shows one that its own check accepts', () => {
    const taking = all.filter(({ route }) => route.hooks.body);
    expect(taking.length).toBeGreaterThan(5);
    for (const { name, operation, route } of taking) {
      const example = operation.requestBody?.content['application/json']?.example;
      expect({ name, hasExample: example !== undefined }).toEqual({ name, hasExample: true });
      const errors = [...Value.Errors(route.hooks.body as TSchema, example)].map(({ path, message }) => path + message);
      expect({ name, errors }).toEqual({ name, errors: [] });
    }
  });

  test('that changes something is a POST, and no GET takes a body', () => {
    expect(without(({ route }) => ['GET', 'POST'].includes(route.method))).toEqual([]);
    expect(without(({ route }) => route.method === 'POST' || !route.hooks.body)).toEqual([]);
  });

  test('says what it answers', () => {
    const isPicture = (media: string | undefined) => media !== undefined && /^(image|text)\//.test(media);
    const isDescribed = ({ operation }: Described) => {
      const [[media, { schema } = {}] = []] = Object.entries(operation.responses[200]?.content ?? {});
      return schema !== undefined && (media === 'application/json' || isPicture(media));
    };
    expect(without(isDescribed)).toEqual([]);
    expect(without(({ operation }) => operation.responses[200]?.headers?.['X-Correlation-Id'])).toEqual([]);
  });

  test('names the codes of each failure, and shows one', () => {
    const failures = all.flatMap(({ name, operation }) =>
      Object.entries(operation.responses)
        .filter(([status, { content }]) => status >= '400' && content?.['application/json']?.example?.code)
        .map(([status, reply]) => ({ name, status, reply })),
    );
    expect(failures.length).toBeGreaterThan(all.length);
    for (const { name, status, reply } of failures) {
      const code = reply.content?.['application/json']?.example?.code;
      expect({ name, status, names: reply.description.includes(`\`${code}\``) }).toEqual({ name, status, names: true });
    }
  });

  test('names what its access rule and its input bring with them', () => {
    const names = ({ operation }: Described, status: number, code: string) =>
      operation.responses[status]?.description.includes(`\`${code}\``) ?? false;
    const isOpen = ({ access }: Described) => access.kind === 'open';
    const needsSession = ({ access }: Described) => !['open', 'withPublicKey', 'bot'].includes(access.kind);
    const hasInput = ({ route: { hooks } }: Described) => Boolean(hooks.body || hooks.params || hooks.query);
    const isPost = ({ route }: Described) => route.method === 'POST';
    const rules: [number, string, (one: Described) => boolean][] = [
      [429, 'ERR_RATE_LIMITED', () => true],
      [500, 'ERR_INTERNAL', () => true],
      [401, 'ERR_UNAUTHENTICATED', (one) => !isOpen(one)],
      [403, 'ERR_BANNED', needsSession],
      [403, 'ERR_TIMED_OUT', (one) => needsSession(one) && !one.access.whileTimedOut],
      [403, 'ERR_ORIGIN', (one) => needsSession(one) && isPost(one)],
      [400, 'ERR_VALIDATION', hasInput],
      [400, 'ERR_BAD_REQUEST', isPost],
      [413, 'ERR_TOO_LARGE', isPost],
    ];
    for (const [status, code, applies] of rules) {
      expect({ code, missing: without((one) => !applies(one) || names(one, status, code)) }).toEqual({
        code,
        missing: [],
      });
    }
  });
});

describe('what generators make of it', () => {
  /** Every schema in the document, with its place. */
  function* schemasIn(node: unknown, place = ''): Generator<{ place: string; schema: Record<string, unknown> }> {
    if (typeof node !== 'object' || node === null) return;
    if (!Array.isArray(node)) yield { place, schema: node as Record<string, unknown> };
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'example') yield* schemasIn(value, `${place}/${key}`);
    }
  }
  const places = (isWrong: (schema: Record<string, unknown>) => unknown) =>
    [...schemasIn(document)].filter(({ schema }) => isWrong(schema)).map(({ place }) => place);

  test('fits into the numbers that they take', () => {
    expect(
      places((schema) => schema.type === 'integer' && !['int32', 'int64'].includes(String(schema.format))),
    ).toEqual([]);
    const isBeyond = (bound: unknown) => typeof bound === 'number' && Math.abs(bound) > 2 ** 31 - 1;
    const isTooLarge = ({ format, minimum, maximum }: Record<string, unknown>) =>
      format === 'int32' && (isBeyond(minimum) || isBeyond(maximum));
    expect(places(isTooLarge)).toEqual([]);
  });

  test('has no pattern that only JavaScript reads', () => {
    const isOurs = ({ pattern }: Record<string, unknown>) =>
      typeof pattern === 'string' && /\\u|\\p|\(\?[!=<]/.test(pattern);
    expect(places(isOurs)).toEqual([]);
    expect(places(({ patternProperties }) => patternProperties)).toEqual([]);
  });

  test('loses nothing that a model says: no choice of literals has a description or a default, which would be dropped', () => {
    const isLost = ({ anyOf, description, default: preset }: Record<string, unknown>) =>
      Array.isArray(anyOf) && anyOf.every((one) => one.const !== undefined) && (description ?? preset) !== undefined;
    const lost = routes.flatMap(({ path, hooks: { detail: _, ...schemas } }) =>
      [...schemasIn(schemas, path)].filter(({ schema }) => isLost(schema)).map(({ place }) => place),
    );
    expect(lost).toEqual([]);
  });

  test('names every object that may be null, and every body', () => {
    expect(places(({ type }) => Array.isArray(type) && type.includes('object'))).toEqual([]);
    const bodies = all.filter(({ operation }) => operation.requestBody);
    const isNamed = ({ operation }: Described) =>
      JSON.stringify(operation.requestBody?.content).includes('"$ref":"#/components/schemas/');
    expect(bodies.filter((one) => !isNamed(one)).map(({ name }) => name)).toEqual([]);
  });

  test('allows null where it says so: an enum with it lists it', () => {
    const forgets = ({ type, enum: values }: Record<string, unknown>) =>
      Array.isArray(type) && type.includes('null') && Array.isArray(values) && !values.includes(null);
    expect(places(forgets)).toEqual([]);
  });

  test('shows an example of every answer, which its schema allows', () => {
    const check = new DocumentCheck(document);
    for (const { name, operation } of all) {
      const [[type, media] = []] = Object.entries(operation.responses[200]?.content ?? {});
      // A picture is no text.
      if (!media || type === 'image/jpeg') continue;
      expect({ name, isValid: check.isValid(media.schema ?? {}, media.example) }).toEqual({ name, isValid: true });
    }
  });

  test('asks for a body where the call fails without one', async () => {
    const wrong: string[] = [];
    const { id } = await portal.given.chat({ visibility: 'public' });
    for (const { name, operation, route } of all.filter(({ operation: { requestBody } }) => requestBody)) {
      const headers: Record<string, string> = operation.security.some((way) => 'botKey' in way)
        ? { 'x-api-key': (await portal.given.bot()).apiKey }
        : operation.security.some((way) => 'publicKey' in way)
          ? { 'x-api-key': portal.modules.publicKey.current() }
          : { authorization: `Bearer ${(await portal.given.owner()).token}` };
      const { status, body } = await portal.nobody.post(
        route.path.replace(':chat_id', String(id)).replace(':signature', '1'.repeat(16)).replace(/:\w+/g, '1'),
        {},
        headers,
      );
      const isRefused = status === 400 && ['ERR_VALIDATION', 'ERR_BAD_REQUEST'].includes(body.code);
      if (isRefused !== operation.requestBody?.required) wrong.push(`${name}: ${status} ${body.error}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('what the document promises', () => {
  /** The ways to call: without anything, or as a security scheme says. A caller is new each time: a call may end it. */
  const ways: Record<string, () => Promise<Record<string, string>>> = {
    nothing: async () => ({}),
    session: async () => ({ cookie: `psession=${(await portal.given.owner()).token}` }),
    bearer: async () => ({ authorization: `Bearer ${(await portal.given.owner()).token}` }),
    publicKey: async () => ({ 'x-api-key': portal.modules.publicKey.current() }),
    botKey: async () => ({ 'x-api-key': (await portal.given.bot()).apiKey }),
  };

  /** Every operation by every way, with its example as the body; gives back where the answer is not as it should be. */
  async function wrongAnswers(isRight: (one: Described, way: string, answer: Answer) => unknown): Promise<string[]> {
    const wrong: string[] = [];
    for (const one of all) {
      const example = one.operation.requestBody?.content['application/json']?.example;
      const path = one.route.path.replace(/:\w+/g, '1');
      for (const [way, headersOf] of Object.entries(ways)) {
        const headers = await headersOf();
        const isGet = one.route.method === 'GET';
        const answer = await (isGet ? portal.nobody.get(path, headers) : portal.nobody.post(path, example, headers));
        if (!isRight(one, way, answer)) wrong.push(`${one.name} by ${way}: ${answer.status} ${answer.body?.code}`);
      }
    }
    return wrong;
  }

  test('each security scheme opens the doors that name it, and no other does', async () => {
    const opens = ({ security }: Operation, way: string) => security.length === 0 || security.some((one) => way in one);
    expect(
      await wrongAnswers(
        ({ operation }, way, { body }) => opens(operation, way) === (body?.code !== 'ERR_UNAUTHENTICATED'),
      ),
    ).toEqual([]);
  });

  test('an answer is one of those that are named', async () => {
    const names = (reply: Reply | undefined, code: string) => reply?.description.includes(`\`${code}\``);
    expect(
      await wrongAnswers(
        ({ operation }, _way, { status, body }) => status === 200 || names(operation.responses[status], body?.code),
      ),
    ).toEqual([]);
  });

  test('the headers of the rate limit come with an answer and with a refusal', async () => {
    await using limited = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_HEALTH: '1' } });
    const responses = all.find(({ name }) => name === 'GET /')?.operation.responses ?? {};
    for (const status of [200, 429]) {
      const answer = await limited.nobody.get('/');
      expect(answer.status).toBe(status);
      const promised = Object.keys(responses[status]?.headers ?? {});
      expect(promised.length).toBeGreaterThan(3);
      expect(promised.filter((name) => !answer.headers.has(name))).toEqual([]);
    }
  });
});
