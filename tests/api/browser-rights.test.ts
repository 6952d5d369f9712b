import { expect, test } from 'bun:test';
import type { Visibility } from '../../src/modules/chats/chats/chats.tables.ts';
import { browserPath, browserPortal } from '../support/browser-house.ts';
import type { Caller } from '../support/caller.ts';
import { eventually } from '../support/waiting.ts';

const WHO = [
  'owner',
  'member',
  'host',
  'outsider',
  'banned',
  'moderator',
  'admin',
  'platform owner',
  'stranger',
  'bot',
  'client',
] as const;
type Who = (typeof WHO)[number];

/** Everyone there is, and a private chat whose browser runs. `host`: a member who drives it. */
async function everyone(visibility: Visibility) {
  const { portal, engine } = await browserPortal();
  const { given } = portal;
  const chat = await given.chat(visibility === 'private' ? {} : { visibility });
  await portal.as(chat.owner).post(browserPath(chat, 'start'));
  const host = await given.member(chat);
  portal.modules.running.setHost(chat.id, host.id);
  const banned = await given.member(chat);
  await given.chatBan(chat, banned);
  const callers: Record<Who, Caller> = {
    owner: portal.as(chat.owner),
    member: portal.as(await given.member(chat)),
    host: portal.as(host),
    outsider: portal.as(await given.person()),
    banned: portal.as(banned),
    moderator: portal.as(await given.moderator()),
    admin: portal.as(await given.admin()),
    'platform owner': portal.as(await given.owner()),
    stranger: portal.as(await given.stranger()),
    bot: portal.holding((await given.bot()).apiKey),
    client: portal.client,
  };
  return { portal, engine, chat, callers };
}

type Fate = 'may' | '403' | '404' | '401' | 'ERR_CHAT_BANNED' | 'ERR_ACCOUNT_REQUIRED';

/** Those who have no account may never. */
const ALWAYS: Partial<Record<Who, Fate>> = { stranger: 'ERR_ACCOUNT_REQUIRED', bot: '401', client: '401' };

const CALLS: [what: string, call: (by: Caller, chat: { id: number }) => ReturnType<Caller['get']>][] = [
  ['start', (by, chat) => by.post(browserPath(chat, 'start'))],
  ['stop', (by, chat) => by.post(browserPath(chat, 'stop'))],
  ['read the clipboard', (by, chat) => by.get(browserPath(chat, 'clipboard'))],
  ['see', (by, chat) => by.get(browserPath(chat, 'screenshot'))],
  ['write the clipboard', (by, chat) => by.post(browserPath(chat, 'clipboard'), { text: 'x' })],
  ['open', (by, chat) => by.post(browserPath(chat, 'open'), { url: 'https://example.com/' })],
];

/** In a private chat, of which outsiders learn nothing. */
const IN_PRIVATE: Record<string, Who[]> = {
  start: ['owner', 'platform owner'],
  stop: ['owner', 'platform owner'],
  'read the clipboard': ['owner', 'member', 'host', 'admin', 'platform owner'],
  see: ['owner', 'member', 'host', 'admin', 'platform owner'],
  'write the clipboard': ['owner', 'host', 'admin', 'platform owner'],
  open: ['owner', 'host'],
};

/** In a public chat, which everyone may enter. Who outranks its owner manages it. */
const IN_PUBLIC: Record<string, Who[]> = {
  ...IN_PRIVATE,
  'read the clipboard': [...(IN_PRIVATE.see ?? []), 'outsider', 'moderator'],
  see: [...(IN_PRIVATE.see ?? []), 'outsider', 'moderator'],
  open: ['owner', 'host', 'moderator', 'admin', 'platform owner'],
};

function fateOf(visibility: Visibility, what: string, who: Who): Fate {
  const always = ALWAYS[who];
  if (always) return always;
  if ((visibility === 'private' ? IN_PRIVATE : IN_PUBLIC)[what]?.includes(who)) return 'may';
  if (who === 'banned') return visibility === 'private' ? '404' : 'ERR_CHAT_BANNED';
  const isHidden = visibility === 'private' && ['outsider', 'moderator'].includes(who);
  return isHidden ? '404' : '403';
}

test.each(
  (['private', 'public'] as const).flatMap((visibility) => CALLS.map(([what, call]) => ({ visibility, what, call }))),
)('in a $visibility chat, who may $what', async ({ visibility, what, call }) => {
  const { portal, chat, callers } = await everyone(visibility);
  await using _ = portal;
  const met: Record<string, string> = {};
  for (const who of WHO) {
    const { status, body } = await call(callers[who], chat);
    const isPlain = body?.code === 'ERR_FORBIDDEN' || status === 401 || status === 404;
    met[who] = status === 200 ? 'may' : isPlain ? String(status) : body.code;
    // For the next one.
    if (what === 'stop') await callers.owner.post(browserPath(chat, 'start'));
  }
  expect(met).toEqual(Object.fromEntries(WHO.map((who) => [who, fateOf(visibility, what, who)])));
});

test('who loses access while a picture or the clipboard is on its way gets nothing', async () => {
  const { portal, engine } = await browserPortal();
  await using _ = portal;
  const chat = await portal.given.chat();
  await portal.as(chat.owner).post(browserPath(chat, 'start'));
  for (const what of ['screenshot', 'clipboard']) {
    const bob = await portal.given.member(chat);
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    engine.browser.held = held;
    const before = engine.browser.asked;
    const answer = portal.as(bob).get(browserPath(chat, what));
    await eventually(() => engine.browser.asked > before);
    await portal.as(chat.owner).post(browserPath(chat, 'kick'), { user_id: bob.id });
    letGo();
    expect(await answer).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
  }
});

test('who drives one chat’s browser has no right in another', async () => {
  const { portal, chat, callers } = await everyone('public');
  await using _ = portal;
  const other = await portal.given.chat({ visibility: 'public' });
  await portal.as(other.owner).post(browserPath(other, 'start'));
  expect((await callers.host.post(browserPath(chat, 'clipboard'), { text: 'x' })).status).toBe(200);
  expect((await callers.host.post(browserPath(other, 'clipboard'), { text: 'x' })).status).toBe(403);
  portal.modules.running.setHost(chat.id, undefined);
  expect((await callers.host.post(browserPath(chat, 'clipboard'), { text: 'x' })).status).toBe(403);
});

test('staff start and stop the browser of a chat whose owner they outrank', async () => {
  const { portal, engine, chat, callers } = await everyone('private');
  await using _ = portal;
  const at = (what: string) => `/v1/admin/chats/${chat.id}/${what}`;
  for (const who of ['owner', 'moderator'] as const) expect((await callers[who].post(at('stop'))).status).toBe(403);
  expect(await callers.admin.post(at('start'))).toMatchObject({ status: 409, body: { code: 'ERR_BROWSER_RUNNING' } });
  expect(await callers.admin.post(at('stop'))).toMatchObject({
    status: 200,
    body: { message: `Chat '${chat.name}' stopped` },
  });
  expect(engine.alive).toEqual([]);
  expect(await callers.admin.post(at('stop'))).toMatchObject({
    status: 409,
    body: { code: 'ERR_BROWSER_NOT_RUNNING' },
  });
  expect(await callers['platform owner'].post(at('start'))).toMatchObject({
    status: 200,
    body: { message: `Chat '${chat.name}' started` },
  });
  const theirs = await portal.given.chat({ owner: await portal.given.owner() });
  expect((await callers.admin.post(`/v1/admin/chats/${theirs.id}/start`)).status).toBe(403);
  expect((await callers.admin.post('/v1/admin/chats/99/start')).status).toBe(404);
  const direct = await portal.given.direct(await portal.given.person(), await portal.given.person());
  expect((await callers.admin.post(`/v1/admin/chats/${direct.id}/start`)).status).toBe(404);
});
