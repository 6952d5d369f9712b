import { describe, expect, test } from 'bun:test';
import { Level, personOfUser } from '../../src/core/principal.ts';
import { type Chat, type Person, principalOf } from '../support/given.ts';
import { eventually } from '../support/waiting.ts';
import type { Payload, Visitor } from './house.ts';
import { frames, openStageHouse, type StageHouse, scripted, watcher } from './stage.ts';

type Scene = { house: StageHouse; chat: Chat; bob: Person; bobs: Visitor; staff: Person };
type Way = {
  title: string;
  visibility?: 'public';
  level?: Level;
  isMember?: boolean;
  /** Who may be in the room may watch again. */
  mayReturn?: true;
  /** Nobody watches afterwards. */
  endsForAll?: true;
  end(scene: Scene): Promise<Payload>;
};

const reason = 'Spam';
const soon = ({ house }: Scene) => new Date(house.timers.now() + 600_000).toISOString();
const asOwner = ({ house, chat }: Scene, path: string, body?: object) =>
  house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/${path}`, body);
const asStaff = ({ house, staff }: Scene, path: string, body?: object) =>
  house.as(staff).post(`/v1/admin/${path}`, body);

/** What ends a person's right to be there. */
const WAYS: Way[] = [
  { title: 'a kick', end: (at) => asOwner(at, 'kick', { user_id: at.bob.id }) },
  { title: 'a ban', end: (at) => asOwner(at, 'ban', { user_id: at.bob.id }) },
  { title: 'a ban from an open chat', visibility: 'public', end: (at) => asOwner(at, 'ban', { user_id: at.bob.id }) },
  { title: 'leaving the chat', end: ({ house, chat, bob }) => house.as(bob).post(`/v1/portal/chats/${chat.id}/leave`) },
  {
    title: 'leaving the room',
    mayReturn: true,
    end: ({ chat, bobs }) => bobs.call('room:leave', { chat_id: chat.id }),
  },
  {
    title: 'the end of watching',
    mayReturn: true,
    end: ({ chat, bobs }) => bobs.call('browser:unwatch', { chat_id: chat.id }),
  },
  { title: 'signing out elsewhere', end: ({ house, bob }) => house.as(bob).post('/v1/authentication/logout') },
  {
    title: 'the end of the session by its owner',
    async end({ house, bob }) {
      const other = await house.given.session(bob);
      return house.as(other).post('/v1/users/me/sessions/destroy', { token_suffix: bob.token.slice(-6) });
    },
  },
  {
    title: 'a time-out',
    end: (at) => asStaff(at, `users/${at.bob.id}/timeout`, { reason, expires_at: soon(at) }),
  },
  { title: 'a ban from the platform', end: (at) => asStaff(at, `users/${at.bob.id}/ban`, { reason }) },
  { title: 'the end of the account', end: (at) => asStaff(at, `users/${at.bob.id}/delete`) },
  {
    title: 'a chat that turns private',
    visibility: 'public',
    isMember: false,
    end: (at) => asOwner(at, 'config/update', { slug: null }),
  },
  {
    title: 'a lower level',
    level: Level.Admin,
    isMember: false,
    end: (at) => asStaff(at, `users/${at.bob.id}/permission`, { permission_level: 0 }),
  },
  { title: 'the end of the chat', endsForAll: true, end: (at) => asOwner(at, 'delete') },
  { title: 'the end of the browser', mayReturn: true, endsForAll: true, end: (at) => asOwner(at, 'stop') },
];

async function scene({ visibility, level, isMember = true }: Way) {
  const house = await openStageHouse();
  const chat = await house.given.chat(visibility ? { visibility } : {});
  const { browser } = await scripted(house, chat);
  const bob = await house.given.person(level === undefined ? {} : { level });
  if (isMember) await house.given.member(chat, bob);
  const [bobs, adas] = [await watcher(house, bob, chat), await watcher(house, chat.owner, chat)];
  for (const one of [bobs, adas])
    one.socket.on('browser:frame', ({ seq }) => one.socket.emit('browser:seen', { chat_id: chat.id, seq }));
  return { house, chat, bob, bobs, adas, browser, staff: await house.given.owner() };
}

describe('the picture ends, with the last frame before the answer, and does not come back, by', () => {
  test.each(WAYS.map((way) => [way.title, way] as const))('%s', async (_, way) => {
    const { house, browser, ...at } = await scene(way);
    await using _house = house;
    const { chat, bobs, adas, bob } = at;
    const last = frames(bobs).at(-1)?.seq;
    await bobs.call('browser:seen', { chat_id: chat.id, seq: last });
    expect(house.modules.watching.viewersOf(chat.id)).toBe(2);
    const answer = await way.end({ house, ...at });
    expect(answer.ok ?? answer.status).toBe(answer.ok === undefined ? 200 : true);
    const left = way.endsForAll ? 0 : 1;
    await eventually(() => house.modules.watching.viewersOf(chat.id) === left);
    const before = frames(bobs).length;
    for (let n = 0; n < 5; n++) {
      browser.casts.add('full');
      browser.frame(new Uint8Array([n]));
      browser.show({ title: `secret ${n}` });
      browser.notice('popup');
    }
    await adas.settled();
    if (bobs.socket.connected) await bobs.settled();
    expect(frames(bobs)).toHaveLength(before);
    expect(bobs.all('browser:page')).toEqual([]);
    expect(bobs.all('browser:notice')).toEqual([]);
    if (way.mayReturn) return;
    if (bobs.socket.connected)
      for (const event of ['browser:watch', 'room:join', 'browser:watch'])
        expect(await bobs.call(event, { chat_id: chat.id })).toMatchObject({ ok: false });
    const again = house.knock({ token: bob.token }, bob);
    const opened = await Promise.race([
      again.heard('connect').then(() => true),
      again.heard('connect_error').then(() => false),
    ]);
    if (opened)
      for (const event of ['browser:watch', 'room:join', 'browser:watch'])
        expect(await again.call(event, { chat_id: chat.id })).toMatchObject({ ok: false });
    expect(frames(again)).toEqual([]);
    expect(house.modules.watching.viewersOf(chat.id)).toBe(left);
  });
});

test('who begins to watch in the moment when the browser stops watches nothing of the next one', async () => {
  await using house = await openStageHouse();
  const { browsers, voice, watching } = house.modules;
  const chat = await house.given.chat();
  await scripted(house, chat);
  const bob = await house.given.member(chat);
  const rooms = new Set<string>();
  const socket = {
    id: 'of-bob',
    isBehind: false,
    join: (room: string) => void rooms.add(room),
    leave: (room: string) => void rooms.delete(room),
    isIn: (room: string) => rooms.has(room),
    emit() {},
  };
  voice.admit(chat.id, socket, personOfUser(bob.id));
  await watching.watch(principalOf(bob), socket, chat.id);
  await browsers.end(chat.id, 'stopped');
  await eventually(() => !voice.watches(chat.id, socket));
  expect(voice.hears(chat.id, socket)).toBe(true);
});

test('whoever races to watch while they are put out sees nothing afterwards', async () => {
  await using house = await openStageHouse();
  const chat = await house.given.chat();
  const { browser } = await scripted(house, chat);
  const owner = await house.dial(chat.owner);
  await owner.join(chat.id);
  for (let round = 0; round < 10; round++) {
    const bob = await house.given.member(chat);
    const bobs = await house.dial(bob);
    await bobs.join(chat.id);
    const races = [
      bobs.call('browser:watch', { chat_id: chat.id }),
      owner.call('room:kick', { chat_id: chat.id, user_id: bob.id }),
      bobs.call('browser:watch', { chat_id: chat.id }),
      bobs.call('room:join', { chat_id: chat.id }),
    ];
    await Promise.all(round % 2 === 0 ? races : races.reverse());
    await bobs.settled();
    await eventually(() => house.modules.watching.viewersOf(chat.id) === 0);
    bobs.forget();
    browser.casts.add('full');
    browser.frame();
    await bobs.settled();
    expect(frames(bobs)).toEqual([]);
    expect(browser.casts.delete('full')).toBe(true);
  }
});
