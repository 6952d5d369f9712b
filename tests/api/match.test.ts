import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import type { Answer } from '../support/caller.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const MATCH = '/v1/portal/match';

let portal: TestPortal;
let tags = 0;

beforeAll(async () => {
  portal = await testPortal();
});
afterAll(() => portal.close());

/** A tag that no other test searches by. */
const newTag = () => `tag${++tags}`;
const search = (who: { token: string }, interests: unknown, at = portal): Promise<Answer> =>
  at.as(who).post(MATCH, { interests });
const stop = (who: { token: string }, at = portal) => at.as(who).post(`${MATCH}/dequeue`);
const leave = (who: { token: string }, body: object = {}, at = portal) => at.as(who).post(`${MATCH}/leave`, body);
const statusOf = async (who: { token: string }, at = portal) => (await at.as(who).get(`${MATCH}/status`)).body;
const refusal = ({ status, body }: Answer) => [status, body.code, body.field];

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

describe('slots', () => {
  async function matched(one: { token: string }): Promise<void> {
    const tag = newTag();
    await search(one, [tag]);
    expect((await search(await portal.given.stranger(), [tag])).body.state).toBe('matched');
  }
  const full = [409, 'ERR_MATCH_SLOT_LIMIT', undefined];

  test.each(['person', 'stranger'] as const)('a %s has one direct chat at a time', async (kind) => {
    const one = await portal.given[kind]();
    await matched(one);
    expect(refusal(await search(one, [newTag()]))).toEqual(full);
    await leave(one);
    expect((await search(one, [newTag()])).body.state).toBe('searching');
  });

  test('with premium there are three, and while looking for another one the answer is searching', async () => {
    const one = await portal.given.premium();
    await matched(one);
    await matched(one);
    await search(one, [newTag()]);
    const state = await statusOf(one);
    expect([state.state, state.chats.length]).toEqual(['searching', 2]);
    await stop(one);
    expect(await statusOf(one)).toMatchObject({ state: 'matched', chat_id: state.chats[1].chat_id });
    await matched(one);
    expect(refusal(await search(one, [newTag()]))).toEqual(full);
  });

  test('searches of other sessions take one each', async () => {
    const one = await portal.given.person();
    await search(one, [newTag()]);
    const phone = await portal.given.session(one);
    expect(refusal(await search(phone, [newTag()]))).toEqual(full);
    await stop(one);
    expect((await search(phone, [newTag()])).body.state).toBe('searching');
  });

  test('twenty searches at once by one session are one, whatever waits', async () => {
    const tag = newTag();
    const others = await Promise.all(Array.from({ length: 5 }, () => portal.given.stranger()));
    for (const other of others) await search(other, [tag]);
    const one = await portal.given.person();
    const answers = await Promise.all(Array.from({ length: 20 }, () => search(one, [tag])));
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    expect((await statusOf(one)).chats).toHaveLength(1);
    const waiting = (await Promise.all(others.map((other) => statusOf(other)))).map(({ state }) => state);
    // Those of one tag met each other before.
    expect(waiting.filter((state) => state === 'searching')).toHaveLength(0);
  });

  test('of ten sessions of one person that search at once, as many may as there are slots', async () => {
    const one = await portal.given.premium();
    const sessions = await Promise.all(Array.from({ length: 10 }, () => portal.given.session(one)));
    const tag = newTag();
    const answers = await Promise.all(sessions.map((session) => search(session, [tag])));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.code))).toEqual(
      new Set(['ERR_MATCH_SLOT_LIMIT']),
    );
  });
});

describe('who may not search', () => {
  test('a stranger who is blocked; a search under way ends, and the one who comes is not paired with them', async () => {
    const [one, other] = [await portal.given.stranger(), await portal.given.stranger()];
    const tag = newTag();
    await search(one, [tag]);
    const moderator = portal.as(await portal.given.moderator());
    await moderator.post(`/v1/admin/strangers/${one.signature}/block`, { reason: 'Spam' });
    expect((await search(other, [tag])).body.state).toBe('searching');
    expect(await statusOf(one)).toMatchObject({ state: 'idle' });
    expect(refusal(await search(one, [tag]))).toEqual([403, 'ERR_STRANGER_BLOCKED', undefined]);
  });

  test('strangers, where they are not admitted; accounts may', async () => {
    await using first = await testPortal();
    const stranger = await first.given.stranger();
    const person = await first.given.person();
    await first.close({ keep: true });
    await using second = await testPortal({ dataDir: first.dataDir, env: { PORTAL_STRANGERS: 'off' } });
    expect(refusal(await search(stranger, ['music'], second))).toEqual([403, 'ERR_STRANGERS_OFF', undefined]);
    expect((await search(person, ['music'], second)).status).toBe(200);
  });

  test('a session beyond its limit, until a minute has passed', async () => {
    await using own = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_MATCH: '3' } });
    const [one, other] = [await own.given.stranger(), await own.given.stranger()];
    for (let time = 0; time < 3; time++) {
      await search(one, ['music'], own);
      await stop(one, own);
    }
    const { status, body, headers } = await search(one, ['music'], own);
    expect([status, body.code, body.retry_after, headers.get('retry-after')]).toEqual([
      429,
      'ERR_RATE_LIMITED',
      60,
      '60',
    ]);
    expect((await search(other, ['music'], own)).status).toBe(200);
    await own.timers.advance(MINUTE_MS);
    expect((await search(one, ['music'], own)).status).toBe(200);
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
