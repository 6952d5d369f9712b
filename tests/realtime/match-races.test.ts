import { describe, expect, test } from 'bun:test';
import { createKeyPair } from '../../src/client/index.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import type { Answer } from '../support/caller.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse, type Payload } from './house.ts';
import { type At, lastState, leave, MATCH, met, type Session, search, statusOf, still, two } from './match-house.ts';

const stop = (house: At, who: Session): Promise<Answer> => house.as(who).post(`${MATCH}/dequeue`);
const isLive = ({ chats }: Payload): boolean => chats.some((chat: Payload) => !chat.archived);

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
    // A client that seals with the session's key, and has none yet.
    const keyless = await met(house);
    await keyless.here.call('room:join', { token: (await keyless.here.heard('match:found')).token });
    const told = await met(house);
    await statusOf(house, told.one);
    const known = await met(house);
    for (const { one } of [entered, keyless, told]) await stop(house, one);
    await stop(house, told.other);
    await house.timers.advance(5 * SECOND_MS);
    await stop(house, known.one);
    for (const { one } of [entered, keyless, told, known]) expect((await statusOf(house, one)).state).toBe('matched');
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
