import { expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { principalOf } from '../support/given.ts';
import { sealed } from '../support/sealed.ts';
import { ids, quietRoom, sorted } from './e2ee-room.ts';

test('a crowd with a closed history gets one new key for all who join within two seconds, and none of them the old one', async () => {
  await using room = await quietRoom();
  const { portal, chatId, owner } = room;
  const { modules, database, given } = portal;
  await database.units.run('close history', ({ db }) =>
    db.update(chats).set({ historyVisible: false }).where(eq(chats.id, chatId)).returning(),
  );
  const speak = async () => {
    await modules.messages.send(principalOf(owner), chatId, sealed({ epoch: await room.epoch() }).content);
    await room.rest();
  };
  const newcomer = async () => {
    const person = await given.person();
    await room.register(person);
    await given.member({ id: chatId }, person);
    await room.enter(person);
    return person;
  };
  await room.begin(owner);
  await speak();
  for (let index = 0; index < 200; index++) await room.quietVisitor();

  // The first one finds an old key: a new one is made at once.
  const anna = await newcomer();
  expect(await room.epoch()).toBe(1);
  room.asked();
  await room.pass(50);
  await room.pass(50);
  expect(await room.epoch()).toBe(2);
  const first = room.askedOnce();
  expect(first).toMatchObject({ generate: true, epoch: 2 });
  expect(ids(first)).toEqual([owner.sessionId, anna.sessionId]);
  await room.share(owner, ids(first));
  await speak();

  // Those who come soon after wait for the next key; nobody may share this one with them.
  const [ben, carl] = [await newcomer(), await newcomer()];
  await room.pass(1000);
  expect(room.asked()).toEqual([]);
  expect(await room.epoch()).toBe(2);
  expect(await room.share(owner, [ben.sessionId])).toMatchObject({
    accepted: [],
    rejected: [{ session_id: ben.sessionId, code: 'ERR_FORBIDDEN' }],
  });
  await room.pass(1000);
  await room.pass(50);
  expect(await room.epoch()).toBe(3);
  const next = room.askedOnce();
  expect(sorted(ids(next))).toEqual(sorted([owner, anna, ben, carl].map(({ sessionId }) => sessionId)));
  await room.share(owner, ids(next));

  // Nobody has spoken since: newcomers may have the key as it is.
  const dora = await newcomer();
  await room.pass(50);
  expect(ids(room.askedOnce())).toEqual([dora.sessionId]);
  expect(await room.epoch()).toBe(3);
});
