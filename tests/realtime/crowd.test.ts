import { expect, test } from 'bun:test';
import { createKeyPair } from '../../src/client/index.ts';
import { SECOND_MS } from '../../src/core/durations.ts';
import { personOfUser } from '../../src/core/principal.ts';
import { type House, openHouse, type Payload } from './house.ts';

/** Fills the room with people whose sockets are not real. */
async function fill(house: House, chatId: number, count: number): Promise<void> {
  const { given, adapters } = house;
  for (let index = 0; index < count; index++) {
    const { id: userId, sessionId } = await given.person();
    await adapters.presence.enter(chatId, { socketId: `quiet-${index}`, sessionId, person: personOfUser(userId) });
  }
}

const lines = (watcher: { all(event: string): Payload[] }) =>
  watcher.all('message:new').map(({ content }) => content as string);

test('who joins a crowd of more than 200 is told in one line a second, and brought the key all the same', async () => {
  await using house = await openHouse({ realTime: false });
  const chat = await house.given.chat();
  const owner = await house.keyholder(chat.owner);
  owner.answerAll();
  await owner.join(chat.id);
  await house.passUntil(owner.heard('portal:key_shared'));
  await fill(house, chat.id, 201);
  owner.forget();

  const people = await Promise.all(
    ['anna', 'ben', 'carl', 'dora', 'emil'].map((username) => house.given.person({ username })),
  );
  const comers = await Promise.all(
    people.map(async (person) => house.keyholder(await house.given.member(chat, person))),
  );
  const joined = await Promise.all(comers.map((comer) => comer.join(chat.id)));

  await owner.settled();
  expect(lines(owner)).toEqual([]);
  await house.passUntil(owner.heard('message:new'));
  const [line] = lines(owner);
  expect(line).toMatch(/^\w+, \w+, \w+ and 2 others joined the chat$/);
  for (const [index, { members, count, ok, session_id }] of joined.entries()) {
    expect({ ok, members: members.length }).toEqual({ ok: true, members: 200 });
    expect(count).toBeGreaterThan(202);
    expect(members[0].id).toBe(chat.owner.id);
    expect(members.at(-1)).toEqual({
      id: people[index]?.id,
      username: people[index]?.username,
      avatar_url: null,
      permission_level: 0,
      sessions: [{ session_id, public_key: expect.any(String), signing_key: null }],
    });
  }
  for (const comer of comers) await house.passUntil(comer.heard('portal:key_shared'));
  const told = await house.passUntil(owner.heard('room:members', ({ count }) => count === 207));
  expect(told.left).toEqual([]);
  const [comer] = comers;
  await comer?.call('message:typing', { chat_id: chat.id, typing: true });
  await house.as(people[0] as { token: string }).post('/v1/portal/keys', { public_key: createKeyPair().publicKey });
  await owner.settled();
  for (const event of ['portal:key_added', 'message:typing']) expect(owner.all(event)).toEqual([]);
  expect(owner.all('room:members').length).toBeLessThanOrEqual(3);
  expect(lines(owner)).toHaveLength(1);
});

test('of a rush into a crowd 20 are named a second; the count has all, and leaving is told of everyone', async () => {
  await using house = await openHouse({ realTime: false });
  const chat = await house.given.chat();
  const owner = await house.dial(chat.owner);
  await owner.join(chat.id);
  await fill(house, chat.id, 250);
  const rush = house.adapters.presence;
  owner.forget();
  const people = await Promise.all(Array.from({ length: 30 }, () => house.given.person()));
  for (const { id: userId, sessionId } of people)
    await rush.enter(chat.id, { socketId: `rush-${userId}`, sessionId, person: personOfUser(userId) });
  for (const { id, sessionId } of people) house.modules.roster.came(chat.id, personOfUser(id), sessionId, 281);
  const come = await house.passUntil(owner.heard('room:members', ({ count }) => count === 281));
  expect(come.joined.length).toBeLessThanOrEqual(20);

  owner.forget();
  for (const { id } of people) await rush.remove(chat.id, personOfUser(id));
  await Promise.all(people.map(({ id }) => house.modules.roster.gone(chat.id, personOfUser(id))));
  await house.passUntil(owner.heard('room:members', ({ count }) => count === 251));
  const left = owner.all('room:members').flatMap((news) => news.left);
  expect(new Set(left)).toEqual(new Set(people.map(({ id }) => id)));
});

test('200 in a room are no crowd, 201 are', async () => {
  await using house = await openHouse({ realTime: false });
  const { given, adapters, timers } = house;
  const chat = await given.chat();
  for (let index = 0; index < 198; index++) {
    const { id: userId, sessionId } = await given.person();
    await adapters.presence.enter(chat.id, { socketId: `quiet-${index}`, sessionId, person: personOfUser(userId) });
  }
  const named = async (username: string) => house.dial(await given.member(chat, await given.person({ username })));
  const [owner, anna, ben, carl] = [
    await house.dial(chat.owner),
    await named('anna'),
    await named('ben'),
    await named('carl'),
  ];
  await owner.join(chat.id);
  const typing = () => anna.call('message:typing', { chat_id: chat.id, typing: true });

  expect(await anna.join(chat.id)).toMatchObject({ count: 200 });
  await typing();
  await owner.settled();
  expect(owner.all('message:typing')).toHaveLength(1);
  expect(await ben.join(chat.id)).toMatchObject({ count: 201 });
  await owner.settled();
  expect(lines(owner).slice(-2)).toEqual(['anna joined the chat', 'ben joined the chat']);

  await carl.join(chat.id);
  await timers.advance(SECOND_MS - 1);
  await typing();
  await owner.settled();
  expect(lines(owner)).not.toContain('carl joined the chat');
  expect(owner.all('message:typing').filter(({ typing: isTyping }) => isTyping)).toHaveLength(1);
  await timers.advance(1);
  await owner.heard('message:new', ({ content }) => content === 'carl joined the chat');
});

test('who joins a crowd is shown its first members as they are, not as they were a moment ago', async () => {
  await using house = await openHouse({ realTime: false });
  const { given, adapters } = house;
  const chat = await given.chat();
  const [owner, first] = [await house.dial(chat.owner), await house.dial(await given.member(chat))];
  await owner.join(chat.id);
  await first.join(chat.id);
  for (let index = 0; index < 200; index++) {
    const { id: userId, sessionId } = await given.person();
    await adapters.presence.enter(chat.id, { socketId: `quiet-${index}`, sessionId, person: personOfUser(userId) });
  }
  /** The members that a newcomer is shown now; the clock stands still. */
  const shown = async () => (await (await house.dial(await given.member(chat))).join(chat.id)).members as Payload[];
  await shown();
  const [ada, next] = await shown();
  expect([ada?.id, next?.id]).toEqual([chat.owner.id, expect.any(Number)]);

  // A new key and a departure, each of a listed member.
  const { publicKey } = createKeyPair();
  await house.as(chat.owner).post('/v1/portal/keys', { public_key: publicKey });
  expect((await shown())[0]).toMatchObject({ sessions: [{ public_key: publicKey }] });
  await first.call('room:leave', { chat_id: chat.id });
  expect((await shown()).map(({ id }) => id)).not.toContain(next?.id);
});

test('a small room goes on being told of each by name', async () => {
  await using house = await openHouse();
  const chat = await house.given.chat();
  const owner = await house.dial(chat.owner);
  await owner.join(chat.id);
  const anna = await house.given.member(chat, await house.given.person({ username: 'anna' }));
  const visitor = await house.keyholder(anna);
  await visitor.join(chat.id);
  await owner.heard('message:new', ({ content }) => content === 'anna joined the chat');
  await owner.heard('portal:key_added', ({ user_id }) => user_id === anna.id);
});
