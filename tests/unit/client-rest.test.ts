import { describe, expect, spyOn, test } from 'bun:test';
import { PortalError, PortalRest, type RestOptions } from '../../src/client/index.ts';
import { turn } from '../support/waiting.ts';

type Seen = { method: string; url: string; headers: Headers; body: unknown; credentials: string | undefined };

/** A PortalRest whose calls end here: notes the requests and gives prepared answers. */
function restWith(answer: () => Response | Promise<Response>, options: Partial<RestOptions> = {}) {
  const seen: Seen[] = [];
  const rest = new PortalRest({
    url: 'https://chat.example/base/',
    publicKey: 'hpub_x',
    patienceMs: 0,
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
    await rest.auth.verify({ code: 'Ab12Cd34' });
    expect(last().headers.get('x-api-key')).toBe('hpub_x');
    expect(last().headers.get('authorization')).toBeNull();
    expect(last().body).toEqual({ code: 'Ab12Cd34' });
    expect(rest.token).toBe('tok-en_1');

    answer = () => ok();
    await rest.users.me();
    expect(last().headers.get('authorization')).toBe('Bearer tok-en_1');
    // Limits are counted per key: a session must not share one with everybody.
    expect(last().headers.get('x-api-key')).toBeNull();
    expect(last().credentials).toBe('omit');
    await rest.auth.logout();
    await rest.users.me();
    expect(last().headers.get('authorization')).toBeNull();
  });

  test('what the public key opens is asked for with both, since a stranger’s session alone does not open it', async () => {
    const { rest, last } = restWith(() => ok(), { token: 'tok' });
    await rest.match.statistics();
    const { headers } = last();
    expect([headers.get('x-api-key'), headers.get('authorization')]).toEqual(['hpub_x', 'Bearer tok']);
  });

  test('with cookies nothing is read or sent by hand', async () => {
    const { rest, last } = restWith(() => ok({}, [['set-cookie', 'psession=x']]), { useCookies: true });
    await rest.auth.verify({ code: 'Ab12Cd34' });
    await rest.users.me();
    expect([rest.token, last().credentials, last().headers.get('authorization')]).toEqual([undefined, 'include', null]);
  });

  test('a bot shows its own key', async () => {
    const { rest, last } = restWith(() => ok(), { apiKey: 'hbot_y', token: 'z' });
    const identity = { platform: 'discord', platform_user_id: '1', platform_username: 'a', platform_avatar_url: null };
    await rest.bot.sendLoginCode(identity);
    expect([last().headers.get('x-api-key'), last().headers.get('authorization')]).toEqual(['hbot_y', null]);
    expect(last().body).toEqual(identity);
  });
});

describe('calls', () => {
  const chats = '/v1/portal/chats';
  const table: [string, (rest: PortalRest) => Promise<unknown>, string, unknown][] = [
    ['GET', (rest) => rest.instance.info(), '/', undefined],
    ['GET', (rest) => rest.instance.health(), '/health', undefined],
    ['POST', (rest) => rest.auth.lookup({ username: 'bob' }), '/v1/authentication/lookup', { username: 'bob' }],
    [
      'POST',
      (rest) => rest.auth.requestCode({ platform: 'discord', platform_user_id: '5' }),
      '/v1/authentication/request',
      { platform: 'discord', platform_user_id: '5' },
    ],
    [
      'POST',
      (rest) => rest.auth.claim({ token: 't', username: 'ann' }),
      '/v1/authentication/claim',
      { token: 't', username: 'ann' },
    ],
    ['POST', (rest) => rest.users.updateMe({ username: 'x' }), '/v1/users/me/update', { username: 'x' }],
    ['POST', (rest) => rest.chats.create({ name: 'club' }), chats, { name: 'club' }],
    ['GET', (rest) => rest.chats.list(), chats, undefined],
    ['GET', (rest) => rest.chats.get(7), `${chats}/7`, undefined],
    ['POST', (rest) => rest.chats.delete(7), `${chats}/7/delete`, {}],
    ['POST', (rest) => rest.chats.leave(7), `${chats}/7/leave`, {}],
    ['POST', (rest) => rest.chats.kick(7, { user_id: 3, reason: 'r' }), `${chats}/7/kick`, { user_id: 3, reason: 'r' }],
    ['POST', (rest) => rest.invites.create(7, { max_uses: 2 }), `${chats}/7/invites`, { max_uses: 2 }],
    ['POST', (rest) => rest.invites.delete(7, 'abc/..'), `${chats}/7/invites/abc%2F../delete`, {}],
    ['POST', (rest) => rest.invites.resolve('a b'), '/v1/portal/resolve/a%20b', {}],
    ['POST', (rest) => rest.keys.register({ public_key: 'KEY=' }), '/v1/portal/keys', { public_key: 'KEY=' }],
    ['POST', (rest) => rest.auth.stranger(), '/v1/authentication/stranger', {}],
    ['POST', (rest) => rest.match.start({ interests: ['music'] }), '/v1/portal/match', { interests: ['music'] }],
    ['POST', (rest) => rest.match.stop(), '/v1/portal/match/dequeue', {}],
    ['POST', (rest) => rest.match.leave(), '/v1/portal/match/leave', {}],
    ['POST', (rest) => rest.match.leave({ chat_id: 7 }), '/v1/portal/match/leave', { chat_id: 7 }],
    [
      'POST',
      (rest) => rest.match.report({ chat_id: 7, reason: 'rude' }),
      '/v1/portal/match/report',
      { chat_id: 7, reason: 'rude' },
    ],
    ['GET', (rest) => rest.match.status(), '/v1/portal/match/status', undefined],
    ['GET', (rest) => rest.match.statistics(), '/v1/portal/match/statistics', undefined],
    ['POST', (rest) => rest.messages.send(7, { content: '{}' }), `${chats}/7/messages`, { content: '{}' }],
    ['GET', (rest) => rest.messages.history(7), `${chats}/7/history`, undefined],
    [
      'GET',
      (rest) => rest.messages.history(7, { limit: 5, before: '1-0' }),
      `${chats}/7/history?limit=5&before=1-0`,
      undefined,
    ],
    ['GET', (rest) => rest.messages.history(7, { after: '1-0' }), `${chats}/7/history?after=1-0`, undefined],
    [
      'POST',
      (rest) => rest.admin.registerBot({ name: 'b', owner_id: 1, platform: 'discord' }),
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

  test('an unhealthy instance still says what is wrong; an error in its place is an error', async () => {
    const unhealthy = { status: 'unhealthy', errors: ['database'] };
    expect(await restWith(() => Response.json(unhealthy, { status: 503 })).rest.instance.health()).toMatchObject(
      unhealthy,
    );
    const down = { error: 'down', code: 'ERR_UNAVAILABLE' };
    const { rest } = restWith(() => Response.json(down, { status: 503 }));
    expect(await refusalOf(rest.instance.health())).toMatchObject({ code: 'ERR_UNAVAILABLE', status: 503 });
  });
});

describe('repetition', () => {
  const limited = (retryAfter?: number) => () =>
    Response.json({ error: 'Slow', code: 'ERR_RATE_LIMITED', retry_after: retryAfter }, { status: 429 });
  const away = () => new Response('<html>', { status: 502 });
  const broken = () => Promise.reject(new TypeError('reset'));

  /** These answers, one after the other, and the last one from then on. */
  function restGetting(...answers: (() => Response | Promise<Response>)[]) {
    let next = 0;
    const answer = () => (answers[next++] ?? answers.at(-1) ?? ok)();
    return restWith(answer, { patienceMs: 60_000, pauseMs: 1 });
  }
  const sent = ({ seen }: ReturnType<typeof restGetting>) => seen.map(({ method }) => method);

  test('reading is asked for again while the server or the network is away', async () => {
    const stage = restGetting(
      broken,
      away,
      () => Response.json({}, { status: 504 }),
      () => ok({ id: 1 }),
    );
    expect(await stage.rest.users.me()).toMatchObject({ id: 1 });
    expect(sent(stage)).toEqual(['GET', 'GET', 'GET', 'GET']);
    const gone = restGetting(broken);
    expect(await refusalOf(gone.rest.users.me())).toMatchObject({ code: 'ERR_NETWORK' });
    expect(sent(gone)).toHaveLength(4);
  });

  test('a change that may have taken effect is never sent twice', async () => {
    for (const failure of [
      broken,
      away,
      () => Response.json({ error: '', code: 'ERR_UNAVAILABLE' }, { status: 503 }),
    ]) {
      const stage = restGetting(failure);
      expect(await refusalOf(stage.rest.chats.create({ name: 'Film club' }))).toBeInstanceOf(PortalError);
      expect(await refusalOf(stage.rest.messages.send(7, { content: '{}' }))).toBeInstanceOf(PortalError);
      expect(sent(stage)).toEqual(['POST', 'POST']);
    }
  });

  test('a change that comes to the same is sent again', async () => {
    const stage = restGetting(broken, () => ok({ status: 'registered' }));
    expect(await stage.rest.keys.register({ public_key: 'KEY=' })).toEqual({ status: 'registered' });
    expect(sent(stage)).toEqual(['POST', 'POST']);
  });

  test('what was refused for now is sent again after the time that the server named', async () => {
    const stage = restGetting(limited(0), limited(0), () => ok({ id: '1-0' }));
    expect(await stage.rest.messages.send(7, { content: '{}' })).toEqual({ id: '1-0' });
    expect(sent(stage)).toHaveLength(3);
  });

  test('longer than the caller has patience nothing is waited for, and without a time nothing is repeated', async () => {
    const patient = restGetting(limited(61));
    expect(await refusalOf(patient.rest.users.me())).toMatchObject({ details: { retry_after: 61 } });
    const impatient = restGetting(limited(1));
    expect(await refusalOf(impatient.rest.users.me({ patienceMs: 500 }))).toMatchObject({ code: 'ERR_RATE_LIMITED' });
    const timeless = restGetting(limited());
    expect(await refusalOf(timeless.rest.users.me())).toMatchObject({ code: 'ERR_RATE_LIMITED' });
    for (const stage of [patient, impatient, timeless]) expect(sent(stage)).toHaveLength(1);
  });

  test('refusals for good are not repeated', async () => {
    for (const status of [400, 401, 403, 404, 409, 500]) {
      const stage = restGetting(() => Response.json({ error: '', code: 'ERR_ANY' }, { status }));
      expect(await refusalOf(stage.rest.users.me())).toMatchObject({ status });
      expect(sent(stage)).toHaveLength(1);
    }
  });
});

describe('an AbortSignal', () => {
  const reason = new Error('changed my mind');

  test('ends a call before, while and between it is sent', async () => {
    const { rest, seen } = restWith(() => ok());
    expect(await refusalOf(rest.users.me({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(seen).toHaveLength(0);

    const during = new AbortController();
    const open = new PortalRest({
      url: 'http://x.example',
      fetch: (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          during.abort(reason);
        }),
    });
    expect(await refusalOf(open.users.me({ signal: during.signal }))).toBe(reason);

    const between = new AbortController();
    const waiting = restWith(
      () => Response.json({ error: '', code: 'ERR_RATE_LIMITED', retry_after: 50 }, { status: 429 }),
      { patienceMs: 60_000 },
    );
    const refusal = refusalOf(waiting.rest.chats.list({ limit: 5 }, { signal: between.signal }));
    for (let turns = 0; turns < 20; turns += 1) await turn();
    between.abort(reason);
    expect(await refusal).toBe(reason);
    expect(waiting.seen).toHaveLength(1);
  });

  test('leaves no listener behind', async () => {
    const { signal } = new AbortController();
    const add = spyOn(signal, 'addEventListener');
    const remove = spyOn(signal, 'removeEventListener');
    let isFirst = true;
    const { rest } = restWith(
      () => {
        const answer = isFirst ? Response.json({ code: 'ERR_X', retry_after: 0 }, { status: 429 }) : ok();
        isFirst = false;
        return answer;
      },
      { patienceMs: 1000, pauseMs: 1 },
    );
    await rest.users.me({ signal });
    expect(add.mock.calls.length).toBeGreaterThan(0);
    expect(remove.mock.calls).toHaveLength(add.mock.calls.length);
  });
});

test('a list has its total, which is no entry', async () => {
  const { rest } = restWith(() => ok([{ id: 1 }], [['x-total-count', '812']]));
  const chats = await rest.chats.list({ limit: 1, offset: undefined });
  expect([chats.length, chats.total, JSON.stringify(chats)]).toEqual([1, 812, '[{"id":1}]']);
});

test('text and pictures come as they are', async () => {
  const { rest } = restWith(() => new Response('<svg/>'));
  expect(await rest.users.defaultAvatar('discord_1.svg')).toBe('<svg/>');
  expect(await rest.browser.screenshot(7, { quality: 50 })).toEqual(new TextEncoder().encode('<svg/>'));
});

describe('failures', () => {
  test('carry status, code, sentence, every further field and the correlation id', async () => {
    const body = { error: 'Muted', code: 'ERR_MUTED', correlation_id: 'abc', ttl: 5, field: 'x' };
    const { rest } = restWith(() => Response.json(body, { status: 403, headers: { 'x-correlation-id': 'header' } }));
    const error = await refusalOf(rest.users.me());
    expect(error).toBeInstanceOf(PortalError);
    expect(error).toMatchObject({ status: 403, code: 'ERR_MUTED', message: 'Muted', correlationId: 'abc' });
    expect((error as PortalError).details).toEqual({ ttl: 5, field: 'x' });
  });

  test('an answer that is not from a Portal server is named so', async () => {
    const html = restWith(() => new Response('<html>', { status: 502, headers: { 'x-correlation-id': 'c' } }));
    const bad = { status: 502, code: 'ERR_BAD_RESPONSE', correlationId: 'c' };
    expect(await refusalOf(html.rest.users.me())).toMatchObject(bad);
    const foreign = restWith(() => Response.json({ detail: 'x' }, { status: 404 }));
    expect(await refusalOf(foreign.rest.users.me())).toMatchObject({ status: 404, code: 'ERR_BAD_RESPONSE' });
    expect(await refusalOf(restWith(() => new Response('')).rest.users.me())).toMatchObject({
      code: 'ERR_BAD_RESPONSE',
    });
  });

  test('a network that fails and a server that is silent are told apart', async () => {
    const dead = restWith(() => Promise.reject(new TypeError('refused')));
    expect(await refusalOf(dead.rest.users.me())).toMatchObject({ status: 0, code: 'ERR_NETWORK' });
    const silent = new PortalRest({
      url: 'http://x.example',
      timeoutMs: 5,
      patienceMs: 0,
      fetch: (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    expect(await refusalOf(silent.users.me())).toMatchObject({ status: 0, code: 'ERR_TIMEOUT' });
  });
});
