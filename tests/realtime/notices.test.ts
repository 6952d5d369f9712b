import { describe, expect, test } from 'bun:test';
import { HOUR_MS } from '../../src/core/durations.ts';
import { openHouse } from './house.ts';

const NOTICE = { title: 'Movie night', body: 'Tonight at eight.' };
const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();

describe('a notification', () => {
  test('reaches every open socket of those it is for, as the list has it, and nobody else', async () => {
    await using house = await openHouse();
    const [admin, ada, bob] = [await house.given.admin(), await house.given.person(), await house.given.person()];
    const [tab, phone] = [await house.dial(ada), await house.dial(await house.given.session(ada))];
    const bobs = await house.dial(bob);
    await house.as(admin).post('/v1/admin/notifications', { ...NOTICE, type: 'success', user_ids: [ada.id] });
    const heard = await tab.heard('notification:new');
    expect(heard).toMatchObject({ ...NOTICE, type: 'success', read_at: null, created_by: admin.id });
    expect(await phone.heard('notification:new')).toEqual(heard);
    expect((await house.as(ada).get('/v1/notifications')).body.notifications[0]).toEqual(heard);
    await bobs.settled();
    expect(bobs.all('notification:new')).toEqual([]);
  });

  test('to everybody reaches everybody who is there', async () => {
    await using house = await openHouse();
    const [admin, ada, bob] = [await house.given.admin(), await house.given.person(), await house.given.person()];
    const sockets = [await house.dial(admin), await house.dial(ada), await house.dial(bob)];
    await house.as(admin).post('/v1/admin/notifications', NOTICE);
    for (const one of sockets) expect(await one.heard('notification:new')).toMatchObject(NOTICE);
    for (const one of sockets) expect(one.all('notification:new')).toHaveLength(1);
  });

  test('tells live that a subscription has ended', async () => {
    await using house = await openHouse();
    const [admin, ada] = [await house.given.admin(), await house.given.person()];
    const socket = await house.dial(ada);
    await house.as(admin).post('/v1/admin/subscriptions/grant', { user_id: ada.id, tier: 1 });
    await house.timers.advance(7 * 24 * HOUR_MS);
    await house.modules.subscriptions.expireRunOut();
    expect(await socket.heard('notification:new')).toMatchObject({ title: 'Your Trial subscription has ended' });
  });
});

test('an announcement reaches everybody who is there, and so does its end', async () => {
  await using house = await openHouse();
  const [admin, ada] = [await house.given.admin(), await house.given.person()];
  const sockets = [await house.dial(admin), await house.dial(ada)];
  const { body } = await house.as(admin).post('/v1/admin/announcements', { ...NOTICE, expires_at: inAnHour() });
  for (const one of sockets) expect(await one.heard('announcement:new')).toEqual(body);
  const { body: second } = await house.as(admin).post('/v1/admin/announcements', NOTICE);
  await house.as(admin).post(`/v1/admin/announcements/${second.id}/delete`);
  for (const one of sockets) expect(await one.heard('announcement:deleted')).toEqual({ id: second.id });
  for (const one of sockets) one.forget();
  house.timers.jump(HOUR_MS);
  await house.modules.announcements.deleteExpired();
  for (const one of sockets) expect(await one.heard('announcement:deleted')).toEqual({ id: body.id });
});

describe('whoever is banned', () => {
  test('is told on every socket of every session, cut off, and not let in again', async () => {
    await using house = await openHouse();
    const [admin, eve, ada] = [await house.given.admin(), await house.given.person(), await house.given.person()];
    const other = await house.given.session(eve);
    const theirs = [await house.dial(eve), await house.dial(eve), await house.dial(other)];
    const adas = await house.dial(ada);
    expect((await house.as(admin).post(`/v1/admin/users/${eve.id}/ban`, { reason: 'Spam' })).status).toBe(200);
    for (const one of theirs) {
      expect(await one.heard('session:ended')).toEqual({ reason: 'banned' });
      await one.heard('disconnect');
    }
    await adas.settled();
    expect(adas.all('session:ended')).toEqual([]);
    const error = await house.knock({ token: eve.token }).heard('connect_error');
    expect(error.data).toMatchObject({ code: 'ERR_BANNED' });
  });
});

describe('whoever is timed out', () => {
  test('is cut off at once and kept out until then, but stays signed in', async () => {
    await using house = await openHouse();
    const [moderator, eve] = [await house.given.moderator(), await house.given.person()];
    const tabs = [await house.dial(eve), await house.dial(await house.given.session(eve))];
    const body = { reason: 'Cool down', expires_at: inAnHour() };
    expect((await house.as(moderator).post(`/v1/admin/users/${eve.id}/timeout`, body)).status).toBe(200);
    for (const one of tabs) {
      expect(await one.heard('session:ended')).toEqual({ reason: 'timeout' });
      await one.heard('disconnect');
      // What they were told before the door closed says why.
      expect(one.all('notification:new')).toMatchObject([{ body: 'Cool down', type: 'warning' }]);
    }
    const error = await house.knock({ token: eve.token }).heard('connect_error');
    expect(error.data).toMatchObject({ code: 'ERR_TIMED_OUT' });
    expect((await house.as(eve).get('/v1/users/me')).body.state).toBe(1);
    house.timers.jump(HOUR_MS);
    await (await house.dial(eve)).settled();
  });

  test('leaves the room they were in', async () => {
    await using house = await openHouse();
    const moderator = await house.given.moderator();
    const chat = await house.given.chat();
    const eve = await house.given.member(chat);
    const [owners, eves] = [await house.dial(chat.owner), await house.dial(eve)];
    for (const one of [owners, eves]) await one.join(chat.id);
    const body = { reason: 'Cool down', expires_at: inAnHour() };
    await house.as(moderator).post(`/v1/admin/users/${eve.id}/timeout`, body);
    await owners.heard('room:members', ({ left }) => left.includes(eve.id));
  });
});
