import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await testPortal();
});
afterAll(() => portal.close());

const face = ({ id, username }: Person) => ({ id, username, avatar_url: null });

async function entryFor(who: { token: string }, { id }: { id: number }) {
  const { body } = await portal.as(who).get('/v1/portal/chats');
  return body.find((chat: { id: number }) => chat.id === id);
}
const facesFor = async (who: { token: string }, chat: { id: number }) => (await entryFor(who, chat)).faces;

/** A second apart, so that the order of joining is theirs. */
async function members(chat: Chat, count: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let number = 0; number < count; number++) {
    await portal.timers.advance(1000);
    people.push(await portal.given.member(chat));
  }
  return people;
}

describe('the faces of an open chat', () => {
  test('are of people in the room, longest there first, then of members; four at most', async () => {
    const chat = await portal.given.chat({ visibility: 'public' });
    const viewer = await portal.given.person();
    expect(await facesFor(viewer, chat)).toEqual([]);
    const [ada, bob, carl] = (await members(chat, 3)) as [Person, Person, Person];
    expect(await facesFor(viewer, chat)).toEqual([ada, bob, carl].map(face));
    const guests: Person[] = [];
    for (let count = 0; count < 2; count++) {
      const guest = await portal.given.person();
      await portal.given.speaker(chat, guest);
      guests.push(guest);
    }
    await portal.given.speaker(chat, carl);
    expect(await facesFor(viewer, chat)).toEqual([...guests, carl, ada].map(face));
    await portal.given.speaker(chat, chat.owner);
    await portal.given.speaker(chat, bob);
    expect(await facesFor(viewer, chat)).toEqual([...guests, carl, chat.owner].map(face));
  });

  test('are the same in the directory, for whoever has the public key', async () => {
    const chat = await portal.given.chat({ visibility: 'public', name: 'Harbour news' });
    const [ada] = (await members(chat, 1)) as [Person];
    await portal.given.speaker(chat, chat.owner);
    const { chats } = (await portal.client.get('/v1/portal/directory?q=harbour+news')).body;
    expect(chats).toMatchObject([{ id: chat.id, faces: [chat.owner, ada].map(face), viewer_count: 1 }]);
  });
});

describe('the faces of a private chat', () => {
  test('are of members in the order of joining, whether or not they are there, and of no guest', async () => {
    const chat = await portal.given.chat();
    const five = await members(chat, 5);
    const four = five.slice(0, 4).map(face);
    expect(await facesFor(chat.owner, chat)).toEqual(four);
    for (const one of [chat.owner, five[4] as Person, await portal.given.admin()])
      await portal.given.speaker(chat, one);
    for (const who of [chat.owner, five[2] as Person]) expect(await facesFor(who, chat)).toEqual(four);
  });

  test('and the chat itself are in nobody else’s lists', async () => {
    const chat = await portal.given.chat({ name: 'Under the stairs' });
    await members(chat, 1);
    for (const who of [await portal.given.person(), await portal.given.owner()])
      expect(await entryFor(who, chat)).toBeUndefined();
    expect((await portal.client.get('/v1/portal/directory?q=under+the+stairs')).body.chats).toEqual([]);
  });
});

test('a direct chat has no faces: the two are anonymous', async () => {
  const [one, other] = [await portal.given.person(), await portal.given.person()];
  const direct = await portal.given.direct(one, other);
  expect(await entryFor(one, direct)).toMatchObject({ faces: [], wipe_preset: null });
});

test('a deleted account is no face', async () => {
  const chat = await portal.given.chat();
  const [ada, bob] = (await members(chat, 2)) as [Person, Person];
  await portal.as(await portal.given.owner()).post(`/v1/admin/users/${ada.id}/delete`);
  expect(await facesFor(chat.owner, chat)).toEqual([face(bob)]);
});

test('a list says when something was last said in a chat, and how long messages are kept', async () => {
  const chat = await portal.given.chat({ visibility: 'public', name: 'Sourdough help desk' });
  await portal.timers.advance(60_000);
  await portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, { wipe_preset: '24h' });
  const said = { last_activity_at: new Date(portal.timers.now()).toISOString(), wipe_preset: '24h' };
  expect(await entryFor(chat.owner, chat)).toMatchObject(said);
  const { chats } = (await portal.client.get('/v1/portal/directory?q=sourdough')).body;
  expect(chats).toMatchObject([said]);
});
