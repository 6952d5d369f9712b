import { describe, expect, test } from 'bun:test';
import { Level } from '../../src/core/principal.ts';
import { updateChat } from '../../src/modules/chats/chats/chats.repository.ts';
import type { Chat } from '../support/given.ts';
import { eventually, turn } from '../support/waiting.ts';
import { type House, openHouse, type Payload, type Visitor } from './house.ts';

type Flags = Partial<
  Record<'allow_control_requests' | 'locked_controls' | 'implicit_hosting' | 'inactive_cursors', boolean>
>;

const OPEN: Flags = { allow_control_requests: true };
const IMPLICIT: Flags = { ...OPEN, implicit_hosting: true };
const MINUTE_S = 60;

async function set(house: House, chat: Chat, flags: Flags): Promise<void> {
  const { status } = await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, flags);
  expect(status).toBe(200);
}

/** A chat with these settings, its owner, and two members, all in the room. */
async function room(house: House, flags: Flags = OPEN) {
  const chat = await house.given.chat();
  await set(house, chat, flags);
  const [bob, carol] = [await house.given.member(chat), await house.given.member(chat)];
  const [ada, bobs, carols] = [await house.dial(chat.owner), await house.dial(bob), await house.dial(carol)];
  for (const one of [ada, bobs, carols]) expect(await one.join(chat.id)).toMatchObject({ ok: true });
  return { chat, bob, carol, ada, bobs, carols };
}

const control = (who: Visitor, event: string, chat: Chat, more: object = {}) =>
  who.call(`control:${event}`, { chat_id: chat.id, ...more });
const lastState = (who: Visitor): Payload | undefined => who.all('control:state').at(-1);
const hosts = (who: Visitor, host: number | null, queue: number[] = []) =>
  who.heard('control:state', (state) => state.host_user_id === host && String(state.queue) === String(queue));

describe('control', () => {
  test('is asked for in turn, given by the host or a manager, and everyone in the room hears of each change', async () => {
    await using house = await openHouse();
    const { chat, bob, carol, ada, bobs, carols } = await room(house);
    expect(await control(ada, 'take', chat)).toEqual({ ok: true });
    expect(await control(bobs, 'request', chat)).toEqual({ ok: true });
    expect(await control(carols, 'request', chat)).toEqual({ ok: true });
    expect(await control(carols, 'request', chat)).toEqual({ ok: true });
    expect(await control(ada, 'grant', chat, { user_id: bob.id })).toEqual({ ok: true });
    expect(await control(bobs, 'grant', chat, { user_id: carol.id })).toEqual({ ok: true });
    expect(await control(carols, 'release', chat)).toEqual({ ok: true });
    const state = (host_user_id: number | null, queue: number[] = []) => ({
      chat_id: chat.id,
      host_user_id,
      queue,
      locked: false,
      implicit: false,
    });
    for (const one of [ada, bobs, carols]) {
      await one.settled();
      expect(one.all('control:state')).toEqual([
        state(chat.owner.id),
        state(chat.owner.id, [bob.id]),
        state(chat.owner.id, [bob.id, carol.id]),
        state(bob.id, [carol.id]),
        state(carol.id),
        state(null),
      ]);
    }
  });

  test('is refused to those who did not join, to strangers, in direct chats, and for what is no payload', async () => {
    await using house = await openHouse();
    const { chat, bob, bobs, carols } = await room(house);
    const outside = await house.dial(await house.given.session(bob));
    const stranger = await house.given.stranger();
    const strangers = await house.dial(stranger);
    const direct = await house.given.direct(bob, stranger);
    await strangers.call('room:join', { token: direct.tokens[1] });
    await bobs.call('room:join', { token: direct.tokens[0] });
    await carols.call('room:leave', { chat_id: chat.id });
    for (const event of ['request', 'cancel', 'release', 'take', 'grant']) {
      const more = event === 'grant' ? { user_id: bob.id } : {};
      for (const one of [outside, carols])
        expect(await control(one, event, chat, more)).toMatchObject({ ok: false, code: 'ERR_NOT_JOINED' });
      const there = { ...chat, id: direct.id };
      expect(await control(strangers, event, there, more)).toMatchObject({ ok: false });
      expect(await control(bobs, event, there, more)).toMatchObject({ ok: false, code: 'ERR_DIRECT_CHAT' });
      for (const wrong of [{}, { chat_id: 'x' }, { chat_id: -1 }, { chat_id: null }])
        expect(await bobs.call(`control:${event}`, wrong)).toMatchObject({ code: 'ERR_VALIDATION' });
    }
    expect(await control(bobs, 'grant', chat)).toMatchObject({ code: 'ERR_VALIDATION', field: 'user_id' });
  });

  test('is nothing for bots, whose keys open no socket', async () => {
    await using house = await openHouse();
    const { apiKey } = await house.given.bot();
    const bot = house.knock({ token: apiKey });
    expect(await bot.heard('connect_error')).toMatchObject({ data: { code: 'ERR_UNAUTHENTICATED' } });
  });

  test('is taken by managers alone, whoever has it, and by managers alone given where requests are off', async () => {
    await using house = await openHouse();
    const { chat, bob, carol, ada, bobs, carols } = await room(house, { locked_controls: true });
    await set(house, chat, { locked_controls: false });
    expect(await control(bobs, 'request', chat)).toMatchObject({ code: 'ERR_CONTROL_REQUESTS_OFF' });
    expect(await control(bobs, 'take', chat)).toMatchObject({ code: 'ERR_FORBIDDEN' });
    expect(await control(bobs, 'grant', chat, { user_id: bob.id })).toMatchObject({ code: 'ERR_FORBIDDEN' });
    expect(await control(ada, 'grant', chat, { user_id: bob.id })).toEqual({ ok: true });
    expect(await control(bobs, 'grant', chat, { user_id: carol.id })).toMatchObject({ code: 'ERR_FORBIDDEN' });
    await set(house, chat, { ...OPEN, locked_controls: true });
    expect(await control(bobs, 'grant', chat, { user_id: carol.id })).toMatchObject({ code: 'ERR_FORBIDDEN' });
    expect(await control(carols, 'request', chat)).toEqual({ ok: true });
    await set(house, chat, { locked_controls: false });
    expect(await control(bobs, 'grant', chat, { user_id: carol.id })).toEqual({ ok: true });
    expect(await control(ada, 'take', chat)).toEqual({ ok: true });
    await ada.settled();
    expect(lastState(ada)).toMatchObject({ host_user_id: chat.owner.id, queue: [] });
  });

  test.each([
    ['private', Level.User, false],
    ['private', Level.Owner, false],
    ['public', Level.User, false],
    ['public', Level.Moderator, true],
    ['public', Level.Admin, true],
    ['public', Level.Owner, true],
  ] as const)('in a %s chat of a user, someone of level %i takes it: %s', async (visibility, level, may) => {
    await using house = await openHouse();
    const chat = await house.given.chat({ visibility });
    const someone = await house.given.person({ level });
    if (visibility === 'private') await house.given.member(chat, someone);
    const visitor = await house.dial(someone);
    await visitor.join(chat.id);
    expect((await control(visitor, 'take', chat)).ok).toBe(may);
    expect((await control(visitor, 'grant', chat, { user_id: someone.id })).ok).toBe(may);
  });

  test('is given to nobody who is not in the room', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs } = await room(house);
    await house.given.member(chat);
    const outsider = await house.given.person();
    await bobs.call('room:leave', { chat_id: chat.id });
    for (const user_id of [outsider.id, bob.id, 999_999])
      expect(await control(ada, 'grant', chat, { user_id })).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(ada.all('control:state')).toEqual([]);
  });

  test('passes on as the settings say when they change, and the room hears the new rules', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs } = await room(house);
    await control(bobs, 'request', chat);
    await set(house, chat, { implicit_hosting: true });
    expect(await hosts(ada, bob.id)).toMatchObject({ implicit: true, locked: false });
    await set(house, chat, { locked_controls: true });
    expect(await ada.heard('control:state', ({ locked }) => locked)).toMatchObject({ host_user_id: bob.id });
    ada.forget();
    await set(house, chat, { inactive_cursors: true });
    await ada.settled();
    expect(ada.all('control:state')).toEqual([]);
  });
});

describe('the host and those who wait', () => {
  test('lose their place at once when they leave or are put out, and the next one there follows', async () => {
    await using house = await openHouse();
    const { chat, bob, carol, ada, bobs, carols } = await room(house, IMPLICIT);
    await hosts(ada, chat.owner.id);
    await control(bobs, 'request', chat);
    await control(carols, 'request', chat);
    await ada.call('room:leave', { chat_id: chat.id });
    await hosts(bobs, bob.id, [carol.id]);
    await ada.join(chat.id);
    await ada.call('room:kick', { chat_id: chat.id, user_id: bob.id });
    await hosts(ada, carol.id);
    await control(ada, 'request', chat);
    await ada.call('room:kick', { chat_id: chat.id, user_id: carol.id, ban: true });
    await hosts(ada, chat.owner.id);
    expect(await control(bobs, 'request', chat)).toMatchObject({ code: 'ERR_NOT_JOINED' });
  });

  test('may be gone for less than a minute, however many sockets they had', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, bob, carol, ada, bobs, carols } = await room(house, IMPLICIT);
    await hosts(ada, chat.owner.id);
    await control(ada, 'grant', chat, { user_id: bob.id });
    await control(carols, 'request', chat);
    await hosts(ada, bob.id, [carol.id]);
    const tab = await house.dial(bob);
    await tab.join(chat.id);
    ada.forget();
    for (const one of [bobs, carols]) await gone(house, one);
    await house.timers.advance(2 * MINUTE_S * 1000);
    // Carol's place fell; Bob still had a tab.
    expect(ada.all('control:state')).toMatchObject([{ host_user_id: bob.id, queue: [] }]);
    await gone(house, tab);
    await house.timers.advance((MINUTE_S - 1) * 1000);
    const again = await house.dial(bob);
    await again.join(chat.id);
    await house.timers.advance(2 * MINUTE_S * 1000);
    await ada.settled();
    expect(ada.all('control:state')).toHaveLength(1);
    await gone(house, again);
    await control(ada, 'request', chat);
    await house.timers.advance((MINUTE_S + 1) * 1000);
    await hosts(ada, chat.owner.id);
  });

  test('may be gone for as long as the setting says', async () => {
    await using house = await openHouse({ realTime: false, env: { PORTAL_BROWSER_ABSENCE_SECONDS: '5' } });
    const { chat, bob, ada, bobs } = await room(house);
    await control(ada, 'grant', chat, { user_id: bob.id });
    await hosts(ada, bob.id);
    await gone(house, bobs);
    await house.timers.advance(4000);
    await ada.settled();
    expect(lastState(ada)).toMatchObject({ host_user_id: bob.id });
    await house.timers.advance(2000);
    await hosts(ada, null);
  });

  test('are waited for as long as PORTAL_BROWSER_ABSENCE_SECONDS says', async () => {
    await using house = await openHouse({ realTime: false, env: { PORTAL_BROWSER_ABSENCE_SECONDS: '5' } });
    const { chat, bob, ada, bobs } = await room(house);
    await control(ada, 'grant', chat, { user_id: bob.id });
    await gone(house, bobs);
    await house.timers.advance(4999);
    expect(house.modules.control.hostOf(chat.id)).toBe(bob.id);
    await house.timers.advance(1);
    await hosts(ada, null);
  });

  test('are not waited for when their session ended, or when they are timed out', async () => {
    await using house = await openHouse();
    const { chat, bob, carol, ada, bobs, carols } = await room(house);
    await control(ada, 'grant', chat, { user_id: bob.id });
    await control(carols, 'request', chat);
    await house.as(bob).post('/v1/authentication/logout');
    await hosts(ada, null, [carol.id]);
    await bobs.heard('disconnect');
    const staff = await house.given.admin();
    const expires_at = new Date(house.timers.now() + 600_000).toISOString();
    await house.as(staff).post(`/v1/admin/users/${carol.id}/timeout`, { reason: 'Spam', expires_at });
    await hosts(ada, null);
  });

  test('are forgotten with the chat, and no timer of theirs outlives it', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, ada, bob, bobs } = await room(house);
    await control(ada, 'grant', chat, { user_id: bob.id });
    await gone(house, bobs);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/delete`);
    await ada.heard('room:destroyed');
    ada.forget();
    await house.timers.advance(2 * MINUTE_S * 1000);
    expect(house.modules.control.hostOf(chat.id)).toBeNull();
    expect(ada.all('control:state')).toEqual([]);
  });

  test('lose their place when the chat closes to them, and a mute takes nothing', async () => {
    await using house = await openHouse();
    const { chat, bob, carol, ada } = await room(house);
    const guest = await house.given.person();
    const change = { visibility: 'public', slug: `slug-${chat.id}`, updatedAt: house.timers.now() } as const;
    await house.database.units.run('open', ({ db }) => updateChat(db, chat.id, change));
    const guests = await house.dial(guest);
    await guests.join(chat.id);
    await control(guests, 'request', chat);
    await control(ada, 'grant', chat, { user_id: bob.id });
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/mute`, { user_id: bob.id, duration: 600 });
    await ada.heard('user:muted');
    await ada.settled();
    expect(lastState(ada)).toMatchObject({ host_user_id: bob.id, queue: [guest.id] });
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, { slug: null });
    await hosts(ada, bob.id, []);
    await control(ada, 'grant', chat, { user_id: carol.id });
    await hosts(ada, carol.id);
  });
});

/** The connection breaks, and the server has noticed. */
async function gone(house: House, { socket, session }: Visitor): Promise<void> {
  const sockets = () => house.adapters.online.socketsOf(session.sessionId);
  const before = (await sockets()).length;
  socket.disconnect();
  await eventually(async () => (await sockets()).length < before);
  await turn();
}
