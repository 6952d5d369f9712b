import { describe, expect, test } from 'bun:test';
import { createKeyPair } from '../../src/client/index.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { fillDisk } from '../support/full-disk.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse } from './house.ts';
import { lastState, leave, MATCH, met, search, statusOf, still, two } from './match-house.ts';

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
