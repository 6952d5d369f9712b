import { expect, test } from 'bun:test';
import { createKeyPair } from '../../src/client/index.ts';
import { type House, openHouse } from './house.ts';

/** Two users who also know each other, by their sessions, from a public chat. */
async function twoMeeting(house: House) {
  const [ada, bob] = [await house.given.person(), await house.given.person()];
  const [one, other] = [await house.dial(ada), await house.dial(bob)];
  const chat = await house.given.direct(ada, bob);
  const join = async (visitor: typeof one, token: string) =>
    visitor.call('room:join', { token, public_key: createKeyPair().publicKey });
  const joined = await join(one, chat.tokens[0]);
  const request = await one.heard('portal:key_request');
  const keys = [{ session_id: request.recipients[0].session_id, blob: 'A'.repeat(96) }];
  await one.call('portal:key_share', { chat_id: chat.id, epoch: joined.epoch, keys });
  await join(other, chat.tokens[1]);
  return { ada, bob, one, other, chat, epoch: joined.epoch };
}

test('whose session is in a direct chat cannot be tried out with session ids from elsewhere', async () => {
  await using house = await openHouse();
  const { bob, one, chat, epoch } = await twoMeeting(house);
  const tried = [bob.sessionId, (await house.given.person()).sessionId, 'nobody'];
  const keys = tried.map((session_id) => ({ session_id, blob: 'A'.repeat(96) }));
  expect(await one.call('portal:key_share', { chat_id: chat.id, epoch, keys })).toEqual({
    ok: true,
    accepted: [],
    rejected: tried.map((session_id) => ({ session_id, code: 'ERR_NO_RECIPIENT' })),
  });
});

test('whoever is in a direct chat stays there after a join by its id, which is refused', async () => {
  await using house = await openHouse();
  const { one, other, chat } = await twoMeeting(house);
  expect(await one.call('room:join', { chat_id: chat.id })).toMatchObject({ ok: false, code: 'ERR_DIRECT_CHAT' });
  await other.call('message:typing', { chat_id: chat.id, typing: true });
  expect(await one.heard('message:typing')).toMatchObject({ user_id: null, participant: 2 });
});

test('a stranger cannot tell somebody else’s direct chat from a chat that does not exist', async () => {
  await using house = await openHouse();
  const { chat, epoch } = await twoMeeting(house);
  const stranger = await house.given.stranger();
  const visitor = await house.dial(stranger);
  const told = async (chat_id: number) => {
    const call = (event: string, more: object) => visitor.call(event, { chat_id, ...more });
    const content = JSON.stringify({ v: 2, epoch, ct: 'A'.repeat(56) });
    const answers = [
      await call('room:join', {}),
      await call('room:leave', {}),
      await call('message:send', { content }),
      await call('message:typing', { typing: true }),
      await call('portal:key_share', { epoch, keys: [] }),
      await call('portal:key_rejected', { epoch }),
    ];
    const caller = house.as(stranger);
    const path = `/v1/portal/chats/${chat_id}`;
    const responses = [
      await caller.get(`${path}/history`),
      await caller.post(`${path}/messages`, { content }),
      await caller.post(`${path}/messages/delete-mine`),
      await caller.post('/v1/portal/match/leave', { chat_id }),
      await caller.post('/v1/portal/match/report', { chat_id, reason: 'Insulted me' }),
    ];
    return [answers, responses.map(({ status, body: { correlation_id, ...body } }) => [status, body])];
  };
  expect(await told(chat.id)).toEqual(await told(999_999));
});

test('nobody else can tell either, staff included', async () => {
  await using house = await openHouse();
  const { chat, epoch } = await twoMeeting(house);
  for (const outsider of [await house.given.person(), await house.given.owner()]) {
    const visitor = await house.dial(outsider);
    const told = async (chat_id: number) => [
      await visitor.call('room:join', { chat_id }),
      await visitor.call('message:typing', { chat_id, typing: true }),
      await visitor.call('portal:key_share', { chat_id, epoch, keys: [] }),
      await visitor.call('portal:key_rejected', { chat_id, epoch }),
      await visitor.call('room:kick', { chat_id, user_id: outsider.id }),
    ];
    expect(await told(chat.id)).toEqual(await told(999_999));
  }
});
