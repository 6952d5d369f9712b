import { expect, test } from 'bun:test';
import { createFront, type FrontEntry, type WebSocketEntry } from '../../src/app/front/front.ts';
import { testPortal } from '../support/portal.ts';
import { ask, statusOf } from '../support/raw-http.ts';

const limits = { idleSeconds: 60, maxPayloadBytes: 1000, maxBufferedBytes: 100_000 };

/** An entry whose sockets answer with its own name, and with what was given to them when they were upgraded. */
function echo(kind: string, more: Partial<WebSocketEntry<{ greeting: string }>['limits']> = {}) {
  const entry: FrontEntry<{ greeting: string }> = {
    kind,
    serves: (path) => path === `/${kind}`,
    handle: ({ request, server }) =>
      server.upgrade(request, { data: { greeting: `hello from ${kind}` } }) ? new Response(null) : new Response(kind),
    websocket: {
      open: (ws) => void ws.send(ws.data.greeting),
      message: (ws, message) => void ws.send(`${kind}: ${String(message)}`),
      close: () => {},
      limits: { ...limits, ...more },
    },
  };
  return entry;
}

function open(entries: FrontEntry[]) {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', ...createFront(entries, () => '192.0.2.1') });
  const talk = (path: string, text: string) =>
    new Promise<(string | number)[]>((resolve) => {
      const heard: (string | number)[] = [];
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`);
      socket.addEventListener('open', () => socket.send(text));
      socket.addEventListener('message', ({ data }) => heard.push(String(data)) === 2 && socket.close(1000));
      socket.addEventListener('close', ({ code }) => resolve([...heard, code]));
    });
  return { url: `http://127.0.0.1:${server.port}`, talk, [Symbol.asyncDispose]: () => server.stop(true) };
}

test('WebSockets of several kinds share the port, each with its own entry', async () => {
  await using front = open([echo('one'), echo('two')]);

  expect(await Promise.all([front.talk('/one', 'a'), front.talk('/two', 'b')])).toEqual([
    ['hello from one', 'one: a', 1000],
    ['hello from two', 'two: b', 1000],
  ]);
});

test('a kind with a smaller limit keeps it beside one with a larger', async () => {
  await using front = open([echo('small', { maxPayloadBytes: 10 }), echo('large')]);
  const long = 'x'.repeat(20);

  expect(await front.talk('/small', long)).toEqual(['hello from small', 1009]);
  expect(await front.talk('/large', long)).toEqual(['hello from large', `large: ${long}`, 1000]);
});

test('the first entry that serves a path gets the request, and what nobody serves is not found', async () => {
  await using front = open([
    echo('one'),
    { kind: 'rest', serves: (path) => path !== '/no', handle: ({ ip }) => new Response(ip) },
  ]);
  const text = async (path: string) => (await fetch(front.url + path)).text();

  expect([await text('/one'), await text('/other')]).toEqual(['one', '192.0.2.1']);
  expect((await fetch(`${front.url}/no`)).status).toBe(404);
});

test('two entries of one kind are a mistake', () => {
  expect(() => createFront([echo('one'), echo('one')], () => '')).toThrow('one');
});

test('a request without a Host, or with an odd one, is answered for the path that it was sent to', async () => {
  await using portal = await testPortal();
  const url = portal.listen();

  expect(statusOf(await ask(url, 'GET /health HTTP/1.0'))).toBe(200);
  expect(statusOf(await ask(url, 'GET /health?x=//a/metrics HTTP/1.0'))).toBe(200);
  expect(statusOf(await ask(url, 'GET /health HTTP/1.1', 'Host: a'))).toBe(200);
  expect(statusOf(await ask(url, 'GET /health HTTP/1.1', 'Host: a/metrics?'))).toBe(200);
  for (const target of ['/abc/metrics', '//metrics', '//abc/metrics', '/abc/../metrics', '/abc/%2e%2e/metrics']) {
    const answer = await ask(url, `GET ${target} HTTP/1.0`);
    expect([target, statusOf(answer)]).toEqual([target, 404]);
    expect(answer).toContain('ERR_NOT_FOUND');
  }
  expect(statusOf(await ask(url, 'GET /abc/metrics HTTP/1.1', 'Host: b/..'))).toBe(404);
});

test('sockets open without a Host as well', async () => {
  await using portal = await testPortal();
  const answer = await ask(portal.listen(), 'GET /socket.io/?EIO=4&transport=polling HTTP/1.0');
  expect(statusOf(answer)).toBe(200);
  expect(answer).toContain('"sid"');
});
