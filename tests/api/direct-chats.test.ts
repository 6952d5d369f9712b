import { describe, expect, test } from 'bun:test';
import { personOf } from '../../src/core/principal.ts';
import { testPortal } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';

const CHATS = '/v1/portal/chats';

describe('a direct chat in the list of chats', () => {
  test('bears the alias of the other one, and is in nobody else’s list', async () => {
    await using portal = await testPortal();
    const [ada, bob] = [await portal.given.person(), await portal.given.person()];
    const { id } = await portal.given.direct(ada, bob);
    const [, second] = await portal.modules.direct.participants(id);
    const shown = {
      id,
      chat_type: 'direct',
      name: second?.alias,
      owner: null,
      visibility: 'private',
      label: null,
      slug: null,
      description: null,
      avatar_url: null,
      archived: false,
      last_activity_at: '2026-01-01T00:00:00.000Z',
      wipe_preset: null,
      faces: [],
      secrets: [],
    };
    for (const query of ['', '?offset=0&limit=10']) {
      const { body, headers } = await portal.as(ada).get(`${CHATS}${query}`);
      expect(body).toEqual([shown]);
      expect(headers.get('x-total-count')).toBe('1');
      for (const other of [await portal.given.owner(), await portal.given.person()])
        expect((await portal.as(other).get(`${CHATS}${query}`)).body).toEqual([]);
    }
    await portal.modules.direct.leave(await portal.modules.sessions.require(bob.token));
    expect((await portal.as(ada).get(CHATS)).body).toEqual([{ ...shown, archived: true }]);
  });
});

describe('every other endpoint of chats', () => {
  const GET = ['', '/activity', '/invites'];
  const POST = ['/config/update', '/delete', '/leave', '/invites', '/clear', '/messages/delete-last'];
  const bodies: Record<string, object> = { '/messages/delete-last': { count: 1 }, '/config/update': { name: 'ab' } };

  test('is 409 for its two, 404 for others, and 403 for strangers', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const [ada, stranger] = [await given.person({ premium: true }), await given.stranger()];
    const { id } = await given.direct(ada, stranger);
    const outsiders = [await given.owner(), await given.person()];
    const calls = [
      ...GET.map((path) => (who: { token: string }) => portal.as(who).get(`${CHATS}/${id}${path}`)),
      ...POST.map(
        (path) => (who: { token: string }) => portal.as(who).post(`${CHATS}/${id}${path}`, bodies[path] ?? {}),
      ),
    ];
    for (const call of calls) {
      expect(await call(ada)).toMatchObject({ status: 409, body: { code: 'ERR_DIRECT_CHAT' } });
      expect(await call(stranger)).toMatchObject({ status: 403, body: { code: 'ERR_ACCOUNT_REQUIRED' } });
      for (const outsider of outsiders) expect((await call(outsider)).status).toBe(404);
    }
    expect((await portal.as(outsiders[0] as never).get(`/v1/admin/chats/${id}`)).status).toBe(404);
  });
});

describe('a live direct chat ends', () => {
  const ENDS: Record<string, (portal: Awaited<ReturnType<typeof testPortal>>, who: Side) => Promise<unknown>> = {
    'when a stranger signs out': (portal, { stranger }) => portal.as(stranger).post('/v1/authentication/logout'),
    'when a stranger is blocked': async (portal, { stranger }) =>
      portal.as(await portal.given.moderator()).post(`/v1/admin/strangers/${stranger.signature}/block`, {}),
    'when a user is banned': async (portal, { user }) =>
      portal.as(await portal.given.admin()).post(`/v1/admin/users/${user.id}/ban`, { reason: 'spam' }),
    'when an account is deleted': async (portal, { user }) =>
      portal.as(await portal.given.admin()).post(`/v1/admin/users/${user.id}/delete`),
  };
  type Side = {
    user: { id: number; token: string; sessionId: string };
    stranger: { token: string; sessionId: string; signature: string };
  };

  test.each(Object.keys(ENDS))('%s', async (how) => {
    await using portal = await testPortal();
    const side: Side = { user: await portal.given.person(), stranger: await portal.given.stranger() };
    const { id } = await portal.given.direct(side.user, side.stranger);
    const person = personOf({ sessionId: side.user.sessionId, userId: side.user.id });
    expect(await portal.modules.direct.listLive(person)).toEqual([id]);
    expect(await ENDS[how]?.(portal, side)).toMatchObject({ status: 200 });
    await eventually(async () => (await portal.modules.direct.listLive(person)).length === 0);
    expect(await portal.modules.direct.statesOf(person)).toMatchObject([{ chat_id: id, archived: true }]);
  });
});
