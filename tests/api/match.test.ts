import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { MATCH, matchCalls, newTag, refusal } from '../support/match-calls.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

let portal: TestPortal;
const { leave, search, statusOf, stop } = matchCalls(() => portal);

beforeAll(async () => {
  portal = await testPortal();
});
afterAll(() => portal.close());

describe('a search', () => {
  test('waits until someone shares an interest; both then have the same chat, each with a token of their own', async () => {
    const [one, other] = [await portal.given.person(), await portal.given.stranger()];
    const [shared, own, others] = [newTag(), newTag(), newTag()];
    const waiting = await search(one, [own, shared, own]);
    const expires_at = new Date(portal.timers.now() + 10 * MINUTE_MS).toISOString();
    expect(waiting).toMatchObject({
      status: 200,
      body: { state: 'searching', interests: [own, shared], expires_at },
    });
    expect(await statusOf(one)).toEqual({ ...waiting.body, chats: [] });
    const { status, body } = await search(other, [others, shared]);
    expect([status, Object.keys(body).sort((a, b) => (a < b ? -1 : 1))]).toEqual([
      200,
      ['chat_id', 'expires_at', 'state', 'token'],
    ]);
    expect(body).toMatchObject({ state: 'matched', expires_at: new Date(portal.timers.now() + DAY_MS).toISOString() });
    const [state, otherState] = [await statusOf(one), await statusOf(other)];
    expect(state).toMatchObject({ state: 'matched', chat_id: body.chat_id });
    expect(otherState).toMatchObject({ state: 'matched', chat_id: body.chat_id, token: body.token });
    expect(state.token).not.toBe(body.token);
    expect(state.chats).toEqual([
      {
        chat_id: body.chat_id,
        token: state.token,
        alias: expect.any(String),
        expires_at: body.expires_at,
        archived: false,
        ended: null,
      },
    ]);
  });

  test('is stopped by its session, again and again', async () => {
    const one = await portal.given.stranger();
    const left = { status: 200, body: { message: 'Left the queue' } };
    expect(await stop(one)).toMatchObject(left);
    await search(one, [newTag()]);
    expect(await stop(one)).toMatchObject(left);
    expect(await statusOf(one)).toEqual({ state: 'idle', chats: [] });
    expect(await stop(one)).toMatchObject(left);
  });

  test('by a session that searches already is refused, and says what is running', async () => {
    const one = await portal.given.premium();
    const tag = newTag();
    const { expires_at } = (await search(one, [tag])).body;
    const { status, body } = await search(one, [newTag()]);
    expect([status, body]).toMatchObject([409, { code: 'ERR_MATCH_ALREADY_SEARCHING', interests: [tag], expires_at }]);
    expect(await statusOf(one)).toMatchObject({ state: 'searching', interests: [tag] });
  });

  test('never pairs two sessions of one person', async () => {
    const one = await portal.given.premium();
    const phone = await portal.given.session(one);
    const tag = newTag();
    await search(one, [tag]);
    expect((await search(phone, [tag])).body.state).toBe('searching');
    expect([(await statusOf(one)).state, (await statusOf(phone)).state]).toEqual(['searching', 'searching']);
  });

  test('without a socket ends after ten minutes', async () => {
    await using own = await testPortal();
    const one = await own.given.person();
    await search(one, ['music'], own);
    await own.timers.advance(10 * MINUTE_MS - SECOND_MS);
    expect(await statusOf(one, own)).toMatchObject({ state: 'searching' });
    await own.timers.advance(SECOND_MS);
    expect(await statusOf(one, own)).toEqual({ state: 'idle', chats: [] });
  });

  test('occupies a stranger: a full address gives no session away that searches', async () => {
    await using own = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_STRANGERS: '1' } });
    const one = await own.given.stranger();
    await search(one, ['music'], own);
    const knock = () => own.client.post('/v1/authentication/stranger');
    expect((await knock()).status).toBe(429);
    expect((await statusOf(one, own)).state).toBe('searching');
    await stop(one, own);
    expect((await knock()).status).toBe(200);
    expect((await own.as(one).get(`${MATCH}/status`)).status).toBe(401);
  });

  test('lets the session of a stranger last 24 hours from then on', async () => {
    await using own = await testPortal();
    const [one, idle] = [await own.given.stranger(), await own.given.stranger()];
    await own.timers.leap(23 * HOUR_MS);
    await search(one, ['music'], own);
    await own.timers.leap(2 * HOUR_MS);
    expect((await own.as(idle).get(`${MATCH}/status`)).status).toBe(401);
    expect(await statusOf(one, own)).toEqual({ state: 'idle', chats: [] });
    await own.timers.leap(22 * HOUR_MS);
    expect((await own.as(one).get(`${MATCH}/status`)).status).toBe(401);
  });

  test('ends with its session', async () => {
    const [one, other] = [await portal.given.stranger(), await portal.given.stranger()];
    const tag = newTag();
    await search(one, [tag]);
    await portal.as(one).post('/v1/authentication/logout');
    expect((await search(other, [tag])).body.state).toBe('searching');
  });

  test('of a person who is banned ends', async () => {
    const [one, other] = [await portal.given.person(), await portal.given.stranger()];
    const tag = newTag();
    await search(one, [tag]);
    await portal.as(await portal.given.owner()).post(`/v1/admin/users/${one.id}/ban`, { reason: 'Spam' });
    expect((await search(other, [tag])).body.state).toBe('searching');
  });
});

describe('interests', () => {
  test.each([
    'ab',
    'abcdefghijklm',
    'Music',
    'mu sic',
    ' music',
    'music\n',
    '',
    'rock-n-roll',
    'música',
    '音楽音楽',
    '😀😀😀',
    'a\u0000bc',
    '１２３',
    '__proto__',
  ])('of a wrong form are named by their place: %p', async (tag) => {
    const one = await portal.given.stranger();
    const answer = await search(one, ['music', tag]);
    expect(refusal(answer)).toEqual([400, 'ERR_MATCH_UNSUPPORTED_INTEREST', 'interests[1]']);
    expect(answer.body.error).toBe('interests[1] must be 3 to 12 of the characters a-z and 0-9');
    expect((await statusOf(one)).state).toBe('idle');
  });

  test.each([
    [[], 'interests', 'interests must have at least 1 entry'],
    [['abc', 'def', 'ghi', 'jkl'], 'interests', 'interests must have at most 3 entries'],
    [Array.from({ length: 5000 }, (_, at) => `t${at}`), 'interests', 'interests must have at most 3 entries'],
    ['music', 'interests', 'interests must be an array'],
    [{ 0: 'music' }, 'interests', 'interests must be an array'],
    [null, 'interests', 'interests must be an array'],
    [undefined, 'interests', 'interests is required'],
    [['music', 7], 'interests[1]', 'interests[1] must be a string'],
    [[['music']], 'interests[0]', 'interests[0] must be a string'],
    [['music', null], 'interests[1]', 'interests[1] must be a string'],
  ])('that are no list of one to three tags are refused in a sentence: %#', async (interests, field, error) => {
    const { status, body } = await search(await portal.given.stranger(), interests);
    expect([status, body]).toMatchObject([400, { code: 'ERR_VALIDATION', field, error }]);
  });

  test('named several times count once', async () => {
    const [one, two] = [newTag(), newTag()];
    const { body } = await search(await portal.given.stranger(), [one, two, one, two, one]);
    expect(body.interests).toEqual([one, two]);
  });
});

describe('leaving', () => {
  test('ends the latest live chat, or the one that is named; both can read it for another day', async () => {
    const one = await portal.given.premium();
    const chats: number[] = [];
    for (let time = 0; time < 3; time++)
      chats.push((await portal.given.direct(one, await portal.given.stranger(`10.0.0.${time}`))).id);
    expect(await leave(one)).toMatchObject({ status: 200, body: { message: 'Left direct chat' } });
    expect(await leave(one, { chat_id: chats[0] })).toMatchObject({ status: 200 });
    const { state, chat_id, chats: all } = await statusOf(one);
    expect([state, chat_id]).toEqual(['matched', chats[1]]);
    expect(all.map((chat: { archived: boolean }) => chat.archived)).toEqual([true, false, true]);
  });

  test('what is not a live chat of one’s own is refused', async () => {
    const [one, other, third] = [
      await portal.given.person(),
      await portal.given.stranger(),
      await portal.given.stranger(),
    ];
    const none = [404, 'ERR_MATCH_NO_ACTIVE_DIRECT', undefined];
    expect(refusal(await leave(one))).toEqual(none);
    const { id } = await portal.given.direct(one, other);
    expect(refusal(await leave(third, { chat_id: id }))).toEqual(none);
    expect(refusal(await leave(one, { chat_id: 999_999 }))).toEqual(none);
    expect(refusal(await leave(one, { chat_id: 'x' }))).toEqual([400, 'ERR_VALIDATION', 'chat_id']);
    await leave(other);
    expect(refusal(await leave(one, { chat_id: id }))).toEqual(none);
  });

  test('two who have just parted do not meet again while the other searches', async () => {
    const [one, other] = [await portal.given.person(), await portal.given.person()];
    const tag = newTag();
    await search(one, [tag]);
    await search(other, [tag]);
    await leave(one);
    await search(one, [tag]);
    expect((await search(other, [tag])).body.state).toBe('searching');
  });
});

describe('the statistics', () => {
  test('count people who search, and show no interest of a single one, ten at most', async () => {
    await using own = await testPortal();
    const { body: none } = await own.client.get(`${MATCH}/statistics`);
    expect(none).toEqual({ online: 0, searching: 0, top_interests: [] });
    const premium = await own.given.premium();
    await search(premium, ['lonely'], own);
    await search(await own.given.session(premium), ['lonely'], own);
    const sessions = await Promise.all(Array.from({ length: 3 }, () => own.given.session(premium)));
    expect((await own.client.get(`${MATCH}/statistics`)).body).toEqual({
      online: 0,
      searching: 1,
      top_interests: [],
    });
    expect(sessions).toHaveLength(3);
  });
});
