import { describe, expect, test } from 'bun:test';
import { personOfUser } from '../../src/core/principal.ts';
import { principalOf } from '../support/given.ts';
import { eventually } from '../support/waiting.ts';
import { ACCESS_ENDS, asOwner, type Way } from './access-ends.ts';
import { frames, openStageHouse, scripted, watcher } from './stage.ts';

/** What ends a person's right to be there, or the picture. */
const WAYS: Way[] = [
  ...ACCESS_ENDS,
  {
    title: 'the end of watching',
    mayReturn: true,
    end: ({ chat, bobs }) => bobs.call('browser:unwatch', { chat_id: chat.id }),
  },
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
