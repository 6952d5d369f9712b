import { describe, expect, test } from 'bun:test';
import { createKeyPair } from '../../src/client/index.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import type { Answer } from '../support/caller.ts';
import { fillDisk } from '../support/full-disk.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, type Payload, type Visitor } from './house.ts';

const MATCH = '/v1/portal/match';
type Session = { token: string; sessionId: string };
type At = Pick<House, 'as'>;

const still = () => openHouse({ realTime: false });
const search = (house: At, who: Session, ...interests: string[]): Promise<Answer> =>
  house.as(who).post(MATCH, { interests });
const stop = (house: At, who: Session): Promise<Answer> => house.as(who).post(`${MATCH}/dequeue`);
const leave = (house: At, who: Session): Promise<Answer> => house.as(who).post(`${MATCH}/leave`);
const statusOf = async (house: At, who: Session) => (await house.as(who).get(`${MATCH}/status`)).body as Payload;
const isLive = ({ chats }: Payload): boolean => chats.some((chat: Payload) => !chat.archived);
const lastState = (visitor: Visitor) => visitor.all('match:state').at(-1);

/** Two strangers, connected. */
async function two(house: House) {
  const [one, other] = [await house.given.stranger(), await house.given.stranger()];
  return { one, other, here: await house.dial(one), there: await house.dial(other) };
}

/** Two who have met by `music`. */
async function met(house: House) {
  const both = await two(house);
  await search(house, both.one, 'music');
  const { chat_id } = (await search(house, both.other, 'music')).body;
  await both.here.heard('match:found');
  return { ...both, chat_id };
}

describe('a pair', () => {
  test('is told to both, with the waiting times in the metrics', async () => {
    await using house = await still();
    const { one, other, here, there } = await two(house);
    await search(house, one, 'chess', 'music', 'films');
    await house.timers.advance(3 * SECOND_MS);
    const { body } = await search(house, other, 'films', 'chess');
    const [found, otherFound] = [await here.heard('match:found'), await there.heard('match:found')];
    expect(found).toMatchObject({ chat_id: body.chat_id, interests: ['films', 'chess'] });
    expect(otherFound).toMatchObject({ chat_id: body.chat_id, token: body.token, interests: ['films', 'chess'] });
    const figures = (await house.nobody.get('/metrics')).body;
    expect(figures).toContain('\nportal_match_searching 0\n');
    expect(figures).toContain('\nportal_match_pairs_total 1\n');
    expect(figures).toContain('\nportal_match_wait_seconds_count 2\n');
    expect(figures).toMatch(/\nportal_match_wait_seconds_sum 3\n/);
  });

  test('tells the country of a stranger by their address, and nothing of where someone with an account is', async () => {
    await using house = await still();
    const [one, other] = [await house.given.stranger(), await house.given.person()];
    const [here, there] = [await house.dial(one), await house.dial(other)];
    await house
      .as(one)
      .from('8.8.8.8')
      .post(MATCH, { interests: ['music'] });
    await house
      .as(other)
      .from('8.8.8.8')
      .post(MATCH, { interests: ['music'] });
    const [{ peer }, { peer: otherPeer }] = [await here.heard('match:found'), await there.heard('match:found')];
    expect([peer.is_stranger, peer.country_code]).toEqual([false, null]);
    expect([otherPeer.is_stranger, otherPeer.country_code]).toEqual([true, 'US']);
  });

  test('with someone who has no socket and gets none is over after the grace; the one who came can search again at once', async () => {
    await using house = await still();
    const [absent, one, next] = [
      await house.given.stranger(),
      await house.given.stranger(),
      await house.given.stranger(),
    ];
    await search(house, absent, 'music');
    const visitor = await house.dial(one);
    await search(house, one, 'music');
    expect(await visitor.heard('room:peer_left')).toMatchObject({ grace_until_ms: house.timers.now() + MINUTE_MS });
    await house.timers.advance(MINUTE_MS);
    expect(await visitor.heard('match:ended')).toMatchObject({ reason: 'timeout' });
    expect((await search(house, one, 'music')).body.state).toBe('searching');
    // Even if the absent one searches again, they do not meet at once.
    expect((await search(house, absent, 'music')).body.state).toBe('searching');
    expect((await search(house, next, 'music')).body.state).toBe('matched');
    expect(await statusOf(house, one)).toMatchObject({ state: 'matched' });
  });

  test('of two who have just parted is made again after thirty seconds, without a third having to come, and not before', async () => {
    await using house = await still();
    const { one, other, here, there } = await met(house);
    await leave(house, one);
    await there.heard('match:ended');
    expect((await search(house, one, 'music')).body.state).toBe('searching');
    expect((await search(house, other, 'music')).body.state).toBe('searching');
    await house.timers.advance(29 * SECOND_MS);
    expect((await statusOf(house, one)).state).toBe('searching');
    here.forget();
    there.forget();
    await house.timers.advance(SECOND_MS);
    const [found, otherFound] = [await here.heard('match:found'), await there.heard('match:found')];
    expect(found.chat_id).toBe(otherFound.chat_id);
    expect((await statusOf(house, other)).state).toBe('matched');
  });

  test('of two who have just parted is not made again at once after a restart either', async () => {
    const first = await still();
    const { one, other } = await met(first);
    await leave(first, one);
    await first.shutDown();
    await using second = await openHouse({ dataDir: first.dataDir, realTime: false });
    await search(second, one, 'music');
    expect((await search(second, other, 'music')).body.state).toBe('searching');
  });

  test('outlives a server that dies before anyone is told', async () => {
    const first = await openHouse();
    const [one, other] = [await first.given.stranger(), await first.given.person()];
    await search(first, one, 'music');
    const { body } = await search(first, other, 'music');
    await first.shutDown();
    await using second = await openHouse({ dataDir: first.dataDir });
    const states = [await statusOf(second, one), await statusOf(second, other)];
    for (const state of states) expect(state).toMatchObject({ state: 'matched', chat_id: body.chat_id });
    expect(states[1]?.token).toBe(body.token);
    const joined = await (await second.dial(one)).call('room:join', {
      token: states[0]?.token,
      public_key: createKeyPair().publicKey,
    });
    expect(joined).toMatchObject({ ok: true, participant: 1 });
  });

  test('is not made with someone who has no slot left by then: that search ends in a told way, and the other goes on', async () => {
    await using house = await openHouse();
    const { one, here } = await two(house);
    await search(house, one, 'music');
    const { id } = await house.given.direct(one, await house.given.person());
    const later = await house.given.person();
    expect((await search(house, later, 'music')).body.state).toBe('searching');
    await eventually(async () => lastState(here)?.state === 'matched');
    expect(await statusOf(house, one)).toMatchObject({ state: 'matched', chat_id: id });
    expect((await search(house, await house.given.stranger(), 'music')).body.state).toBe('matched');
    expect((await statusOf(house, later)).state).toBe('matched');
  });

  test('passes over someone who has no slot left for whoever waits behind them', async () => {
    await using house = await openHouse();
    const [one, next, later] = [await house.given.person(), await house.given.person(), await house.given.person()];
    await search(house, one, 'music');
    await search(house, next, 'chess');
    await house.given.direct(one, await house.given.person());
    expect((await search(house, later, 'music', 'chess')).body.state).toBe('matched');
    expect((await statusOf(house, next)).state).toBe('matched');
  });

  test('that cannot be written ends both searches in a told way, and both can search again', async () => {
    await using house = await openHouse();
    const [one, other] = [await house.given.person(), await house.given.person()];
    const [here, there] = [await house.dial(one), await house.dial(other)];
    await search(house, one, 'music');
    await eventually(async () => lastState(here)?.state === 'searching');
    const giveRoom = await fillDisk(house);
    const { status, body } = await search(house, other, 'music');
    expect([status, body.code]).toEqual([503, 'ERR_UNAVAILABLE']);
    await eventually(async () => lastState(here)?.state === 'idle');
    expect([await statusOf(house, one), await statusOf(house, other)]).toEqual([
      { state: 'idle', chats: [] },
      { state: 'idle', chats: [] },
    ]);
    expect([here.all('match:found'), there.all('match:found')]).toEqual([[], []]);
    await giveRoom();
    await search(house, one, 'music');
    expect((await search(house, other, 'music')).body.state).toBe('matched');
  });
});

describe('what happens in the same moment', () => {
  test('stop and pair: nobody sits in the talk of someone who has stopped, and the other is told', async () => {
    await using house = await openHouse();
    for (let time = 0; time < 30; time++) {
      const { one, other, there } = await two(house);
      const tag = `tag${time}`;
      await search(house, one, tag);
      const waits = Array.from({ length: time % 10 }, () => house.nobody.get('/'));
      const asking = [async () => Promise.all(waits).then(() => search(house, other, tag)), () => stop(house, one)];
      const answers = await Promise.all((time % 2 ? asking : asking.toReversed()).map((ask) => ask()));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const [state, otherState] = [await statusOf(house, one), await statusOf(house, other)];
      expect([isLive(state), isLive(otherState)]).toEqual([false, false]);
      expect(state.state).toBe('idle');
      if (otherState.chats.length > 0) expect(await there.heard('match:ended')).toMatchObject({ reason: 'left' });
      else expect(otherState.state).toBe('searching');
    }
  });

  test('a stop that was sent before the news of the pair came ends it, for both, at once', async () => {
    await using house = await still();
    const { one, there, chat_id } = await met(house);
    expect((await stop(house, one)).body).toEqual({ message: 'Left the queue' });
    expect(await there.heard('room:peer_left')).toEqual({ chat_id, grace_until_ms: 0 });
    expect(await there.heard('match:ended')).toEqual({ chat_id, reason: 'left' });
    expect((await statusOf(house, one)).state).toBe('idle');
  });

  test('a stop ends no talk that the session has entered, been told of by an answer, or known for a while', async () => {
    await using house = await still();
    const entered = await met(house);
    const { token } = await entered.here.heard('match:found');
    await entered.here.call('room:join', { token, public_key: createKeyPair().publicKey });
    const told = await met(house);
    await statusOf(house, told.one);
    const known = await met(house);
    for (const { one } of [entered, told]) await stop(house, one);
    await stop(house, told.other);
    await house.timers.advance(5 * SECOND_MS);
    await stop(house, known.one);
    for (const { one } of [entered, told, known]) expect((await statusOf(house, one)).state).toBe('matched');
  });

  test('a stop while the own search is being answered ends what it found', async () => {
    await using house = await openHouse();
    for (let time = 0; time < 10; time++) {
      const { one, other } = await two(house);
      const tag = `tag${time}`;
      await search(house, other, tag);
      await Promise.all([search(house, one, tag), stop(house, one)]);
      const [state, otherState] = [await statusOf(house, one), await statusOf(house, other)];
      // The stop may also have come first, and then it stopped nothing.
      if (!isLive(state)) expect(otherState.state).not.toBe('matched');
      else expect(otherState.state).toBe('matched');
    }
  });

  test('leave and search: one leaves while the other leaves and searches on; late news touch no later talk', async () => {
    await using house = await openHouse();
    for (let time = 0; time < 10; time++) {
      const { one, other, here } = await met(house);
      const next = await house.given.stranger();
      const nextVisitor = await house.dial(next);
      await search(house, next, 'films');
      const left = await Promise.all([leave(house, one), leave(house, other), search(house, one, 'films')]);
      expect(
        left
          .map(({ status }) => status)
          .slice(0, 2)
          .sort((a, b) => a - b),
      ).toEqual([200, 404]);
      const searched = left[2]?.status === 200 ? left[2] : await search(house, one, 'films');
      expect(searched.body.state).toBe('matched');
      await nextVisitor.heard('match:found');
      const { chat_id } = searched.body;
      await here.heard('match:ended');
      await here.settled();
      expect(here.all('match:ended').map((ended) => ended.chat_id)).not.toContain(chat_id);
      expect(await statusOf(house, one)).toMatchObject({ state: 'matched', chat_id });
      await eventually(async () => lastState(here)?.chat_id === chat_id);
    }
  });

  test('sign-out and pair: no search and no talk outlives the session of a stranger', async () => {
    await using house = await openHouse();
    for (let time = 0; time < 20; time++) {
      const { one, other } = await two(house);
      const tag = `tag${time}`;
      await search(house, one, tag);
      const asking = [() => search(house, other, tag), () => house.as(one).post('/v1/authentication/logout')];
      await Promise.all((time % 2 ? asking : asking.toReversed()).map((ask) => ask()));
      await eventually(async () => !isLive(await statusOf(house, other)));
    }
  });

  test('a search and the end of its last socket: it does not last as if there were one', async () => {
    await using house = await still();
    for (let time = 0; time < 10; time++) {
      const one = await house.given.stranger();
      const visitor = await house.dial(one);
      const [answer] = await Promise.all([search(house, one, `tag${time}`), visitor.socket.disconnect()]);
      expect(answer.status).toBe(200);
      await eventually(async () => (await house.adapters.matchQueue.find(one.sessionId))?.isConnected === false);
      await house.timers.leap(10 * MINUTE_MS);
      expect(await statusOf(house, one)).toEqual({ state: 'idle', chats: [] });
    }
  });

  test('a hundred who search at once, each in two tabs at the same time: all are in one pair, with one chat each', async () => {
    await using house = await openHouse();
    const people = await Promise.all(Array.from({ length: 100 }, () => house.given.person()));
    const answers = await Promise.all(
      people.flatMap((who) => [search(house, who, 'music'), search(house, who, 'music')]),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    const states = await Promise.all(people.map((who) => statusOf(house, who)));
    expect(states.map(({ state, chats }) => [state, chats.length])).toEqual(people.map(() => ['matched', 1]));
    expect(new Set(states.map(({ chat_id }) => chat_id)).size).toBe(50);
  });
});
