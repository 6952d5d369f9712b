import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { io, type Socket } from 'socket.io-client';
import { Chance, fuzzSeed, rounds } from '../support/fuzz.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { eventually } from '../support/waiting.ts';

// Twenty seconds of nonsense and of sense that is slightly wrong. What the answers of REST look like, the portal itself compares
// with the OpenAPI document, and says so when it is closed.

type Operation = {
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: object }> };
};
type Parameter = { $ref?: string; name: string; in: string; schema: object };
type ApiDocument = {
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, object>>;
};

const LIMIT_MS = 90_000;
const chance = new Chance(fuzzSeed());

let portal: TestPortal;
let url: string;
const known: Record<string, unknown[]> = {
  platform: ['discord'],
  tier: [1, 2, 3, 'PREMIUM'],
  code: [],
  ids: [],
  token_suffix: [],
};
let people: Person[] = [];
let keys: Record<string, string>[] = [];

beforeAll(async () => {
  portal = await testPortal({ engine: new ScriptedEngine(), env: { PORTAL_BROWSER_MAX_RUNNING: '1000' } });
  url = portal.listen();
});

afterAll(async () => {
  await portal.close();
  expect(portal.timers.pending).toBe(0);
});

/** New people and things, as what there was may be banned or gone by now. */
async function populate(): Promise<void> {
  const { given } = portal;
  people = [
    await given.owner(),
    await given.admin(),
    await given.moderator(),
    await given.person({ premium: true }),
    await given.person(),
  ];
  const chats = [await given.chat({ owner: people[3] as Person }), await given.chat({ visibility: 'public' })];
  for (const chat of chats) {
    for (const who of people) await given.member(chat, who);
    await given.speaker(chat, chance.pick(people));
  }
  const bot = await given.bot();
  const sessions = [...people, await given.stranger()];
  keys = [{}, { 'x-api-key': portal.modules.publicKey.current() }, { 'x-api-key': bot.apiKey }];
  keys.push(...sessions.map(({ token }) => ({ authorization: `Bearer ${token}` })));
  keys.push(...people.map(({ token }) => ({ cookie: `psession=${token}` })));
  known.user_id = people.map(({ id }) => id);
  known.user_ids = known.user_id;
  known.owner_id = known.user_id;
  known.new_owner_id = known.user_id;
  known.chat_id = chats.map(({ id }) => id);
  known.bot_id = [bot.id];
  known.username = people.map(({ username }) => username);
  known.token_suffix = people.map(({ token }) => token.slice(-6));
  known.notification_id = [1, 2, 3];
  known.announcement_id = [1, 2, 3];
  known.content = [`{"v":2,"epoch":1,"ct":"${'A'.repeat(56)}"}`];
  known.file = ['discord_0.svg'];
}

/** The keys with which an operation can be called, by whoever holds them. */
function keysFor(security: Record<string, string[]>[]): Record<string, string>[] {
  const schemes = new Set(security.flatMap((one) => Object.keys(one)));
  const [nobody = {}, client = {}, bot = {}, ...sessions] = keys;
  if (schemes.has('botKey')) return [bot];
  return [
    ...(schemes.has('publicKey') ? [client] : []),
    ...(schemes.has('bearer') ? sessions : []),
    ...(schemes.size === 0 ? [nobody] : []),
  ];
}

/** A schema without references: what it refers to stands in it. */
function resolved(node: unknown, { components }: ApiDocument): object {
  const text = JSON.stringify(node, (_, value) => {
    const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(\w+)$/.exec(value?.$ref ?? '') ?? [];
    return components[kind]?.[name] ?? value;
  });
  return JSON.parse(text) as object;
}

test(
  'REST: requests by the document, nearly right and wrong, are answered by the document',
  async () => {
    const document = portal.http.openApi() as unknown as ApiDocument;
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => ({ path, method, ...(resolved(one, document) as Operation) })),
    );
    const statuses = new Map<number, number>();
    for await (const round of rounds(11)) {
      if (round % 250 === 0) await populate();
      if (chance.happens(0.002)) await portal.timers.advance(chance.below(5000));
      const { path, method, parameters = [], requestBody, security = [] } = chance.pick(operations);
      let address = path;
      const query = new URLSearchParams();
      for (const { name, in: place, schema } of parameters) {
        const value = chance.fitting(schema, known, name);
        const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
        if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(text.toWellFormed()) || '%20');
        else if (chance.happens(0.6)) query.append(name, text.toWellFormed());
      }
      if (chance.happens(0.03)) query.append(chance.text().toWellFormed(), '1');
      const body = method === 'post' ? bodyOf(requestBody?.content['application/json']?.schema) : undefined;
      const type: Record<string, string> = chance.happens(0.97)
        ? { 'content-type': 'application/json' }
        : { 'content-type': 'text/plain' };
      const request = new Request(`http://localhost${address}${query.size > 0 ? `?${query}` : ''}`, {
        method: method.toUpperCase(),
        headers: {
          ...(body === undefined ? {} : type),
          ...chance.pick(chance.happens(0.9) ? keysFor(security) : keys),
        },
        ...(body === undefined ? {} : { body }),
      });
      const answer = await portal.fetch(request);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const text = await answer.text();
      if (answer.status >= 500) throw new Error(`${method} ${address}?${query} ${body}: ${answer.status} ${text}`);
      remember(text);
    }
    console.log('fuzz: answers by status', Object.fromEntries([...statuses].sort(([a], [b]) => a - b)));
    expect(statuses.get(200)).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

function bodyOf(schema: object | undefined): string | undefined {
  if (chance.happens(0.02))
    return chance.pick(['', '{', 'null', '[]', '"x"', '{"a":'.repeat(2000), '{"__proto__":{"level":3}}']);
  if (!schema) return chance.happens(0.5) ? '{}' : undefined;
  return JSON.stringify(chance.fitting(schema, known));
}

/** Ids and codes that an answer brought are worth asking with. */
function remember(text: string): void {
  for (const [, code] of text.matchAll(/"code":"([A-Za-z0-9]{8,12})"/g)) known.code?.push(code);
  for (const [, id] of text.matchAll(/"id":"(\d+-\d+)"/g)) known.ids?.push(id);
  for (const list of [known.code, known.ids]) list?.splice(0, list.length - 20);
}

const EVENTS = [
  'room:join',
  'room:leave',
  'room:kick',
  'message:send',
  'message:typing',
  'portal:key_share',
  'portal:key_rejected',
  'control:request',
  'control:cancel',
  'control:grant',
  'control:release',
  'control:take',
  'browser:watch',
  'browser:unwatch',
  'browser:seen',
  'browser:input',
  'browser:pointer',
  'browser:navigate',
  'browser:answer',
  'browser:keep',
  'no:such',
];

describe('over the socket', () => {
  async function connected(token: string): Promise<Socket> {
    const socket = io(url, { auth: { token }, transports: ['websocket'], reconnection: false, forceNew: true });
    await eventually(() => socket.connected || socket.disconnected === false);
    return socket;
  }

  /** Somebody who behaves is served as if nothing had happened. */
  async function isServed(): Promise<void> {
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const ada = await portal.given.person({ premium: true });
    const chat = await portal.given.chat({ owner: ada });
    const socket = await connected(ada.token);
    expect(await socket.emitWithAck('room:join', { chat_id: chat.id })).toMatchObject({ ok: true });
    socket.disconnect();
  }

  test(
    'events with any payload are answered or ignored, never by a failure of ours',
    async () => {
      await populate();
      const sockets: Socket[] = [];
      for (const { token } of people) sockets.push(await connected(token));
      for (const chatId of known.chat_id as number[]) {
        // The platform's Owner.
        await portal.as(people[0] as Person).post(`/v1/portal/chats/${chatId}/start`);
        for (const socket of sockets) await socket.emitWithAck('room:join', { chat_id: chatId });
      }
      let answered = 0;
      const broken: unknown[] = [];
      for await (const round of rounds(5)) {
        const socket = chance.pick(sockets);
        const payload = {
          chat_id: chance.pick(known.chat_id ?? []),
          user_id: chance.pick(known.user_id ?? []),
          epoch: chance.pick([1, 2, 0]),
          content: chance.pick(known.content ?? []),
          keys: [{ session_id: chance.pick(people).sessionId, blob: 'A'.repeat(96) }],
          is_typing: chance.happens(0.5),
          events: chance.inputs(),
          seq: chance.below(5),
          x: chance.next(),
          y: chance.next(),
          ...(chance.happens(0.5) ? { action: chance.pick(['back', 'reload', 'close']) } : { url: chance.text() }),
          id: chance.text(),
          accept: chance.happens(0.5),
        };
        if (chance.happens(0.5)) Object.assign(payload, chance.json());
        const args: unknown[] = [chance.happens(0.7) ? payload : chance.json()];
        if (chance.happens(0.1)) args.push(chance.json(), Buffer.from([1, 2, 3]));
        const acknowledge = (answer: { code?: string }) => {
          answered++;
          if (answer?.code === 'ERR_INTERNAL') broken.push({ args, answer });
        };
        socket.emit(chance.happens(0.9) ? chance.pick(EVENTS) : chance.text(), ...args, acknowledge);
        if (round % 50 === 49) expect((await fetch(`${url}/health`)).status).toBe(200);
        if (chance.happens(0.002)) await portal.timers.advance(chance.below(5000));
      }
      await eventually(() => answered > 0);
      for (const socket of sockets) socket.disconnect();
      expect(broken).toEqual([]);
      await isServed();
    },
    LIMIT_MS,
  );

  test(
    'packets that no client sends end a connection at most',
    async () => {
      const base = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
      for await (const _ of rounds(4)) {
        const socket = new WebSocket(base);
        await new Promise((resolve) => {
          socket.onopen = resolve;
          socket.onerror = resolve;
        });
        for (let count = chance.below(8); count > 0 && socket.readyState === WebSocket.OPEN; count--)
          socket.send(packet());
        socket.close();
        const address = `${url}/socket.io/?EIO=${chance.pick([4, 3, 'x'])}&transport=${chance.pick(['polling', 'websocket', 'carrier-pigeon'])}`;
        const opened = await fetch(address);
        expect(opened.status).toBeLessThan(500);
        const sid = /"sid":"([^"]+)"/.exec(await opened.text())?.[1];
        if (sid === undefined) continue;
        const posted = await fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
          method: 'POST',
          body: packet(),
        });
        expect(posted.status).toBeLessThan(500);
        await posted.text();
      }
      await isServed();
    },
    LIMIT_MS,
  );

  function packet(): string | Uint8Array<ArrayBuffer> {
    if (chance.happens(0.15)) return new Uint8Array(Array.from({ length: chance.below(200) }, () => chance.below(256)));
    const payload = JSON.stringify(chance.json()) ?? '';
    const start = chance.pick([
      '0',
      '1',
      '2',
      '3',
      '40',
      '41',
      '42',
      '43',
      '44',
      '451-',
      '46',
      '5',
      '6',
      '7',
      '',
      '42/other,',
      '4299999',
      '40{"token":',
    ]);
    return start + (chance.happens(0.5) ? payload : chance.text());
  }
});
