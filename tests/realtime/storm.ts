import { expect } from 'bun:test';
import { and, eq, isNull } from 'drizzle-orm';
import { userIdOf } from '../../src/core/principal.ts';
import { accessOf } from '../../src/modules/chats/chats/chats.policy.ts';
import { findStanding } from '../../src/modules/chats/chats/chats.repository.ts';
import { chatBans, chatVisits } from '../../src/modules/chats/chats/chats.tables.ts';
import { keyBlobs } from '../../src/modules/chats/keys/keys.tables.ts';
import { messages } from '../../src/modules/chats/messages/messages.tables.ts';
import { punishments } from '../../src/modules/people/sanctions/sanctions.tables.ts';
import { pathOf } from '../support/chat-moderation.ts';
import type { Chat, Person } from '../support/given.ts';
import { atRest } from '../support/waiting.ts';
import { type House, type Keyholder, openHouse } from './house.ts';

const byNumber = (a: number, b: number) => a - b;

/** The same numbers for the same seed. */
function dice(seed: number) {
  let state = seed;
  return (sides: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** One random action by a random person. */
async function doSomething(
  house: House,
  chat: Chat,
  people: Person[],
  tabs: Keyholder[],
  roll: ReturnType<typeof dice>,
) {
  const ada = house.as(chat.owner);
  const whom = people[roll(people.length)] as Person;
  const tab = tabs[roll(tabs.length)] as Keyholder;
  const post = (path: string, body: object = {}) => ada.post(pathOf(chat, path), body);
  const about = { user_id: whom.id };
  switch (roll(14)) {
    case 0:
      return post('/ban', about);
    case 1:
    case 2:
      return post('/unban', about);
    case 3:
      return post('/kick', about);
    case 4:
      return house.as(whom).post(pathOf(chat, '/leave'));
    case 5:
      return post('/config/update', { slug: null });
    case 6:
    case 7:
      return post('/config/update', { slug: 'stormy' });
    case 8:
      return post('/clear');
    case 9:
      return house.as(whom).post('/v1/portal/resolve/stormy');
    case 10:
      return tab.call('room:leave', { chat_id: chat.id });
    case 11:
      return tab.call('message:send', {
        chat_id: chat.id,
        content: tab.seal('Hi', Math.max(1, ...tab.chatKeys.keys())),
      });
    default:
      return tab.join(chat.id);
  }
}

/** Waits until every event was delivered and answered, and none follows. */
async function calm(house: House, tabs: readonly Keyholder[]): Promise<void> {
  const told = () => tabs.reduce((sum, tab) => sum + tab.told.length, 0);
  for (let before = -1; before !== told(); ) {
    before = told();
    for (const tab of tabs) await tab.settled();
    await atRest(house);
  }
}

/** Six people with two tabs each and the owner act at random and at once; afterwards all invariants must hold. */
export async function storm(seed: number): Promise<void> {
  await using house = await openHouse();
  const roll = dice(seed);
  const chat = await house.given.chat({ visibility: 'public', slug: 'stormy' });
  await house.as(chat.owner).post(pathOf(chat, '/config/update'), { history_visible: seed % 2 === 0 });
  const people: Person[] = [];
  const tabs: Keyholder[] = [];
  const holders = new Map<Keyholder, number>();
  for (let count = 0; count < 6; count++) {
    const person = await house.given.person();
    people.push(person);
    for (const session of [person, await house.given.session(person)]) {
      const tab = await house.keyholder(session);
      tabs.push(tab);
      holders.set(tab, person.id);
    }
  }
  tabs.push(await house.keyholder(chat.owner));
  for (const tab of tabs) {
    tab.answerAll();
    tab.socket.on('portal:key_shared', (shared) => tab.take(shared.epoch, shared));
  }
  for (let wave = 0; wave < 30; wave++)
    await Promise.all(Array.from({ length: 12 }, () => doSomething(house, chat, people, tabs, roll)));
  await calm(house, tabs);

  const { read } = house.database;
  const present = (await house.adapters.presence.peopleIn(chat.id)).map((person) => userIdOf(person) ?? 0);
  const visits = await read
    .select()
    .from(chatVisits)
    .where(and(eq(chatVisits.chatId, chat.id), isNull(chatVisits.leftAt)));
  expect(visits.map(({ userId }) => userId).sort(byNumber)).toEqual([...present].sort(byNumber));

  const mayEnter = async (userId: number) => {
    const found = await findStanding(read, chat.id, userId, Date.now());
    if (!found) return false;
    const { chat: row, memberSince, bannedAt } = found;
    const standing = { chat: row, ownerLevel: 0, isMember: memberSince !== null, isBanned: bannedAt !== null };
    return accessOf({ userId, level: 0 }, standing) === 'granted';
  };
  for (const userId of present) expect(await mayEnter(userId)).toBe(true);
  const epoch = (await findStanding(read, chat.id, chat.owner.id, Date.now()))?.chat.epoch ?? 0;
  for (const blob of await read.select().from(keyBlobs)) {
    expect(blob.epoch).toBe(epoch);
    expect(await mayEnter(blob.userId ?? 0)).toBe(true);
  }

  const bans = await read.select().from(chatBans);
  const standing = await read
    .select()
    .from(punishments)
    .where(and(eq(punishments.actionType, 'CHAT_BAN'), eq(punishments.isLifted, false)));
  expect(standing.map(({ userId }) => userId).sort(byNumber)).toEqual(bans.map(({ userId }) => userId).sort(byNumber));

  for (const tab of tabs) tab.forget();
  await house.as(chat.owner).post(pathOf(chat, '/config/update'), { name: 'The end' });
  for (const tab of tabs) {
    await tab.settled();
    const hears = tab.all('room:updated').length > 0;
    if (hears) expect(await mayEnter(holders.get(tab) ?? chat.owner.id)).toBe(true);
  }
  const history = (await house.as(chat.owner).get(pathOf(chat, '/history?limit=500'))).body as {
    id: string;
    prev_id: string | null;
  }[];
  expect(history.map(({ prev_id }) => prev_id)).toEqual([null, ...history.slice(0, -1).map(({ id }) => id)]);
  expect((await read.select().from(messages)).length).toBeGreaterThan(0);
}
