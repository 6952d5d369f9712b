import { expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { personOfUser } from '../../src/core/principal.ts';
import { chatVisits } from '../../src/modules/chats/chats/chats.tables.ts';
import { openHouse } from './house.ts';
import { storm } from './storm.ts';

test.each([1, 2, 3, 4, 5, 6])('whatever all do at once, nobody is left where they may not be (%i)', storm, 60_000);

test('whoever is kicked in the moment of coming back is told that they are out, by both', async () => {
  await using house = await openHouse();
  const chat = await house.given.chat({ visibility: 'public' });
  const eve = await house.given.person();
  const [one, other, ada] = [await house.dial(eve), await house.dial(eve), await house.dial(chat.owner)];
  await one.join(chat.id);
  const kick = ada.call('room:kick', { chat_id: chat.id, user_id: eve.id });
  const [, joined] = await Promise.all([kick, other.join(chat.id)]);
  const isIn = (await house.adapters.presence.peopleIn(chat.id)).includes(personOfUser(eve.id));
  expect(joined.ok).toBe(isIn);
  const [visit] = await house.database.read.select().from(chatVisits).where(eq(chatVisits.userId, eve.id));
  expect(visit !== undefined && visit.leftAt === null).toBe(isIn);
  expect((await other.join(chat.id)).ok).toBe(true);
});
