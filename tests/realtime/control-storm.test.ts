import { expect, test } from 'bun:test';
import { SECOND_MS } from '../../src/core/durations.ts';
import { updateChat } from '../../src/modules/chats/chats/chats.repository.ts';
import { Chance, fuzzSeed } from '../support/fuzz.ts';
import { type Person, principalOf } from '../support/given.ts';
import { testPortal } from '../support/portal.ts';
import { atRest } from '../support/waiting.ts';
import { openHouse } from './house.ts';

const LIMIT_MS = 60_000;
const ABSENCE_MS = 60 * SECOND_MS;

/** A socket that is in the rooms it was put into. */
const aSocket = (id: string) => {
  const rooms = new Set<string>();
  return {
    id,
    isOpen: true,
    join: (room: string) => void rooms.add(room),
    leave: (room: string) => void rooms.delete(room),
    isIn: (room: string) => rooms.has(room),
  };
};

test(
  'whatever people do at once, one of them has control or none, and nobody who is outside waits for it',
  async () => {
    const chance = new Chance(fuzzSeed());
    await using portal = await testPortal();
    const { control, rooms, running, moderation } = portal.modules;
    const chat = await portal.given.chat();
    const people: Person[] = [chat.owner];
    for (let n = 0; n < 4; n++) people.push(await portal.given.member(chat));
    const sockets = new Map<string, { who: Person; socket: ReturnType<typeof aSocket> }>();
    /** When someone's last connection broke. */
    const brokenAt = new Map<number, number>();
    let made = 0;

    const isHere = (id: number) => [...sockets.values()].some(({ who }) => who.id === id);
    const drop = (id: string) => {
      const one = sockets.get(id);
      sockets.delete(id);
      return one;
    };

    async function come(who: Person): Promise<void> {
      const socket = aSocket(`socket-${++made}`);
      const isIn = await rooms.join(socket, principalOf(who), chat.id).then(
        () => true,
        () => false,
      );
      if (isIn) sockets.set(socket.id, { who, socket });
      if (isIn) brokenAt.delete(who.id);
    }

    async function step(): Promise<void> {
      const who = chance.pick(people);
      const own = [...sockets.values()].filter((one) => one.who.id === who.id);
      const what = chance.below(12);
      if (own.length === 0 || what === 0) return come(who);
      const { socket } = chance.pick(own);
      const principal = principalOf(who);
      const fails = () => undefined;
      if (what === 1) {
        drop(socket.id);
        await rooms.leave(socket, chat.id);
      } else if (what === 2) {
        drop(socket.id);
        if (!isHere(who.id)) brokenAt.set(who.id, portal.timers.elapsed());
        socket.isOpen = false;
        await rooms.disconnect(socket.id);
      } else if (what === 3 && who !== chat.owner) {
        await moderation.kick(principalOf(chat.owner), chat.id, who.id, null).catch(fails);
        for (const one of own) drop(one.socket.id);
        brokenAt.delete(who.id);
        await portal.given.member(chat, who).catch(fails);
      } else if (what === 4) await portal.timers.advance(chance.below(20) * SECOND_MS);
      else if (what === 5) {
        const flags = {
          allowControlRequests: chance.happens(0.7),
          lockedControls: chance.happens(0.3),
          implicitHosting: chance.happens(0.5),
        };
        await portal.database.units.run('flags', async ({ db, emit }) => {
          await updateChat(db, chat.id, { ...flags, updatedAt: portal.timers.now() });
          emit({
            name: 'chat.updated',
            chatId: chat.id,
            changes: { implicit_hosting: flags.implicitHosting },
          } as never);
        });
      } else if (what === 6) await control.take(principal, socket, chat.id).catch(fails);
      else if (what === 7) await control.release(principal, socket, chat.id).catch(fails);
      else if (what === 8) await control.cancel(principal, socket, chat.id).catch(fails);
      else if (what === 9) await control.grant(principal, socket, chat.id, chance.pick(people).id).catch(fails);
      else await control.request(principal, socket, chat.id).catch(fails);
    }

    for (let n = 0; n < 600; n++) {
      await (chance.happens(0.3) ? Promise.all([step(), step()]) : step());
      await atRest(portal);
      const { host_user_id: host, queue } = (await control.stateOf(chat.id)) ?? { host_user_id: null, queue: [] };
      const isKnown = (id: number) =>
        isHere(id) || portal.timers.elapsed() - (brokenAt.get(id) ?? Number.NEGATIVE_INFINITY) <= ABSENCE_MS;
      expect(new Set(queue).size).toBe(queue.length);
      expect(queue.filter((id) => id === host || !isKnown(id))).toEqual([]);
      expect(host === null || isKnown(host)).toBe(true);
      expect(running.hostOf(chat.id) ?? null).toBe(host);
    }
    for (const [id, { socket }] of [...sockets]) {
      drop(id);
      await rooms.disconnect(socket.id);
    }
    await portal.timers.advance(ABSENCE_MS + SECOND_MS);
    expect(await control.stateOf(chat.id)).toMatchObject({ host_user_id: null, queue: [] });
    expect(running.hostOf(chat.id)).toBeUndefined();
  },
  LIMIT_MS,
);

test('of those who come at once the first has control, and keeps it', async () => {
  await using house = await openHouse();
  const chat = await house.given.chat();
  const flags = { allow_control_requests: true, implicit_hosting: true };
  await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, flags);
  const people = await Promise.all(Array.from({ length: 8 }, () => house.given.member(chat)));
  const visitors = await Promise.all(people.map((person) => house.dial(person)));
  await Promise.all(visitors.map((one) => one.join(chat.id)));
  for (const one of visitors) await one.settled();
  const told = visitors.flatMap((one) => one.all('control:state').map(({ host_user_id }) => host_user_id));
  expect(new Set(told).size).toBe(1);
  expect(told.length).toBeLessThanOrEqual(visitors.length);
});

test('all who ask in the same turn wait for control', async () => {
  await using portal = await testPortal();
  const { control, rooms } = portal.modules;
  const chat = await portal.given.chat();
  await portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, { allow_control_requests: true });
  const people = await Promise.all(Array.from({ length: 8 }, () => portal.given.member(chat)));
  const sockets = people.map(({ id }) => aSocket(`of-${id}`));
  const each = people.map((person, index) => [principalOf(person), sockets[index] ?? aSocket('')] as const);
  for (const [who, socket] of each) await rooms.join(socket, who, chat.id);
  await Promise.all(each.map(([who, socket]) => control.request(who, socket, chat.id)));
  const ids = people.map(({ id }) => id);
  expect((await control.stateOf(chat.id))?.queue.toSorted()).toEqual(ids.toSorted());
});

test(
  'a crowd hears of control once a second, and of the last state always',
  async () => {
    await using house = await openHouse({ realTime: false });
    const chat = await house.given.chat();
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, { allow_control_requests: true });
    for (let n = 0; n < 200; n++)
      await house.modules.rooms.join(aSocket(`quiet-${n}`), principalOf(await house.given.member(chat)), chat.id);
    const bob = await house.given.member(chat);
    const bobs = await house.dial(bob);
    await bobs.join(chat.id);
    await house.timers.advance(2 * SECOND_MS);
    for (let n = 0; n < 11; n++)
      expect(await bobs.call(`control:${n % 2 === 0 ? 'request' : 'cancel'}`, { chat_id: chat.id })).toEqual({
        ok: true,
      });
    expect(bobs.all('control:state').map(({ queue }) => queue)).toEqual([[bob.id]]);
    await bobs.call('control:cancel', { chat_id: chat.id });
    await house.timers.advance(SECOND_MS);
    await bobs.heard('control:state', ({ queue }) => queue.length === 0);
    await house.timers.advance(5 * SECOND_MS);
    await bobs.settled();
    expect(bobs.all('control:state')).toHaveLength(2);
  },
  LIMIT_MS,
);
