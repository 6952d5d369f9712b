import { expect, test } from 'bun:test';
import { personOfUser } from '../../src/core/principal.ts';
import { openHouse } from './house.ts';

test('a change of level counts at the next event of an open socket', async () => {
  await using house = await openHouse();
  const [owner, mod, eve] = [await house.given.owner(), await house.given.person(), await house.given.person()];
  const chat = await house.given.chat({ visibility: 'public' });
  const [modSocket, eveSocket] = [await house.dial(mod), await house.dial(eve)];
  const kick = () => modSocket.call('room:kick', { chat_id: chat.id, user_id: eve.id });
  await eveSocket.join(chat.id);

  expect(await kick()).toMatchObject({ ok: false, code: 'ERR_FORBIDDEN' });
  await house.as(owner).post(`/v1/admin/users/${mod.id}/permission`, { permission_level: 1 });
  expect(await kick()).toMatchObject({ ok: true });

  await eveSocket.join(chat.id);
  await house.as(owner).post(`/v1/admin/users/${mod.id}/permission`, { permission_level: 0 });
  expect(await kick()).toMatchObject({ ok: false, code: 'ERR_FORBIDDEN' });
});

test('who is Admin no more hears nothing further of a private chat', async () => {
  await using house = await openHouse();
  const [owner, admin] = [await house.given.owner(), await house.given.admin()];
  const chat = await house.given.chat();
  const [host, guest] = [await house.dial(chat.owner), await house.dial(admin)];
  await host.join(chat.id);
  expect(await guest.join(chat.id)).toMatchObject({ ok: true });

  await house.as(owner).post(`/v1/admin/users/${admin.id}/permission`, { permission_level: 0 });

  expect(await guest.heard('room:kicked')).toMatchObject({ chat_id: chat.id, banned: false });
  expect(await host.heard('room:epoch_changed')).toMatchObject({ chat_id: chat.id, epoch: 2, reason: 'kick' });
  expect(await host.heard('room:members', ({ left }) => left.includes(admin.id))).toMatchObject({ count: 1 });
  expect(await guest.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_NOT_FOUND' });
  guest.forget();
  host.forget();
  await house.modules.roster.gone(chat.id, personOfUser(chat.owner.id));
  await host.heard('room:members');
  await host.settled();
  await guest.settled();
  expect(guest.all('room:members')).toEqual([]);
});

test('a deleted user’s sockets end, their chats go, and the chats that they were in get another key', async () => {
  await using house = await openHouse();
  const [owner, eve] = [await house.given.owner(), await house.given.premium()];
  const own = await house.given.chat({ owner: eve, visibility: 'public' });
  const shared = await house.given.chat();
  await house.given.member(shared, eve);
  const [gone, visitor, host] = [await house.dial(eve), await house.dial(owner), await house.dial(shared.owner)];
  for (const [socket, chat] of [
    [gone, own],
    [gone, shared],
    [visitor, own],
    [host, shared],
  ] as const)
    expect(await socket.join(chat.id)).toMatchObject({ ok: true });

  await house.as(owner).post(`/v1/admin/users/${eve.id}/delete`);

  expect(await gone.heard('session:ended')).toEqual({ reason: 'destroyed' });
  await gone.heard('disconnect');
  expect(await visitor.heard('room:destroyed')).toEqual({ chat_id: own.id });
  expect(await host.heard('room:epoch_changed')).toMatchObject({ chat_id: shared.id, epoch: 2 });
  expect(await host.heard('room:members', ({ left }) => left.includes(eve.id))).toMatchObject({ count: 1 });
});
