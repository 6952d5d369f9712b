import { describe, expect, test } from 'bun:test';
import { KIB, MIB } from '../../src/core/durations.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const CHATS = '/v1/portal/chats';
const LOOKUP = '/v1/authentication/lookup';
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** A POST with the raw body. */
async function send(portal: TestPortal, body: BodyInit | null, headers: Record<string, string> = {}) {
  const own = { 'content-type': 'application/json', 'x-api-key': portal.modules.publicKey.current() };
  const request = new Request(`http://localhost${LOOKUP}`, { method: 'POST', body, headers: { ...own, ...headers } });
  const response = await portal.fetch(request);
  return { status: response.status, body: await response.json(), headers: response.headers };
}

function bodyOf(bytes: number): string {
  return `{"username":"${'x'.repeat(bytes - 15)}"}`;
}

function inPieces(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + 10_000));
      at += 10_000;
    },
  });
}

describe('every failure', () => {
  test('is JSON of one shape, with the correlation id of its header', async () => {
    await using portal = await testPortal();
    const ada = portal.as(await portal.given.person());
    const answers = [
      await portal.nobody.get('/nope'),
      await portal.nobody.post('/nope', '{'),
      await portal.nobody.post('/health', {}),
      await portal.nobody.get('/v1/users/me'),
      await ada.post(CHATS, '{'),
      await ada.post(CHATS, {}),
      await ada.post(CHATS, { name: 'ab' }),
      await ada.get(`${CHATS}/abc`),
      await ada.get(`${CHATS}/4711`),
      await ada.post(CHATS, bodyOf(70_000)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 405, 401, 400, 400, 403, 400, 404, 413]);
    for (const { body, headers } of answers) {
      expect(headers.get('content-type')).toBe('application/json');
      expect(body.correlation_id).toBe(headers.get('x-correlation-id'));
      expect(body).toMatchObject({
        error: expect.any(String),
        code: expect.stringMatching(/^ERR_[A-Z_]+$/),
        correlation_id: expect.stringMatching(UUID),
      });
    }
  });

  test('of ours is 500 and gives nothing of itself away', async () => {
    await using portal = await testPortal();
    const ada = portal.as(await portal.given.person());
    const breaks: (() => unknown)[] = [
      () => Promise.reject(new Error('select secret from users at /srv/portal.db')),
      () => Promise.reject('secret text'),
      () => Promise.reject(null),
      () => Promise.reject({ code: 'NOT_FOUND_IN_SECRET', message: 'secret' }),
      () => ({ secret: 'not of the promised form' }),
      () => undefined,
    ];
    for (const broken of breaks) {
      portal.modules.users.me = broken as never;
      const answer = await ada.get('/v1/users/me');
      expect(answer.status).toBe(500);
      expect(answer.body).toEqual({
        error: 'Something went wrong on our side',
        code: 'ERR_INTERNAL',
        correlation_id: expect.stringMatching(UUID),
      });
    }
  });

  test('of the database is a 500 as well, and the next request is answered', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    const { run } = portal.database.units;
    portal.database.units.run = () => Promise.reject(new Error('SQLITE_FULL: database or disk is full'));
    const answer = await portal.as(owner).post(CHATS, { name: 'Full' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'ERR_INTERNAL' } });
    expect(JSON.stringify(answer.body)).not.toContain('SQLITE');
    portal.database.units.run = run;
    expect((await portal.as(owner).post(CHATS, { name: 'Fine' })).status).toBe(200);
  });

  test('never repeats what was sent: it may be a secret', async () => {
    await using portal = await testPortal();
    const secret = 'hunter2hunter2';
    const answers = [
      await portal.client.post('/v1/authentication/verify', { code: secret }),
      await portal.client.post('/v1/authentication/claim', { token: 5, username: secret.repeat(9) }),
      await portal.client.post(LOOKUP, `{"username":"${secret}`),
      await portal.nobody.get(`/v1/${secret}`),
      await portal.nobody.get('/v1/users/me', { authorization: `Bearer ${secret}`, 'x-api-key': secret }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(body)).not.toContain(secret);
    }
  });
});

describe('unknown routes', () => {
  test('are 404 in JSON, by whatever method and with whatever body', async () => {
    await using portal = await testPortal();
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of [
        '/nope',
        '/v1',
        '/v1/users',
        '/HEALTH',
        '//health',
        '/v1/portal/chats/1/nope',
        '/%zz',
        '/%00',
      ]) {
        const body = method === 'GET' ? null : '{"';
        const response = await portal.fetch(new Request(`http://localhost${path}`, { method, body }));
        expect({ method, path, status: response.status }).toEqual({ method, path, status: 404 });
        expect(await response.json()).toMatchObject({ code: 'ERR_NOT_FOUND' });
      }
    }
  });

  test('have no 404 in disguise: a HEAD of nothing is 404 without a body', async () => {
    await using portal = await testPortal();
    const response = await portal.fetch(new Request('http://localhost/nope', { method: 'HEAD' }));
    expect(response.status).toBe(404);
  });
});

describe('another method than an address takes', () => {
  test.each([
    ['PUT', CHATS, 'GET, POST, HEAD'],
    ['PATCH', CHATS, 'GET, POST, HEAD'],
    ['DELETE', `${CHATS}/`, 'GET, POST, HEAD'],
    ['OPTIONS', CHATS, 'GET, POST, HEAD'],
    ['PROPFIND', CHATS, 'GET, POST, HEAD'],
    ['GET', `${CHATS}/1/delete`, 'POST'],
    ['HEAD', `${CHATS}/1/delete`, 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['POST', '/avatars/x', 'GET, HEAD'],
  ])('is 405 with those that it takes: %s %s', async (method, path, allowed) => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    const headers = { authorization: `Bearer ${owner.token}` };
    const response = await portal.fetch(new Request(`http://localhost${path}`, { method, headers }));
    expect([response.status, response.headers.get('allow')?.split(', ').sort()]).toEqual([
      405,
      allowed.split(', ').sort(),
    ]);
    if (method !== 'HEAD') expect(await response.json()).toMatchObject({ code: 'ERR_METHOD_NOT_ALLOWED' });
  });

  test('is no matter where a load balancer asks OPTIONS / whether the server is there', async () => {
    await using portal = await testPortal();
    const response = await portal.fetch(new Request('http://localhost/', { method: 'OPTIONS' }));
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD']);
  });

  test('is no other answer than 404 for a thing that is not there', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    expect((await portal.as(owner).get(`${CHATS}/999/history`)).status).toBe(404);
  });
});

describe('a body', () => {
  test('is not read for somebody who may not call, and the connection goes on', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on' } });
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new TextEncoder().encode('[[[['));
      },
    });
    const headers = { 'content-type': 'application/json' };
    const request = new Request('http://localhost/v1/bot/batch', { method: 'POST', headers, body });
    expect((await portal.fetch(request)).status).toBe(401);
    expect(pulled).toBeLessThanOrEqual(2);

    const url = portal.listen();
    const large = { method: 'POST', headers, body: '['.repeat(500_000) };
    for (let count = 0; count < 3; count++) expect((await fetch(`${url}/v1/bot/batch`, large)).status).toBe(401);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  const notJson = 'The body is not valid JSON';
  const noObject = 'The body must be a JSON object';
  test.each([
    ['{', notJson],
    ['{"username":"ada"', notJson],
    ["{'username':'ada'}", notJson],
    ['{"username":"ada"}x', notJson],
    ['{"username":"ada",}', notJson],
    ['username=ada', notJson],
    ['undefined', notJson],
    ['NaN', notJson],
    ['\u0000', notJson],
    [' ', notJson],
    ['[', notJson],
    ['{"a":'.repeat(10_000), notJson],
    ['null', noObject],
    ['[]', noObject],
    ['[{"username":"ada"}]', noObject],
    ['5', noObject],
    ['"ada"', noObject],
    ['true', noObject],
  ])('that is %s is 400 and says so', async (body, sentence) => {
    await using portal = await testPortal();
    expect(await send(portal, body)).toMatchObject({
      status: 400,
      body: { code: 'ERR_BAD_REQUEST', error: sentence },
    });
  });

  test('that is no UTF-8 is 400', async () => {
    await using portal = await testPortal();
    const bytes = Buffer.concat([Buffer.from('{"username":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(await send(portal, bytes)).toMatchObject({ status: 400, body: { error: notJson } });
  });

  test('that nests as deep as its size allows does no harm', async () => {
    await using portal = await testPortal();
    const deep = `{"username":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    const answer = await send(portal, deep);
    expect(answer.status).toBe(400);
  });

  test('of another content type, or of none, is 400; with a charset it is JSON', async () => {
    await using portal = await testPortal();
    const text = '{"username":"nobody"}';
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'x/json'])
      expect(await send(portal, text, { 'content-type': type })).toMatchObject({
        status: 400,
        body: { code: 'ERR_BAD_REQUEST', error: 'The body must be JSON, sent as Content-Type: application/json' },
      });
    const untyped = new Request(`http://localhost${LOOKUP}`, {
      method: 'POST',
      body: Buffer.from(text),
      headers: { 'x-api-key': portal.modules.publicKey.current() },
    });
    expect((await portal.fetch(untyped)).status).toBe(400);
    for (const type of ['application/json; charset=utf-8', 'Application/JSON'])
      expect((await send(portal, text, { 'content-type': type })).status).toBe(404);
  });

  test('that is empty or not there is one without fields', async () => {
    await using portal = await testPortal();
    for (const body of ['', null])
      expect(await send(portal, body)).toMatchObject({
        status: 400,
        body: { code: 'ERR_VALIDATION', field: 'username', error: 'username is required' },
      });
  });

  test('may hold fields that nobody knows; one of a prototype’s name changes nothing', async () => {
    await using portal = await testPortal();
    for (const extra of ['"unknown":1', '"constructor":1', '"__proto__":{"username":5}', '"toString":null', '"":[]'])
      expect((await send(portal, `{"username":"nobody",${extra}}`)).status).toBe(404);
    for (const body of ['{"__proto__":{"username":"ada"}}', '{"constructor":{"prototype":{"username":"ada"}}}'])
      expect(await send(portal, body)).toMatchObject({ status: 400, body: { error: 'username is required' } });
    expect(({} as { username?: string }).username).toBeUndefined();
  });

  test('that names a field twice counts by the last', async () => {
    await using portal = await testPortal();
    await portal.given.person({ username: 'ada' });
    expect((await send(portal, '{"username":"nobody","username":"ada"}')).status).toBe(200);
  });

  test('of the limit is read, one byte more is 413, with and without its length announced', async () => {
    await using portal = await testPortal();
    const exact = bodyOf(64 * KIB);
    expect(exact).toHaveLength(64 * KIB);
    for (const body of [exact, inPieces(exact)]) expect((await send(portal, body)).status).toBe(400);
    const tooLarge = { code: 'ERR_TOO_LARGE', max_bytes: 64 * KIB };
    for (const size of [64 * KIB + 1, MIB]) {
      for (const body of [bodyOf(size), inPieces(bodyOf(size))])
        expect(await send(portal, body)).toMatchObject({ status: 413, body: tooLarge });
      const announced = { 'content-length': String(size) };
      expect(await send(portal, bodyOf(size), announced)).toMatchObject({ status: 413, body: tooLarge });
    }
  });

  test('that lies about its length is cut off at the limit all the same', async () => {
    await using portal = await testPortal();
    for (const length of ['-1', 'abc', '', '0x10'])
      expect((await send(portal, inPieces(bodyOf(MIB)), { 'content-length': length })).status).toBe(413);
  });

  test('of another limit is held to that one', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMIT_BODY_BYTES: String(2 * KIB) } });
    expect((await send(portal, bodyOf(2 * KIB))).status).toBe(400);
    expect((await send(portal, bodyOf(2 * KIB + 1))).body).toMatchObject({ max_bytes: 2 * KIB });
  });

  test('of a megabyte is 413 over a real connection too, and the server goes on', async () => {
    await using portal = await testPortal();
    const url = portal.listen();
    const headers = { 'content-type': 'application/json', 'x-api-key': portal.modules.publicKey.current() };
    for (const body of [bodyOf(MIB), inPieces(bodyOf(MIB))]) {
      const response = await fetch(`${url}${LOOKUP}`, { method: 'POST', body, headers });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ code: 'ERR_TOO_LARGE' });
    }
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});
