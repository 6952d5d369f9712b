import type { TObject, TSchema } from '@sinclair/typebox';
import type { DetailField, ErrorKind } from '../core/errors.ts';
import { NAME, VERSION } from '../core/version.ts';
import { type Json, type JsonObject, mapped } from './openapi.components.ts';
import { type Examples, exampleOf } from './openapi.examples.ts';
import { SchemaBook } from './openapi.schemas.ts';

type Kind = ErrorKind<never>;

/** What the document says about an event that clients send. The payload's schema comes from its handler. */
export type CallDescription = {
  group: string;
  summary: string;
  description?: string;
  /** What fields of the payload mean, where their schemas do not say it. */
  fields?: Readonly<Record<string, string>>;
  example: JsonObject;
  /** The fields of the acknowledgement beside `ok`. */
  reply?: TObject;
  answer?: JsonObject;
  /** Failures besides those that every event can have. */
  fails?: readonly Kind[];
};

/** What the document says about an event that the server sends. */
export type EventDescription = {
  group: string;
  /** Who gets it. */
  to: string;
  summary: string;
  description?: string;
  payload: TSchema;
  example?: Json;
};

/** A handler, as far as the document is concerned. */
export type HeardEvent = { event: string; payload: TSchema; paced?: true; admits: 'users' | 'guests' };

type Options = {
  about: string;
  publicUrl: string | undefined;
  groups: readonly (readonly [name: string, description: string])[];
  handlers: readonly HeardEvent[];
  calls: Readonly<Record<string, CallDescription>>;
  events: Readonly<Record<string, EventDescription>>;
  examples: Examples;
  commonFailures: { always: readonly Kind[]; ofUsers: readonly Kind[]; unlessPaced: readonly Kind[] };
};

const CHANNEL = '#/channels/socket';

/** The AsyncAPI document of the live events, built from the schemas that check what comes in and, in tests, what goes out. */
export function asyncApiDocument(options: Options): JsonObject {
  const models = new SchemaBook();
  const failures = new Set<Kind>();
  const messages: JsonObject = {};
  const operations: JsonObject = {};
  for (const handler of options.handlers) addCall(handler, { ...options, models, failures, messages, operations });
  for (const [event, description] of Object.entries(options.events)) {
    const id = pascal(event);
    const schema = models.of(description.payload);
    const example = description.example ?? exampleOf(schema, models.schemas, options.examples);
    messages[`${id}Event`] = message(event, description.summary, schema, example);
    const to = `To: ${description.to}.`;
    operations[`on${id}`] = {
      action: 'send',
      channel: { $ref: CHANNEL },
      ...told(event, description, to),
      messages: [{ $ref: `${CHANNEL}/messages/${id}Event` }],
    };
  }
  const refused = { ok: false, error: 'Join the chat first, by room:join over the socket', code: 'ERR_NOT_JOINED' };
  const schemas = { ...models.schemas, Failure: failureSchema(failures) };
  const failure = { $ref: '#/components/schemas/Failure' };
  messages.Failure = message('failure', 'The acknowledgement of an event that failed', failure, refused);
  return {
    asyncapi: '3.0.0',
    info: {
      title: `${NAME}, live`,
      version: VERSION,
      description: options.about,
      license: { name: 'AGPL-3.0-only', url: 'https://www.gnu.org/licenses/agpl-3.0.html' },
      tags: options.groups.map(([name, description]) => ({ name, description })),
    },
    defaultContentType: 'application/json',
    servers: { instance: server(options.publicUrl) },
    channels: {
      socket: {
        address: '/',
        title: 'The socket',
        description: 'The default namespace of Socket.IO. The name of a message is the name of its event.',
        messages: mapped(messages, (_, name) => ({ $ref: `#/components/messages/${name}` })),
      },
    },
    operations,
    components: { schemas, messages, securitySchemes: SECURITY },
  };
}

type Book = Options & { models: SchemaBook; failures: Set<Kind>; messages: JsonObject; operations: JsonObject };

function addCall({ event, payload, paced, admits }: HeardEvent, book: Book): void {
  const description = book.calls[event];
  if (!description) throw new Error(`nothing says what the event ${event} is for`);
  const { models, failures, messages, operations, examples, commonFailures } = book;
  const id = pascal(event);
  const { always, ofUsers, unlessPaced } = commonFailures;
  const own = description.fails ?? [];
  const all = [...own, ...always, ...(admits === 'users' ? ofUsers : []), ...(paced ? [] : unlessPaced)];
  for (const kind of all) failures.add(kind);
  const ok = { type: 'boolean', enum: [true] };
  const reply = description.reply ? models.of(description.reply) : { type: 'object', properties: {} };
  const { required = [], properties = {} } = reply as { required?: string[]; properties?: JsonObject };
  const acknowledgement = { ...reply, required: ['ok', ...required], properties: { ok, ...properties } };
  const answer = description.answer ?? (exampleOf(reply, models.schemas, examples) as JsonObject);
  messages[`${id}Call`] = message(
    event,
    description.summary,
    withWords(models.of(payload), description.fields),
    description.example,
  );
  messages[`${id}Reply`] = message(event, `The acknowledgement of ${event}`, acknowledgement, { ok: true, ...answer });
  const codes = Map.groupBy(own, ({ code }) => code)
    .entries()
    .toArray();
  const lines = codes.map(([code, kinds]) => `- \`${code}\`: ${kinds.map(({ sentence }) => `${sentence}.`).join(' ')}`);
  operations[`call${id}`] = {
    action: 'receive',
    channel: { $ref: CHANNEL },
    ...told(event, description, lines.length === 0 ? undefined : `Fails with:\n\n${lines.join('\n')}`),
    messages: [{ $ref: `${CHANNEL}/messages/${id}Call` }],
    reply: {
      channel: { $ref: CHANNEL },
      messages: [{ $ref: `${CHANNEL}/messages/${id}Reply` }, { $ref: `${CHANNEL}/messages/Failure` }],
    },
    'x-error-codes': [...new Set(all.map(({ code }) => code))].sort((a, b) => (a < b ? -1 : 1)),
    ...(paced ? { 'x-uncounted': true } : {}),
  };
}

/** A payload's schema with words for fields that have none. */
function withWords(schema: JsonObject, words: CallDescription['fields'] = {}): JsonObject {
  const properties = mapped(schema.properties as Record<string, JsonObject>, (field, name) =>
    words[name] === undefined ? field : { ...field, description: words[name] },
  );
  return { ...schema, properties };
}

type Said = { group: string; summary: string; description?: string };

function told(event: string, { group, summary, description }: Said, more: string | undefined): JsonObject {
  const words = [description, more].filter((one) => one !== undefined).join('\n\n');
  return { title: event, summary, ...(words ? { description: words } : {}), tags: [{ name: group }] };
}

function message(event: string, summary: string, payload: JsonObject, example: Json): JsonObject {
  return { name: event, title: event, summary, payload, examples: [{ name: 'example', payload: example }] };
}

function failureSchema(failures: ReadonlySet<Kind>): JsonObject {
  const details = Object.assign({}, ...[...failures].map(({ fields }) => fields)) as Record<string, DetailField>;
  const codes = [...new Set([...failures].map(({ code }) => code))].sort((a, b) => (a < b ? -1 : 1));
  return {
    title: 'Failure',
    type: 'object',
    description: 'The acknowledgement of an event that failed. Some codes bring further fields.',
    required: ['ok', 'error', 'code'],
    properties: {
      ok: { type: 'boolean', enum: [false] },
      error: { type: 'string', description: 'A sentence for people.' },
      code: { type: 'string', enum: codes, description: 'Stable, for programs.' },
      ...Object.fromEntries(Object.entries(details).map(([name, { example: _, ...schema }]) => [name, schema])),
    },
  };
}

function server(publicUrl: string | undefined): JsonObject {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  return {
    host: url?.host ?? '{host}',
    pathname: '/socket.io/',
    protocol: url?.protocol === 'http:' ? 'ws' : 'wss',
    protocolVersion: '5',
    description: 'Socket.IO on the port of the API, over WebSocket or long polling.',
    ...(url
      ? {}
      : { variables: { host: { default: 'portal.example.com', description: 'The host of the instance.' } } }),
    security: [{ $ref: '#/components/securitySchemes/token' }, { $ref: '#/components/securitySchemes/cookie' }],
  };
}

const SECURITY = {
  token: {
    type: 'apiKey',
    in: 'password',
    description:
      'For programs: the token of a session as `auth.token` of the handshake, `io(url, { auth: { token } })`. It is the value of the cookie `psession`, which every sign-in sets.',
  },
  cookie: {
    type: 'httpApiKey',
    in: 'cookie',
    name: 'psession',
    description: 'For pages: the browser sends the cookie with the handshake.',
  },
} satisfies JsonObject;

/** `room:key_added` → `RoomKeyAdded` */
function pascal(event: string): string {
  return event.replace(/(?:^|[:_])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
