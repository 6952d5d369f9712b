import { describe, expect, test } from 'bun:test';
import { PortalError, PortalRest, type RestOptions } from '../../src/client/index.ts';

type Seen = { method: string; url: string; headers: Headers; body: unknown; credentials: string | undefined };

/** A PortalRest whose calls end here: notes the requests and gives prepared answers. */
function restWith(answer: () => Response | Promise<Response>, options: Partial<RestOptions> = {}) {
  const seen: Seen[] = [];
  const rest = new PortalRest({
    url: 'https://chat.example/base/',
    publicKey: 'hpub_x',
    ...options,
    fetch: async (url, { method, headers, body, credentials }) => {
      const json = typeof body === 'string' ? JSON.parse(body) : undefined;
      seen.push({ method: String(method), url, headers: new Headers(headers), body: json, credentials });
      return answer();
    },
  });
  return { rest, seen, last: () => seen.at(-1) as Seen };
}

const ok = (body: unknown = {}, headers: [string, string][] = []) => Response.json(body, { headers });
const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was refused',
    (error: unknown) => error,
  );

describe('credentials', () => {
  test('signing in keeps the token of the cookie, sends it as Bearer, and logging out forgets it', async () => {
    const cookies: [string, string][] = [
      ['set-cookie', 'other=1; Path=/'],
      ['set-cookie', 'psession=tok-en_1; HttpOnly; Path=/; SameSite=Lax'],
    ];
    let answer = () => ok({ id: 1 }, cookies);
    const { rest, last } = restWith(() => answer());
    await rest.verify('Ab12Cd34');
    expect(last().headers.get('x-api-key')).toBe('hpub_x');
    expect(last().headers.get('authorization')).toBeNull();
    expect(last().body).toEqual({ code: 'Ab12Cd34' });
    expect(rest.token).toBe('tok-en_1');

    answer = () => ok();
    await rest.me();
    expect(last().headers.get('authorization')).toBe('Bearer tok-en_1');
    // Limits are counted per key: a session must not share one with everybody.
    expect(last().headers.get('x-api-key')).toBeNull();
    expect(last().credentials).toBe('omit');
    await rest.logout();
    await rest.me();
    expect(last().headers.get('authorization')).toBeNull();
  });

  test('what the public key opens is asked for with both, since a stranger’s session alone does not open it', async () => {
    const { rest, last } = restWith(() => ok(), { token: 'tok' });
    await rest.matchStatistics();
    const { headers } = last();
    expect([headers.get('x-api-key'), headers.get('authorization')]).toEqual(['hpub_x', 'Bearer tok']);
  });

  test('with cookies nothing is read or sent by hand', async () => {
    const { rest, last } = restWith(() => ok({}, [['set-cookie', 'psession=x']]), { useCookies: true });
    await rest.verify('Ab12Cd34');
    await rest.me();
    expect([rest.token, last().credentials, last().headers.get('authorization')]).toEqual([undefined, 'include', null]);
  });

  test('a bot shows its own key', async () => {
    const { rest, last } = restWith(() => ok(), { apiKey: 'hbot_y', token: 'z' });
    const identity = { platform: 'discord', platform_user_id: '1', platform_username: 'a', platform_avatar_url: null };
    await rest.botSendCode(identity);
    expect([last().headers.get('x-api-key'), last().headers.get('authorization')]).toEqual(['hbot_y', null]);
    expect(last().body).toEqual(identity);
  });
});

describe('calls', () => {
  const chats = '/v1/portal/chats';
  const table: [string, (rest: PortalRest) => Promise<unknown>, string, unknown][] = [
    ['GET', (rest) => rest.rootInfo(), '/', undefined],
    ['GET', (rest) => rest.health(), '/health', undefined],
    ['POST', (rest) => rest.lookup('bob'), '/v1/authentication/lookup', { username: 'bob' }],
    [
      'POST',
      (rest) => rest.requestCode('discord', '5'),
      '/v1/authentication/request',
      { platform: 'discord', platform_user_id: '5' },
    ],
    ['POST', (rest) => rest.claim('t', 'ann'), '/v1/authentication/claim', { token: 't', username: 'ann' }],
    ['POST', (rest) => rest.updateMe({ username: 'x' }), '/v1/users/me/update', { username: 'x' }],
    ['POST', (rest) => rest.createChat({ name: 'club' }), chats, { name: 'club' }],
    ['GET', (rest) => rest.chats(), chats, undefined],
    ['GET', (rest) => rest.chat(7), `${chats}/7`, undefined],
    ['POST', (rest) => rest.deleteChat(7), `${chats}/7/delete`, {}],
    ['POST', (rest) => rest.leaveChat(7), `${chats}/7/leave`, {}],
    ['POST', (rest) => rest.kick(7, { user_id: 3, reason: 'r' }), `${chats}/7/kick`, { user_id: 3, reason: 'r' }],
    ['POST', (rest) => rest.createInvite(7, { max_uses: 2 }), `${chats}/7/invites`, { max_uses: 2 }],
    ['POST', (rest) => rest.deleteInvite(7, 'abc/..'), `${chats}/7/invites/abc%2F../delete`, {}],
    ['POST', (rest) => rest.resolve('a b'), '/v1/portal/resolve/a%20b', {}],
    ['POST', (rest) => rest.registerKey('KEY='), '/v1/portal/keys', { public_key: 'KEY=' }],
    ['POST', (rest) => rest.stranger(), '/v1/authentication/stranger', {}],
    ['POST', (rest) => rest.enqueueMatch(['music']), '/v1/portal/match', { interests: ['music'] }],
    ['POST', (rest) => rest.dequeueMatch(), '/v1/portal/match/dequeue', {}],
    ['POST', (rest) => rest.leaveMatch(), '/v1/portal/match/leave', {}],
    ['POST', (rest) => rest.leaveMatch(7), '/v1/portal/match/leave', { chat_id: 7 }],
    ['POST', (rest) => rest.reportMatch(7, 'rude'), '/v1/portal/match/report', { chat_id: 7, reason: 'rude' }],
    ['GET', (rest) => rest.matchStatus(), '/v1/portal/match/status', undefined],
    ['GET', (rest) => rest.matchStatistics(), '/v1/portal/match/statistics', undefined],
    ['POST', (rest) => rest.sendMessage(7, '{}'), `${chats}/7/messages`, { content: '{}' }],
    ['GET', (rest) => rest.history(7), `${chats}/7/history`, undefined],
    ['GET', (rest) => rest.history(7, { limit: 5, before: '1-0' }), `${chats}/7/history?limit=5&before=1-0`, undefined],
    ['GET', (rest) => rest.history(7, { after: '1-0' }), `${chats}/7/history?after=1-0`, undefined],
    [
      'POST',
      (rest) => rest.createBot({ name: 'b', owner_id: 1, platform: 'discord' }),
      '/v1/admin/bots',
      { name: 'b', owner_id: 1, platform: 'discord' },
    ],
  ];

  test.each(table)('%s %p goes to %s', async (method, call, path, body) => {
    const { rest, last } = restWith(() => ok({ answer: 1 }));
    expect(await call(rest)).toEqual({ answer: 1 });
    const { url, method: sent, body: sentBody } = last();
    expect([sent, url, sentBody]).toEqual([method, `https://chat.example/base${path}`, body]);
  });

  test('invites come as a list', async () => {
    const { rest } = restWith(() => ok({ invites: [{ code: 'a' }] }));
    expect(await rest.invites(7)).toEqual([{ code: 'a' }] as never);
  });

  test('an unhealthy instance still says what is wrong; an error in its place is an error', async () => {
    const unhealthy = { status: 'unhealthy', errors: ['database'] };
    expect(await restWith(() => Response.json(unhealthy, { status: 503 })).rest.health()).toMatchObject(unhealthy);
    const down = { error: 'down', code: 'ERR_UNAVAILABLE' };
    const { rest } = restWith(() => Response.json(down, { status: 503 }));
    expect(await refusalOf(rest.health())).toMatchObject({ code: 'ERR_UNAVAILABLE', status: 503 });
  });
});

describe('failures', () => {
  test('carry status, code, sentence, every further field and the correlation id', async () => {
    const body = { error: 'Muted', code: 'ERR_MUTED', correlation_id: 'abc', ttl: 5, field: 'x' };
    const { rest } = restWith(() => Response.json(body, { status: 403, headers: { 'x-correlation-id': 'header' } }));
    const error = await refusalOf(rest.me());
    expect(error).toBeInstanceOf(PortalError);
    expect(error).toMatchObject({ status: 403, code: 'ERR_MUTED', message: 'Muted', correlationId: 'abc' });
    expect((error as PortalError).details).toEqual({ ttl: 5, field: 'x' });
  });

  test('an answer that is not from a Portal server is named so', async () => {
    const html = restWith(() => new Response('<html>', { status: 502, headers: { 'x-correlation-id': 'c' } }));
    const bad = { status: 502, code: 'ERR_BAD_RESPONSE', correlationId: 'c' };
    expect(await refusalOf(html.rest.me())).toMatchObject(bad);
    const foreign = restWith(() => Response.json({ detail: 'x' }, { status: 404 }));
    expect(await refusalOf(foreign.rest.me())).toMatchObject({ status: 404, code: 'ERR_BAD_RESPONSE' });
    expect(await refusalOf(restWith(() => new Response('')).rest.me())).toMatchObject({ code: 'ERR_BAD_RESPONSE' });
  });

  test('a network that fails and a server that is silent are told apart', async () => {
    const dead = restWith(() => Promise.reject(new TypeError('refused')));
    expect(await refusalOf(dead.rest.me())).toMatchObject({ status: 0, code: 'ERR_NETWORK' });
    const silent = new PortalRest({
      url: 'http://x.example',
      timeoutMs: 5,
      fetch: (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    expect(await refusalOf(silent.me())).toMatchObject({ status: 0, code: 'ERR_TIMEOUT' });
  });
});
