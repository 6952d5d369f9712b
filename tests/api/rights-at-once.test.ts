import { describe, expect, test } from 'bun:test';
import { type TestPortal, testPortal } from '../support/portal.ts';

const READERS = 8;

type Answer = { status: number; code?: string };
type Call = () => Promise<Answer>;
type Who = { id: number; token: string };

/** Calls over real connections, as from many tabs. */
function calling(base: string, { token }: { token: string }) {
  return async (path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${base}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, code: ((await answer.json()) as { code?: string }).code as string };
  };
}

/**
 * Many callers ask all the time while one change is made. A request sent after the change was answered must see it; one that was
 * under way may not.
 */
async function racing(ask: Call, change: Call): Promise<{ before: Answer; after: Answer[] }> {
  const before = await ask();
  const after: Answer[] = [];
  let isChanged = false;
  const readers = Array.from({ length: READERS }, async () => {
    for (let left = 5; left > 0; ) {
      const wasChanged = isChanged;
      const answer = await ask();
      if (!wasChanged) continue;
      after.push(answer);
      left--;
    }
  });
  expect(await change()).toMatchObject({ status: 200 });
  isChanged = true;
  await Promise.all([...readers, ask().then((answer) => after.push(answer))]);
  return { before, after };
}

const CHANGES: {
  what: string;
  asked: string;
  change(portal: TestPortal, base: string, who: Who): Promise<Call>;
  level?: 'admin';
  becomes: { status: number; code: string };
}[] = [
  {
    what: 'a ban',
    asked: '/v1/users/me',
    change: async (portal, base, { id }) => {
      const call = calling(base, await portal.given.owner());
      return () => call(`/v1/admin/users/${id}/ban`, { reason: 'Spam' });
    },
    becomes: { status: 403, code: 'ERR_BANNED' },
  },
  {
    what: 'a time-out',
    asked: '/v1/portal/chats',
    change: async (portal, base, { id }) => {
      const call = calling(base, await portal.given.owner());
      const expires_at = new Date(Date.now() + 60_000).toISOString();
      return () => call(`/v1/admin/users/${id}/timeout`, { reason: 'Spam', expires_at });
    },
    becomes: { status: 403, code: 'ERR_TIMED_OUT' },
  },
  {
    what: 'a lower level',
    asked: '/v1/admin/moderation',
    level: 'admin',
    change: async (portal, base, { id }) => {
      const call = calling(base, await portal.given.owner());
      return () => call(`/v1/admin/users/${id}/permission`, { permission_level: 0 });
    },
    becomes: { status: 403, code: 'ERR_FORBIDDEN' },
  },
  {
    what: 'logging out',
    asked: '/v1/users/me',
    change: async (_, base, who) => {
      const call = calling(base, who);
      return () => call('/v1/authentication/logout', {});
    },
    becomes: { status: 401, code: 'ERR_UNAUTHENTICATED' },
  },
  {
    what: 'a session ended from another',
    asked: '/v1/users/me',
    change: async (portal, base, who) => {
      const call = calling(base, await portal.given.session(who));
      return () => call('/v1/users/me/sessions/destroy', {});
    },
    becomes: { status: 401, code: 'ERR_UNAUTHENTICATED' },
  },
];

describe('counts with the very next request, whoever asks meanwhile:', () => {
  for (const { what, asked, change, level, becomes } of CHANGES) {
    test(what, async () => {
      await using portal = await testPortal({ realTime: true });
      const base = portal.listen();
      const who = await (level ? portal.given.admin() : portal.given.person());
      const call = calling(base, who);
      const { before, after } = await racing(() => call(asked), await change(portal, base, who));
      expect(before.status).toBe(200);
      expect(after.length).toBeGreaterThan(READERS);
      expect(after.filter(({ status, code }) => status !== becomes.status || code !== becomes.code)).toEqual([]);
    });
  }

  test('a higher level, and its end', async () => {
    await using portal = await testPortal();
    const [owner, ada] = [await portal.given.owner(), await portal.given.person()];
    const asOwner = (what: string, body: object) => portal.as(owner).post(`/v1/admin/users/${ada.id}/${what}`, body);
    const staffOnly = async () => (await portal.as(ada).get('/v1/admin/moderation')).status;
    expect(await staffOnly()).toBe(403);
    expect((await asOwner('permission', { permission_level: 2 })).status).toBe(200);
    expect(await staffOnly()).toBe(200);
    expect((await asOwner('permission', { permission_level: 0 })).status).toBe(200);
    expect(await staffOnly()).toBe(403);
  });

  test('a new name, in what one sees of oneself and in what others see', async () => {
    await using portal = await testPortal();
    const [ada, bob] = [await portal.given.person(), await portal.given.person()];
    for (const username of ['first', 'second', 'third']) {
      expect((await portal.as(ada).post('/v1/users/me/update', { username })).body.errors).toBeNull();
      expect((await portal.as(ada).get('/v1/users/me')).body.username).toBe(username);
      expect((await portal.as(bob).get(`/v1/users/${ada.id}`)).body.username).toBe(username);
    }
  });
});
