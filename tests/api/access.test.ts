import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { DAY_MS } from '../../src/core/durations.ts';
import type { Answer, Caller } from '../support/caller.ts';
import { testPortal } from '../support/portal.ts';

/** Who calls. */
const CALLERS = [
  'nobody',
  'public key',
  'wrong key',
  'bot key',
  'stranger',
  'user',
  'moderator',
  'admin',
  'owner',
  'timed out',
  'banned',
] as const;
type Who = (typeof CALLERS)[number];

/** The outcome: let in, 401, or 403 with this code. */
type Fate = 'in' | '401' | 'ERR_FORBIDDEN' | 'ERR_ACCOUNT_REQUIRED' | 'ERR_TIMED_OUT' | 'ERR_BANNED';

const everybody = (fate: Fate) => Object.fromEntries(CALLERS.map((who) => [who, fate])) as Record<Who, Fate>;

const open = everybody('in');
const key = { ...everybody('401'), 'public key': 'in' as const };
const bot = { ...everybody('401'), 'bot key': 'in' as const };
const session: Record<Who, Fate> = {
  ...everybody('401'),
  stranger: 'ERR_ACCOUNT_REQUIRED',
  user: 'in',
  moderator: 'in',
  admin: 'in',
  owner: 'in',
  'timed out': 'ERR_TIMED_OUT',
  banned: 'ERR_BANNED',
};
/** A session, or the public key. */
const reader: Record<Who, Fate> = { ...session, 'public key': 'in' };
const guest: Record<Who, Fate> = { ...session, stranger: 'in' };
const mod: Record<Who, Fate> = { ...session, user: 'ERR_FORBIDDEN' };
const admin: Record<Who, Fate> = { ...mod, moderator: 'ERR_FORBIDDEN' };
const owner: Record<Who, Fate> = { ...admin, admin: 'ERR_FORBIDDEN' };
const whileTimedOut = (rule: Record<Who, Fate>): Record<Who, Fate> => ({ ...rule, 'timed out': 'in' });

/** Who may call what. A route missing here fails a test; a line for a route to come waits for it. */
const ROUTES: Record<string, Record<Who, Fate>> = {
  'GET /metrics': open,
  'GET /avatars/:file': open,
  'GET /openapi.json': open,
  'GET /asyncapi.json': open,
  'GET /docs': open,
  'GET /docs/:document': open,
  'GET /assets/:file': open,
  'GET /claim': open,
  'GET /v1/portal/chats/:chat_id/browser/': open,

  'GET /': open,
  'GET /health': open,

  'GET /v1/admin/health': admin,

  'GET /v1/instance': { ...reader, stranger: 'in' },

  'GET /v1/statistics/users': reader,
  'GET /v1/statistics/bots': reader,
  'GET /v1/statistics/chats': reader,
  'GET /v1/statistics/app': reader,
  'GET /v1/statistics/application': reader,

  'GET /v1/authentication/ways': key,
  'POST /v1/authentication/lookup': key,
  'POST /v1/authentication/request': key,
  'POST /v1/authentication/verify': key,
  'POST /v1/authentication/claim': key,
  'POST /v1/authentication/stranger': key,
  'POST /v1/authentication/logout': whileTimedOut(guest),
  'POST /v1/authentication/bot/login-code': bot,
  'POST /v1/authentication/bot/send-code': bot,

  'GET /v1/users/me': whileTimedOut(session),
  'POST /v1/users/me/update': session,
  'GET /v1/users/me/chats': whileTimedOut(session),
  'GET /v1/users/me/subscription': whileTimedOut(session),
  'GET /v1/users/me/punishments': whileTimedOut(session),
  'GET /v1/users/me/sessions': whileTimedOut(session),
  'POST /v1/users/me/sessions/destroy': session,
  'POST /v1/users/me/sessions/:token_suffix/destroy': session,
  'GET /v1/users/search': session,
  'GET /v1/users/profile/:username': session,
  'GET /v1/users/:user_id': reader,

  'GET /v1/notifications': whileTimedOut(session),
  'GET /v1/notifications/unread-count': whileTimedOut(session),
  'POST /v1/notifications/read-all': whileTimedOut(session),
  'POST /v1/notifications/:notification_id/read': whileTimedOut(session),

  'GET /v1/announcements': reader,

  'GET /v1/portal/status': session,
  'GET /v1/portal/directory': reader,
  'GET /v1/portal/chats': session,
  'POST /v1/portal/chats': session,
  'GET /v1/portal/chats/:chat_id': session,
  'POST /v1/portal/chats/:chat_id/config/update': session,
  'POST /v1/portal/chats/:chat_id/delete': session,
  'POST /v1/portal/chats/:chat_id/leave': session,
  'GET /v1/portal/resolve/:code': reader,
  'POST /v1/portal/resolve/:code': session,
  'GET /v1/portal/chats/:chat_id/members': session,
  'GET /v1/portal/chats/:chat_id/activity': session,
  'POST /v1/portal/chats/:chat_id/invites': session,
  'GET /v1/portal/chats/:chat_id/invites': session,
  'POST /v1/portal/chats/:chat_id/invites/:code/delete': session,
  'POST /v1/portal/keys': guest,
  'POST /v1/portal/chats/:chat_id/messages': guest,
  'GET /v1/portal/chats/:chat_id/history': guest,
  'GET /v1/portal/chats/:chat_id/history/ids': guest,
  'POST /v1/portal/chats/:chat_id/messages/delete': session,
  'POST /v1/portal/chats/:chat_id/messages/delete-last': session,
  'POST /v1/portal/chats/:chat_id/messages/delete-mine': guest,
  'POST /v1/portal/chats/:chat_id/clear': session,
  'POST /v1/portal/chats/:chat_id/kick': session,
  'POST /v1/portal/chats/:chat_id/ban': session,
  'POST /v1/portal/chats/:chat_id/unban': session,
  'GET /v1/portal/chats/:chat_id/bans': session,
  'GET /v1/portal/chats/:chat_id/mutes': session,
  'POST /v1/portal/chats/:chat_id/mute': session,
  'POST /v1/portal/chats/:chat_id/unmute': session,
  'POST /v1/portal/chats/:chat_id/warn': session,
  'POST /v1/portal/chats/:chat_id/timeout': session,
  'POST /v1/portal/hard-mute': admin,
  'POST /v1/portal/hard-unmute': admin,
  'POST /v1/portal/chats/:chat_id/start': session,
  'POST /v1/portal/chats/:chat_id/stop': session,
  'GET /v1/portal/chats/:chat_id/clipboard': session,
  'POST /v1/portal/chats/:chat_id/clipboard': session,
  'GET /v1/portal/chats/:chat_id/screenshot': session,
  'POST /v1/portal/chats/:chat_id/open': session,
  'POST /v1/portal/match': guest,
  'GET /v1/portal/match/status': guest,
  'POST /v1/portal/match/dequeue': guest,
  'POST /v1/portal/match/leave': guest,
  'POST /v1/portal/match/report': guest,
  'GET /v1/portal/match/statistics': { ...reader, stranger: 'in' },

  'GET /v1/bots': reader,
  'GET /v1/bots/search': session,
  'GET /v1/bots/:bot_id': reader,

  'GET /v1/bot/me': bot,
  'POST /v1/bot/me/update': bot,
  'POST /v1/bot/batch': bot,
  'GET /v1/bot/users/:user_id': bot,
  'POST /v1/bot/users/:user_id/update': bot,

  'POST /v1/admin/instance/update': owner,
  'GET /v1/admin/audit/logs': mod,
  'GET /v1/admin/bots': admin,
  'POST /v1/admin/bots': admin,
  'POST /v1/admin/bots/:bot_id/update': admin,
  'POST /v1/admin/bots/:bot_id/regenerate-key': admin,
  'POST /v1/admin/bots/:bot_id/reset-stats': admin,
  'POST /v1/admin/bots/:bot_id/delete': admin,
  'GET /v1/admin/chats': admin,
  'POST /v1/admin/chats': owner,
  'GET /v1/admin/chats/:chat_id': admin,
  'POST /v1/admin/chats/:chat_id/update': admin,
  'POST /v1/admin/chats/:chat_id/delete': admin,
  'POST /v1/admin/chats/:chat_id/kick': admin,
  'POST /v1/admin/chats/:chat_id/start': admin,
  'POST /v1/admin/chats/:chat_id/stop': admin,
  'POST /v1/admin/chats/:chat_id/transfer': owner,
  'POST /v1/admin/subscriptions/grant': admin,
  'POST /v1/admin/subscriptions/revoke': admin,
  'GET /v1/admin/subscriptions/active': admin,
  'POST /v1/admin/users/:user_id/update': admin,
  'POST /v1/admin/users/:user_id/delete': admin,
  'POST /v1/admin/users/:user_id/permission': admin,
  'POST /v1/admin/users/:user_id/ban': admin,
  'POST /v1/admin/users/:user_id/unban': admin,
  'POST /v1/admin/users/:user_id/warn': mod,
  'POST /v1/admin/users/:user_id/timeout': mod,
  'GET /v1/admin/moderation': mod,
  'GET /v1/admin/reports': mod,
  'GET /v1/admin/strangers': mod,
  'POST /v1/admin/strangers/:signature/block': mod,
  'POST /v1/admin/strangers/:signature/unblock': mod,
  'POST /v1/admin/reports/:report_id/resolve': mod,
  'POST /v1/admin/notifications': admin,
  'POST /v1/admin/announcements': admin,
  'POST /v1/admin/announcements/:announcement_id/delete': admin,
};

const EXAMPLES: Record<string, string> = {
  file: 'discord_0.svg',
  code: 'nosuchcode',
  username: 'nobody',
  token_suffix: 'abcdef',
  signature: 'x',
};

const portal = await testPortal();
const routes = portal.http.app.routes.map(({ method, path }) => `${method} ${path}`);
/** Refuses in a page for people, not with a code: see viewer-page.test.ts. */
const PAGE = 'GET /v1/portal/chats/:chat_id/browser/';
const present = Object.entries(ROUTES).filter(([route]) => routes.includes(route) && route !== PAGE);
let callers: Record<Who, Caller>;

beforeAll(async () => {
  const { given } = portal;
  const [timedOut, banned] = [await given.person(), await given.owner()];
  await given.state(timedOut, 1, DAY_MS);
  await given.state(banned, 2);
  callers = {
    nobody: portal.nobody,
    'public key': portal.client,
    'wrong key': portal.holding(`hpub_${'a'.repeat(38)}`),
    'bot key': portal.holding((await given.bot()).apiKey),
    stranger: portal.as(await given.stranger()),
    user: portal.as(await given.person()),
    moderator: portal.as(await given.moderator()),
    admin: portal.as(await given.admin()),
    owner: portal.as(await given.owner()),
    'timed out': portal.as(timedOut),
    banned: portal.as(banned),
  };
});
afterAll(() => portal.close());

/** Changes carry an unreadable body: a caller who is told so was let in, and nothing happens. */
function call(caller: Caller, route: string, body = '{"'): Promise<Answer> {
  const [method, pattern = ''] = route.split(' ');
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => EXAMPLES[name] ?? '4711');
  return method === 'POST' ? caller.post(path, body) : caller.get(path);
}

function fateOf({ status, body }: Answer): string {
  if (status === 401) return '401';
  return status === 403 ? body.code : 'in';
}

test('every route has its line in this table', () => {
  expect(routes.filter((route) => !(route in ROUTES))).toEqual([]);
  expect(new Set(routes).size).toBe(routes.length);
});

describe.each(present)('%s', (route, fates) => {
  test.each(CALLERS.map((who) => [who, fates[who]] as const))('%s: %s', async (who, fate) => {
    const answer = await call(callers[who], route);
    expect(fateOf(answer)).toBe(fate);
    if (fate === '401') expect(answer.body).toMatchObject({ code: expect.stringMatching(/^ERR_UNAUTHENTICATED$/) });
    if (fate === 'in' && route.startsWith('POST'))
      expect(answer).toMatchObject({ status: 400, body: { error: 'The body is not valid JSON' } });
    expect(answer.status).toBeLessThan(500);
  });
});

test('who may not call hears of that before anything in the body, whatever is wrong with it', async () => {
  const closed = present.filter(([route, fates]) => route.startsWith('POST') && fates.nobody === '401');
  const bodies = ['', '{"', 'null', '[]', '{}', '{"name":5}', JSON.stringify({ name: 'x'.repeat(70_000) })];
  for (const [route] of closed) {
    for (const body of bodies) expect((await call(callers.nobody, route, body)).status).toBe(401);
    const [, pattern = ''] = route.split(' ');
    const badPath = pattern.replace(/:\w+/g, '%E0%A4%A');
    expect((await callers.nobody.post(badPath, '{"', { 'content-type': 'text/plain' })).status).toBe(401);
  }
  expect(closed.length).toBeGreaterThan(10);
});

test('the refusal says which level is needed, and what the time-out still lasts', async () => {
  const refused = await call(callers.moderator, 'POST /v1/admin/bots');
  expect(refused.body.error).toBe('Admin access required');
  const timedOut = await call(callers['timed out'], 'GET /v1/portal/chats');
  expect(timedOut.body).toMatchObject({ ttl: 86_400, expires_at: '2026-01-02T00:00:00.000Z' });
  const stranger = await call(callers.stranger, 'GET /v1/portal/chats');
  expect(stranger.body.error).toBe('This requires an account');
});

test('a ban and a time-out count at once for a session that is open, and end by themselves', async () => {
  const eve = await portal.given.person();
  const chats = () => portal.as(eve).get('/v1/portal/chats');
  expect((await chats()).status).toBe(200);
  await portal.given.state(eve, 2, 1000);
  expect(await chats()).toMatchObject({ status: 403, body: { code: 'ERR_BANNED' } });
  await portal.given.state(eve, 1, 2000);
  expect(await chats()).toMatchObject({ status: 403, body: { code: 'ERR_TIMED_OUT', ttl: 2 } });
  portal.timers.jump(2000);
  expect((await chats()).status).toBe(200);
});
