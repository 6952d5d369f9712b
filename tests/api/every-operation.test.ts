import { afterAll, beforeAll, expect, test } from 'bun:test';
import { personOfStranger } from '../../src/core/principal.ts';
import type { Answer, Caller } from '../support/caller.ts';
import { pathOf } from '../support/chat-moderation.ts';
import { DocumentCheck } from '../support/document-check.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { sealed } from '../support/sealed.ts';

/** What an answer was compared with the document for is told when the portal is closed. */
let portal: TestPortal;
let check: DocumentCheck;
let owner: Person;
const met = new Set<string>();

beforeAll(async () => {
  portal = await testPortal({ engine: new ScriptedEngine() });
  check = new DocumentCheck(portal.http.openApi());
  owner = await portal.given.owner();
});
afterAll(() => portal.close());

async function done(asking: Promise<Answer>, method: string, path: string): Promise<Answer> {
  const answer = await asking;
  const operation = check.operationOf(method, path.split('?')[0] ?? '') ?? `${method} ${path}`;
  if (answer.status === 200) met.add(operation);
  expect({ operation, status: answer.status, error: answer.body?.error }).toEqual({
    operation,
    status: 200,
    error: undefined,
  });
  return answer;
}
const get = (by: Caller, path: string) => done(by.get(path), 'GET', path);
const post = (by: Caller, path: string, body: object = {}) => done(by.post(path, body), 'POST', path);
const me = () => portal.as(owner);

test('what is open to everybody, and to every client', async () => {
  const { nobody, client } = portal;
  for (const path of ['/', '/health', '/metrics', '/avatars/discord_1.svg']) await get(nobody, path);
  for (const what of ['users', 'bots', 'chats', 'app', 'application']) await get(client, `/v1/statistics/${what}`);
  await portal.given.chat({ visibility: 'public' });
  for (const path of ['/v1/instance', '/v1/portal/directory', '/v1/bots', '/v1/announcements', `/v1/users/${owner.id}`])
    await get(client, path);
});

test('signing in by every way', async () => {
  const bot = portal.holding((await portal.given.bot('discord')).apiKey);
  const identity = { platform: 'discord', platform_user_id: '4711' };
  const person = { ...identity, platform_username: 'ada', platform_avatar_url: 'https://example.com/ada.png' };
  await post(portal.client, '/v1/authentication/request', identity);
  const { code } = (await post(bot, '/v1/authentication/bot/login-code', person)).body;
  const { id, username } = (await post(portal.client, '/v1/authentication/verify', { code })).body;
  await post(bot, '/v1/authentication/bot/send-code', person);
  await get(portal.client, '/v1/authentication/ways');
  await post(portal.client, '/v1/authentication/lookup', { username });
  await get(bot, '/v1/bot/me');
  await post(bot, '/v1/bot/me/update', { group_ids: ['1', '2'], users: 250, latency_ms: 41 });
  const commands = [{ command: 'play', count: 3, timestamp: '2026-01-01T18:00:00Z', user_id: 5, group_id: '7' }];
  await post(bot, '/v1/bot/batch', { commands });
  await get(bot, `/v1/bot/users/${id}`);
  await post(bot, `/v1/bot/users/${id}/update`, { username: 'ada#1815' });
  await post(portal.as(await portal.given.person()), '/v1/authentication/logout');
  await post(portal.client, '/v1/authentication/stranger');

  await using fresh = await testPortal();
  const { token } = fresh.modules.claim;
  await post(fresh.client, '/v1/authentication/claim', { token, username: 'first' });
});

test('oneself', async () => {
  const ada = await portal.given.person();
  const as = portal.as(ada);
  await portal.as(owner).post(`/v1/admin/users/${ada.id}/warn`, { reason: 'Keep it civil' });
  for (const what of ['', '/chats', '/subscription', '/punishments', '/sessions']) await get(as, `/v1/users/me${what}`);
  await post(as, '/v1/users/me/update', { username: 'ada_l', avatar_source: 'discord_2' });
  const other = await portal.given.session(ada);
  await post(as, `/v1/users/me/sessions/${other.token.slice(-6)}/destroy`);
  await post(as, '/v1/users/me/sessions/destroy');
  for (const path of ['/v1/users/search?q=ada', '/v1/users/profile/ada_l', '/v1/portal/status']) await get(as, path);
  const { notifications } = (await get(as, '/v1/notifications')).body;
  await get(as, '/v1/notifications/unread-count');
  await post(as, `/v1/notifications/${notifications[0].id}/read`);
  await post(as, '/v1/notifications/read-all');
});

test('a chat, from its making to its end', async () => {
  const { given } = portal;
  const host = await given.person({ premium: true });
  const as = portal.as(host);
  const chat = (await post(as, '/v1/portal/chats', { name: 'Movie night', description: 'Fridays at eight' })).body;
  await get(as, '/v1/portal/chats');
  await get(as, pathOf(chat));
  await post(as, pathOf(chat, '/config/update'), { wipe_preset: '24h', name: 'Movies', slug: 'movies' });
  await get(as, pathOf(chat));
  await post(as, '/v1/portal/keys', { public_key: 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=' });
  const { code } = (await post(as, pathOf(chat, '/invites'), { max_uses: 3, expires_at: '2030-01-01T00:00:00Z' })).body;
  await get(as, pathOf(chat, '/invites'));
  const guest = await given.person();
  await get(portal.client, `/v1/portal/resolve/${code}`);
  await post(portal.as(guest), `/v1/portal/resolve/${code}`);
  await get(as, pathOf(chat, '/members'));
  await post(as, pathOf(chat, `/invites/${code}/delete`));

  await given.speaker(chat, host);
  await given.speaker(chat, guest);
  const { id } = (await post(as, pathOf(chat, '/messages'), sealed())).body;
  await post(portal.as(guest), pathOf(chat, '/messages'), sealed());
  await get(as, pathOf(chat, '/history?limit=1'));
  await get(as, pathOf(chat, '/history/ids'));
  await post(as, pathOf(chat, '/messages/delete'), { ids: [id] });
  await post(as, pathOf(chat, '/messages/delete-last'), { count: 1 });
  await post(portal.as(guest), pathOf(chat, '/messages/delete-mine'));
  await get(as, pathOf(chat, '/activity'));
  await post(portal.as(guest), pathOf(chat, '/leave'));
  await post(as, pathOf(chat, '/clear'));
  await post(as, pathOf(chat, '/delete'));
});

test('order in a chat, and everywhere', async () => {
  const chat = await portal.given.chat();
  const by = portal.as(chat.owner);
  for (const what of ['mute', 'unmute', 'warn', 'kick', 'ban', 'unban'] as const) {
    const { id } = await portal.given.member(chat);
    await post(by, pathOf(chat, `/${what}`), { user_id: id });
    await get(by, pathOf(chat, '/activity'));
    for (const list of ['/bans', '/mutes']) await get(by, pathOf(chat, list));
  }
  const { id } = await portal.given.member(chat);
  await post(by, pathOf(chat, '/timeout'), { user_id: id, duration: 3600 });
  await post(me(), '/v1/portal/hard-mute', { user_id: id, duration: 3600 });
  await post(me(), '/v1/portal/hard-unmute', { user_id: id });
});

test('running the instance: chats and bots', async () => {
  const { given } = portal;
  const official = (await post(me(), '/v1/admin/chats', { name: 'General', slug: 'general' })).body;
  const path = `/v1/admin/chats/${official.chat_id}`;
  await get(me(), '/v1/admin/chats');
  await get(me(), path);
  await post(me(), `${path}/update`, { label: 'Staff pick' });
  const member = await given.member({ id: official.chat_id });
  await post(me(), `${path}/kick`, { user_id: member.id });
  await post(me(), `${path}/transfer`, { new_owner_id: (await given.owner()).id });
  await post(me(), `${path}/delete`);

  const bot = { name: 'Doorkeeper', owner_id: owner.id, platform: 'telegram' };
  const { id } = (await post(me(), '/v1/admin/bots', bot)).body.bot;
  await get(me(), '/v1/admin/bots');
  await get(me(), `/v1/bots/${id}`);
  await get(me(), '/v1/bots/search?q=door');
  await post(me(), `/v1/admin/bots/${id}/update`, { bot_type: 'verified' });
  for (const what of ['regenerate-key', 'reset-stats', 'delete']) await post(me(), `/v1/admin/bots/${id}/${what}`);
});

test('running the instance: people, notices and records', async () => {
  const { given } = portal;
  const person = async (what: string, body: object = {}) =>
    post(me(), `/v1/admin/users/${(await given.person()).id}/${what}`, body);
  await person('update', { username: 'somebody_else' });
  await person('permission', { permission_level: 1 });
  await person('warn', { reason: 'Keep it civil' });
  await person('timeout', { reason: 'Cool down', expires_at: '2030-01-01T00:00:00Z' });
  await person('ban', { reason: 'Spam' });
  await person('unban', { reason: 'It was somebody else' });
  await person('delete');
  await post(me(), '/v1/admin/instance/update', { name: 'The Harbour', welcome: 'Films on Fridays at eight.' });
  const { id } = await given.person();
  await post(me(), '/v1/admin/subscriptions/grant', { user_id: id, tier: 'PREMIUM', duration_days: 30 });
  await get(me(), '/v1/admin/subscriptions/active');
  await post(me(), '/v1/admin/subscriptions/revoke', { user_id: id, reason: 'Called back' });
  await get(me(), `/v1/users/${id}`);
  await post(me(), '/v1/admin/notifications', { title: 'Movie night', body: 'Tonight', user_ids: [id] });
  const announcement = (await post(me(), '/v1/admin/announcements', { title: 'Hello', body: 'there' })).body;
  const { signature, sessionId } = await given.stranger();
  await portal.adapters.online.arrive({ socketId: 'tab', sessionId, person: personOfStranger(sessionId) });
  await get(me(), '/v1/admin/strangers');
  for (const action of ['block', 'unblock']) await post(me(), `/v1/admin/strangers/${signature}/${action}`);
  const reporter = await given.person();
  const { id: direct } = await given.direct(reporter, await given.stranger());
  await post(portal.as(reporter), '/v1/portal/match/report', { chat_id: direct, reason: 'Insulted me' });
  const [report] = (await get(me(), '/v1/admin/reports')).body.items;
  await post(me(), `/v1/admin/reports/${report.id}/resolve`, { outcome: 'upheld' });
  await get(me(), '/v1/announcements');
  await post(me(), `/v1/admin/announcements/${announcement.id}/delete`);
  for (const path of ['/v1/admin/health', '/v1/admin/moderation', '/v1/admin/audit/logs']) await get(me(), path);
});

test('meeting someone', async () => {
  const [one, other] = [portal.as(await portal.given.person()), portal.as(await portal.given.stranger())];
  await post(one, '/v1/portal/match', { interests: ['films'] });
  await get(one, '/v1/portal/match/status');
  await post(one, '/v1/portal/match/dequeue');
  await post(one, '/v1/portal/match', { interests: ['films', 'music'] });
  await post(other, '/v1/portal/match', { interests: ['music'] });
  await get(other, '/v1/portal/match/status');
  await post(other, '/v1/portal/match/leave', {});
  await get(one, '/v1/portal/match/status');
  await get(portal.client, '/v1/portal/match/statistics');
});

test('the browser of a chat', async () => {
  const chat = await portal.given.chat({ owner });
  const at = `/v1/portal/chats/${chat.id}`;
  for (const what of ['start', 'stop']) await post(me(), `/v1/admin/chats/${chat.id}/${what}`);
  await post(me(), `${at}/start`);
  await post(me(), `${at}/clipboard`, { text: 'To be pasted there' });
  await get(me(), `${at}/clipboard`);
  await post(me(), `${at}/open`, { url: 'https://example.com/' });
  await get(me(), `${at}/screenshot?quality=50`);
  await post(me(), `${at}/stop`);
});

test('every operation of the document was met with a success', () => {
  expect(check.operations.filter((id) => !met.has(id))).toEqual([]);
});
