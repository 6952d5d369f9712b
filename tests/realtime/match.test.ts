import { describe, expect, test } from 'bun:test';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, type Payload, type Visitor } from './house.ts';

const MATCH = '/v1/portal/match';
type Session = { token: string; sessionId: string };

const still = () => openHouse({ realTime: false });
const searchAt = (house: Pick<House, 'as'>) => async (who: Session, interests: string[]) =>
  (await house.as(who).post(MATCH, { interests })).body;
const statusAt = (house: Pick<House, 'as'>) => async (who: Session) =>
  (await house.as(who).get(`${MATCH}/status`)).body as Payload;

/** The next `match:state` with this state, of those that come from now on. */
function soon(visitor: Visitor, state: string): Promise<Payload> {
  visitor.forget();
  return visitor.heard('match:state', (payload) => payload.state === state);
}

const lastState = (visitor: Visitor): string => visitor.all('match:state').at(-1)?.state;
const becomes = (visitor: Visitor, state: string) => eventually(async () => lastState(visitor) === state);

async function waitingFor(house: House, who: Session, interests: string[]): Promise<Visitor> {
  const visitor = await house.dial(who);
  await searchAt(house)(who, interests);
  await becomes(visitor, 'searching');
  return visitor;
}

/** Its last socket goes, and the server has noticed. */
async function hangUp(house: House, visitor: Visitor): Promise<void> {
  const { sessionId } = visitor.session;
  visitor.socket.disconnect();
  await eventually(async () => !(await house.adapters.online.hasSession(sessionId)));
  await eventually(async () => (await house.adapters.matchQueue.find(sessionId))?.isConnected !== true);
}

describe('a session is told where it stands', () => {
  test('after connecting, and on every tab whenever it changes', async () => {
    await using house = await still();
    const search = searchAt(house);
    const [one, other] = [await house.given.person(), await house.given.stranger()];
    const tabs = [await house.dial(one), await house.dial(one)];
    for (const tab of tabs) expect(await tab.heard('match:state')).toEqual({ state: 'idle', chats: [] });

    const searching = tabs.map((tab) => soon(tab, 'searching'));
    const { expires_at } = await search(one, ['music', 'chess']);
    for (const told of await Promise.all(searching))
      expect(told).toEqual({ state: 'searching', interests: ['music', 'chess'], expires_at, chats: [] });

    const matched = tabs.map((tab) => soon(tab, 'matched'));
    await search(other, ['chess']);
    for (const told of await Promise.all(matched)) expect(told).toEqual(await statusAt(house)(one));

    const idle = tabs.map((tab) => soon(tab, 'idle'));
    await house.as(other).post(`${MATCH}/leave`);
    for (const told of await Promise.all(idle)) expect(told.chats[0]).toMatchObject({ archived: true });

    const gone = tabs.map((tab) => {
      tab.forget();
      return tab.heard('match:state', ({ chats }) => chats.length === 0);
    });
    await house.timers.leap(DAY_MS);
    await Promise.all(gone);
  });

  test('on every session of the person where chats change, and on its own where a search does', async () => {
    await using house = await still();
    const one = await house.given.person();
    const phone = await house.given.session(one);
    const [here, there] = [await house.dial(one), await house.dial(phone)];
    await searchAt(house)(one, ['music']);
    await becomes(here, 'searching');
    expect(lastState(there)).toBe('idle');
    await searchAt(house)(await house.given.stranger(), ['music']);
    await becomes(there, 'matched');
    await becomes(here, 'matched');
    expect(there.all('match:found')).toEqual([]);
    expect(here.all('match:found')).toHaveLength(1);
  });

  test('that it searches no more when the server has been restarted, though its talks go on', async () => {
    const first = await openHouse();
    const [one, other, third] = [
      await first.given.premium(),
      await first.given.stranger(),
      await first.given.stranger(),
    ];
    await searchAt(first)(one, ['music']);
    const { chat_id } = await searchAt(first)(other, ['music']);
    await searchAt(first)(one, ['chess']);
    await searchAt(first)(third, ['films']);
    await first.shutDown();
    await using second = await openHouse({ dataDir: first.dataDir });
    expect(await (await second.dial(third)).heard('match:state')).toEqual({ state: 'idle', chats: [] });
    const back = await second.dial(one);
    expect(await back.heard('match:state')).toMatchObject({ state: 'matched', chat_id });
    expect(await (await second.dial(other)).heard('match:state')).toMatchObject({ state: 'matched', chat_id });
  });
});

test('moderators see which strangers search, and since when', async () => {
  await using house = await still();
  const one = await house.given.stranger();
  await house.dial(one);
  await house.timers.advance(MINUTE_MS);
  const since = new Date(house.timers.now()).toISOString();
  await searchAt(house)(one, ['music']);
  await house.timers.advance(MINUTE_MS);
  const moderator = house.as(await house.given.moderator());
  const listed = async () => (await moderator.get('/v1/admin/strangers')).body[0];
  expect(await listed()).toMatchObject({ signature: one.signature, state: 'searching', since });
  await searchAt(house)(await house.given.person(), ['music']);
  expect((await listed()).state).toBe('matched');
});

describe('a search', () => {
  test('keeps its place while one of two tabs closes, and when the last one is back within the grace', async () => {
    await using house = await still();
    const { given } = house;
    const [one, later, third] = [await given.stranger(), await given.stranger(), await given.stranger()];
    const [tab, second] = [await waitingFor(house, one, ['music']), await house.dial(one)];
    const again = await house.as(one).post(MATCH, { interests: ['films'] });
    expect([again.status, again.body.interests]).toEqual([409, ['music']]);
    await waitingFor(house, later, ['chess']);
    tab.socket.disconnect();
    await house.timers.advance(MINUTE_MS);
    await hangUp(house, second);
    await house.timers.advance(14 * SECOND_MS);
    const back = await house.dial(one);
    expect(await back.heard('match:state')).toMatchObject({ state: 'searching', interests: ['music'] });
    await house.timers.advance(MINUTE_MS);
    await searchAt(house)(third, ['chess', 'music']);
    await becomes(back, 'matched');
    expect(await statusAt(house)(later)).toMatchObject({ state: 'searching' });
  });

  test('falls with the grace after the last socket, and who comes back is told', async () => {
    await using house = await still();
    const one = await house.given.stranger();
    const tab = await waitingFor(house, one, ['music']);
    await house.timers.advance(20 * MINUTE_MS);
    expect(await statusAt(house)(one)).toMatchObject({ state: 'searching' });
    await hangUp(house, tab);
    await house.timers.advance(15 * SECOND_MS);
    const back = await house.dial(one);
    expect(await back.heard('match:state')).toEqual({ state: 'idle', chats: [] });
    expect(await statusAt(house)(one)).toEqual({ state: 'idle', chats: [] });
  });

  test('of a session that never had a socket is told to have fallen as soon as there is one', async () => {
    await using house = await still();
    const one = await house.given.stranger();
    await searchAt(house)(one, ['music']);
    await house.timers.advance(10 * MINUTE_MS);
    expect(await (await house.dial(one)).heard('match:state')).toEqual({ state: 'idle', chats: [] });
  });

  test('is not paired with an old socket of the same person that nobody has noticed to be dead', async () => {
    await using house = await still();
    const one = await house.given.premium();
    await waitingFor(house, one, ['music']);
    const again = await house.given.session(one);
    expect((await searchAt(house)(again, ['music'])).state).toBe('searching');
    expect((await house.nobody.get('/metrics')).body).toContain('\nportal_match_pairs_total 0\n');
  });
});
