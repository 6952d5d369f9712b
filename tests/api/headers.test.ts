import { describe, expect, test } from 'bun:test';
import { type TestPortal, testPortal } from '../support/portal.ts';

const CHATS = '/v1/portal/chats';
const FRIEND = 'https://friend.example';
const EVIL = 'https://evil.example';
const ORIGIN_REFUSED = { status: 403, body: { code: 'ERR_ORIGIN' } };

async function manyAnswers(portal: TestPortal): Promise<Response[]> {
  const ada = await portal.given.person();
  const own = { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' };
  const get = (path: string, headers = {}) => portal.fetch(new Request(`http://localhost${path}`, { headers }));
  const post = (path: string, body: string, headers = {}) =>
    portal.fetch(new Request(`http://localhost${path}`, { method: 'POST', body, headers: { ...own, ...headers } }));
  return [
    await get('/'),
    await get('/health'),
    await get('/docs'),
    await get('/claim'),
    await get('/openapi.json'),
    await get('/avatars/discord_0.svg'),
    await get('/v1/users/me', own),
    await get('/v1/users/me'),
    await get('/nope'),
    await get(`${CHATS}/abc`, own),
    await get(`${CHATS}/4711`, own),
    await post(CHATS, '{'),
    await post(CHATS, '{"name":"ab"}'),
    await post(CHATS, `{"name":"${'x'.repeat(70_000)}"}`),
    await post(CHATS, '{}', { origin: EVIL, authorization: '', cookie: `psession=${ada.token}` }),
    await portal.fetch(new Request('http://localhost/health', { method: 'HEAD' })),
    await portal.fetch(new Request('http://localhost/health', { method: 'DELETE' })),
  ];
}

describe('every answer, failures included', () => {
  test('carries the security headers', async () => {
    await using portal = await testPortal();
    portal.modules.chatDirectory.listFor = () => Promise.reject(new Error('broken'));
    const broken = await portal.as(await portal.given.person()).get(CHATS);
    expect(broken.status).toBe(500);
    for (const { headers, status } of [broken, ...(await manyAnswers(portal))]) {
      expect({ status, type: headers.get('x-content-type-options') }).toEqual({ status, type: 'nosniff' });
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*|http/);
      const isPicture = headers.get('content-type')?.startsWith('image/') ?? false;
      expect(headers.get('cross-origin-resource-policy')).toBe(isPicture ? 'cross-origin' : 'same-origin');
      expect(headers.get('cache-control')).toBeTruthy();
      expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
    }
  });

  test('carries them once, with a cookie as without, to HEAD as to GET', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_ALLOWED_ORIGINS: FRIEND } });
    const ada = await portal.given.person();
    const own = { authorization: `Bearer ${ada.token}`, origin: FRIEND };
    const ask = (method: string, path: string) =>
      portal.fetch(new Request(`http://localhost${path}`, { method, headers: own }));
    const namesOf = ({ headers }: Response) =>
      [...headers.keys()].filter((name) => name !== 'content-length' && name !== 'set-cookie');
    const [me, head] = [await ask('GET', '/v1/users/me'), await ask('HEAD', '/v1/users/me')];
    const [refused, left] = [await ask('GET', '/nope'), await ask('POST', '/v1/authentication/logout')];
    expect([me.status, head.status, refused.status, left.status]).toEqual([200, 200, 404, 200]);
    expect(me.headers.get('content-type')).toStartWith('application/json');
    for (const other of [head, refused, left]) expect(namesOf(other)).toEqual(namesOf(me));
    expect(head.headers.get('content-length')).toBe(String((await me.text()).length));
    expect(left.headers.getSetCookie()).toEqual([expect.stringContaining('psession=;')]);
    for (const { headers } of [me, head, refused, left]) {
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
      for (const [name, value] of headers)
        if (name !== 'content-security-policy' && name !== 'set-cookie' && !name.startsWith('access-control'))
          expect({ name, value }).toEqual({ name, value: expect.stringMatching(/^[^,]*$/) });
    }
  });

  test('carries a correlation id of its own', async () => {
    await using portal = await testPortal();
    const ids = (await manyAnswers(portal)).map(({ headers }) => headers.get('x-correlation-id') ?? '');
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('carries where the caller stands with the rate tier', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on' } });
    for (const { headers, status } of await manyAnswers(portal)) {
      expect({ status, limit: headers.get('ratelimit-limit') }).toEqual({ status, limit: expect.any(String) });
      expect(headers.get('ratelimit-remaining')).toMatch(/^\d+$/);
      expect(headers.get('ratelimit-reset')).toMatch(/^\d+$/);
    }
  });

  test('that tells of a person is kept by no cache', async () => {
    await using portal = await testPortal();
    const me = await portal.as(await portal.given.person()).get('/v1/users/me');
    expect(me.headers.get('cache-control')).toBe('no-store');
  });
});

describe('a correlation id of the caller’s', () => {
  test('is kept when it is a UUID, letter by letter', async () => {
    await using portal = await testPortal();
    for (const id of ['0b0e1c1e-8f5c-4d8e-9d2b-7a4b6f1f2c3d', '018F3B5C-7C1A-7B1A-8B1A-0123456789AB']) {
      const answer = await portal.nobody.get('/v1/users/me', { 'x-correlation-id': id });
      expect(answer.headers.get('x-correlation-id')).toBe(id);
      expect(answer.body.correlation_id).toBe(id);
    }
  });

  test('is replaced when it is anything else', async () => {
    await using portal = await testPortal();
    for (const id of ['', '1', 'x'.repeat(5000), '0b0e1c1e-8f5c-4d8e-9d2b-7a4b6f1f2c3d x', '<script>', '%0a']) {
      const given = (await portal.nobody.get('/health', { 'x-correlation-id': id })).headers.get('x-correlation-id');
      expect(given).not.toBe(id);
      expect(given).toMatch(/^[\da-f-]{36}$/);
    }
  });
});

describe('a change made with the cookie', () => {
  test('from a foreign page is refused, and nothing changes', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person({ username: 'ada' });
    const update = (origin: string, headers = {}) =>
      portal.browserOf(ada).post('/v1/users/me/update', { username: 'eve' }, { origin, ...headers });
    for (const origin of [EVIL, 'null', 'http://localhost.evil.example', 'http://localhost:81', 'https://', ''])
      expect(await update(origin, { host: 'localhost' })).toMatchObject(ORIGIN_REFUSED);
    expect((await portal.as(ada).get('/v1/users/me')).body.username).toBe('ada');
  });

  test('from the instance’s own page or without an Origin is done', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const leave = (headers: Record<string, string>) => portal.browserOf(ada).post(`${CHATS}/1/leave`, {}, headers);
    expect((await leave({ origin: 'http://chat.local:7331', host: 'chat.local:7331' })).status).toBe(404);
    expect((await leave({ origin: 'https://chat.local', host: 'chat.local' })).status).toBe(404);
    expect((await leave({})).status).toBe(404);
  });

  test('from an allowed page is done, from another is not', async () => {
    await using portal = await testPortal({
      env: { PORTAL_PUBLIC_URL: 'https://chat.example', PORTAL_ALLOWED_ORIGINS: FRIEND },
    });
    const ada = await portal.given.person();
    const leave = (origin: string) =>
      portal.browserOf(ada).post(`${CHATS}/1/leave`, {}, { origin, host: 'internal:7331' });
    for (const origin of [FRIEND, 'https://chat.example']) expect((await leave(origin)).status).toBe(404);
    // Where the public address is known, what the Host header says counts for nothing.
    for (const origin of [EVIL, 'https://internal:7331', 'http://chat.example', `${FRIEND}.evil.example`])
      expect(await leave(origin)).toMatchObject(ORIGIN_REFUSED);
  });

  test('is not what a Bearer token, a key or a read is: those may come from anywhere', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const foreign = { origin: EVIL };
    expect((await portal.as(ada).post(`${CHATS}/1/leave`, {}, foreign)).status).toBe(404);
    expect((await portal.browserOf(ada).get('/v1/users/me', foreign)).status).toBe(200);
    expect((await portal.client.post('/v1/authentication/lookup', { username: 'x' }, foreign)).status).toBe(404);
  });
});

describe('reading answers from another origin', () => {
  const ALLOWED = { env: { PORTAL_ALLOWED_ORIGINS: `${FRIEND}, https://second.example:8443` } };

  test('is granted to allowed origins alone, failures included', async () => {
    await using portal = await testPortal(ALLOWED);
    for (const path of ['/health', '/v1/users/me', '/nope']) {
      for (const origin of [FRIEND, 'https://second.example:8443']) {
        const { headers } = await portal.nobody.get(path, { origin });
        expect(headers.get('access-control-allow-origin')).toBe(origin);
        expect(headers.get('access-control-allow-credentials')).toBe('true');
        expect(headers.get('access-control-expose-headers')).toContain('Retry-After');
        expect(headers.get('vary')).toBe('Origin');
      }
      for (const origin of [EVIL, 'null', 'https://second.example', 'http://friend.example', `${FRIEND}/`]) {
        const { headers } = await portal.nobody.get(path, { origin });
        expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    }
  });

  test('is granted to nobody without configuration', async () => {
    await using portal = await testPortal();
    const { headers } = await portal.nobody.get('/health', { origin: 'http://localhost' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('is asked beforehand: allowed origins hear 204, others 405 without a permission', async () => {
    await using portal = await testPortal(ALLOWED);
    const ask = (origin: string) =>
      portal.fetch(
        new Request(`http://localhost${CHATS}`, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'content-type',
          },
        }),
      );
    const granted = await ask(FRIEND);
    expect(granted.status).toBe(204);
    expect(granted.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(granted.headers.get('access-control-allow-headers')).toContain('Content-Type');
    expect(granted.headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(granted.headers.get('x-correlation-id')).toBeTruthy();
    const refused = await ask(EVIL);
    expect(refused.status).toBe(405);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });
});

const ALLOWED = { env: { PORTAL_ALLOWED_ORIGINS: FRIEND } };

test('origins have the same rights at sockets as at requests, beforehand and then', async () => {
  await using portal = await testPortal({ ...ALLOWED, realTime: true });
  const url = portal.listen();
  const cors = async (path: string, method: string, origin: string) => {
    const { headers } = await fetch(url + path, { method, headers: { origin } });
    return [...headers]
      .filter(([name]) => name.startsWith('access-control') || name === 'vary')
      .sort(([a], [b]) => (a < b ? -1 : 1));
  };
  const socket = '/socket.io/?EIO=4&transport=polling';
  for (const origin of [FRIEND, EVIL]) {
    expect(await cors(socket, 'GET', origin)).toEqual(await cors('/health', 'GET', origin));
    expect(await cors(socket, 'OPTIONS', origin)).toEqual(await cors('/health', 'OPTIONS', origin));
  }
  expect(await cors(socket, 'OPTIONS', FRIEND)).toContainEqual([
    'access-control-allow-headers',
    'Content-Type, Authorization, X-API-Key, X-Correlation-Id',
  ]);
});

test('answers differ by origin for caches too, and pictures may be shown by every site', async () => {
  await using portal = await testPortal(ALLOWED);
  for (const path of ['/health', '/avatars/discord_0.svg', '/nope']) {
    const { headers } = await portal.nobody.get(path);
    expect([path, headers.get('vary')]).toEqual([path, expect.stringContaining('Origin')]);
  }
  const picture = await portal.nobody.get('/avatars/discord_0.svg');
  expect(picture.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect((await portal.nobody.get('/health')).headers.get('cross-origin-resource-policy')).toBe('same-origin');
});
