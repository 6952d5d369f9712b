import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { matchCalls, newTag, refusal } from '../support/match-calls.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

let portal: TestPortal;
const { leave, search, statusOf, stop } = matchCalls(() => portal);

beforeAll(async () => {
  portal = await testPortal();
});
afterAll(() => portal.close());

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
