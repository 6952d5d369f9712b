import { describe, expect, test } from 'bun:test';
import { aMoment, eventually } from '../support/waiting.ts';
import { ACCESS_ENDS, asOwner, type Way } from './access-ends.ts';
import { type LineHouse, LinePage, openLineHouse } from './line-house.ts';

const WAYS: Way[] = [
  ...ACCESS_ENDS,
  { title: 'the end of the browser', endsForAll: true, end: (at) => asOwner(at, 'stop') },
];

async function scene({ visibility, level, isMember = true }: Way, inRoom: boolean) {
  const house = await openLineHouse({
    // The sweep, which would end all of them within a second, never comes.
    realTime: false,
    ...(visibility ? { visibility } : {}),
  });
  const bob = await house.given.person(level === undefined ? {} : { level });
  if (isMember) await house.given.member(house.chat, bob);
  const bobs = await house.dial(bob);
  if (inRoom) await bobs.join(house.chat.id);
  const [laptop, phone] = [await house.page(bob), await house.page(bob)];
  for (const page of [laptop, phone]) await page.watch(house.neko);
  return {
    house,
    chat: house.chat,
    bob,
    bobs,
    pages: [laptop, phone],
    ada: await house.page(house.chat.owner),
    staff: await house.given.owner(),
  };
}

/** All frames stand still: nobody else watches. */
async function isDark({ neko }: LineHouse): Promise<boolean> {
  const before = neko.frames;
  await aMoment(150);
  return neko.frames === before;
}

describe.each([
  ['in the room', true],
  ['not in the room', false],
] as const)('for someone who is %s, the picture ends, and does not come back, by', (_, inRoom) => {
  const ways = WAYS.filter(({ title }) => inRoom || title !== 'leaving the room');
  test.each(ways.map((way) => [way.title, way] as const))('%s', async (_title, way) => {
    const { house, pages, ada, ...at } = await scene(way, inRoom);
    await using _house = house;
    const answer = await way.end({ house, ...at });
    if (inRoom || way.title !== 'leaving the chat')
      expect(answer.ok ?? answer.status).toBe(answer.ok === undefined ? 200 : true);
    for (const page of pages) {
      expect(await page.over()).toBe(1000);
      expect(page.ended).toMatchObject({ retry: false, sentence: expect.stringMatching(/^[A-Z].*[^.]$/) });
    }
    const names = house.neko.isUp ? house.neko.sessions.map(({ id }) => id.split('.')[0]) : [];
    expect(names).not.toContain(String(at.bob.id));
    expect(await isDark(house)).toBe(true);
    if (!way.endsForAll) expect(ada.closed).toBeUndefined();
    expect(house.lines()).toBe(way.endsForAll ? 0 : 1);
    if (way.mayReturn) return;
    const knock = () => house.knock({ cookie: `psession=${at.bob.token}` });
    expect((await knock()).status).toBeOneOf([401, 403, 404]);
    expect((await knock()).status).toBeOneOf([401, 403, 404]);
  });
});

test('a session that expires ends its line, though nothing tells of it', async () => {
  await using house = await openLineHouse({ realTime: false });
  const page = await house.page(house.chat.owner);
  await house.timers.leap(31 * 86_400_000);
  expect(await page.over()).toBe(1000);
  expect(page.ended).toMatchObject({ code: 'session', retry: false });
});

test('whoever races for a line while they are put out has no picture afterwards', async () => {
  await using house = await openLineHouse();
  for (let round = 0; round < 15; round++) {
    const bob = await house.given.member(house.chat);
    const pages: LinePage[] = [];
    const open = async () => {
      const page = new LinePage(house.url, house.chat.id, bob);
      pages.push(page);
      await eventually(() => page.closed !== undefined || page.of('system/init').length > 0);
      if (page.closed === undefined) page.send('signal/request');
      await eventually(() => page.closed !== undefined || page.of('signal/provide').length > 0);
      if (page.closed === undefined) page.send('signal/answer', { sdp: 'v=0\r\n' });
    };
    const kick = async () => {
      for (let turns = 0; turns < round; turns++) await aMoment(1);
      await house.as(house.chat.owner).post(`/v1/portal/chats/${house.chat.id}/kick`, { user_id: bob.id });
    };
    await Promise.all([open(), kick(), open(), open()]);
    for (const page of pages) await page.over();
    await eventually(() => house.neko.sessions.every(({ id }) => id === 'portal'));
    expect(await isDark(house)).toBe(true);
  }
  expect(house.lines()).toBe(0);
});

test('a mute takes neither picture nor control', async () => {
  await using house = await openLineHouse();
  const bob = await house.given.member(house.chat);
  const bobs = await house.dial(bob);
  await bobs.join(house.chat.id);
  const page = await house.page(bob);
  const staff = await house.given.owner();
  await house.as(house.chat.owner).post(`/v1/portal/chats/${house.chat.id}/mute`, { user_id: bob.id, duration: 60 });
  await house.as(staff).post(`/v1/admin/users/${bob.id}/warn`, { reason: 'Spam' });
  await page.watch(house.neko);
  expect(page.ended).toBeUndefined();
});

test('the end of the server ends all pictures, and pages are told to come back', async () => {
  const house = await openLineHouse();
  const page = await (await house.page(house.chat.owner)).watch(house.neko);
  await house[Symbol.asyncDispose]();
  await eventually(() => page.closed !== undefined);
  expect(page.ended).toMatchObject({ code: 'server', retry: true });
  expect(await isDark(house)).toBe(true);
});
