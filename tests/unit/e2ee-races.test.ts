import { describe, expect, test } from 'bun:test';
import { createKeyPair } from '../../src/client/index.ts';
import { personOfUser } from '../../src/core/principal.ts';
import { chatVisits } from '../../src/modules/chats/chats/chats.tables.ts';
import { sessions } from '../../src/modules/people/sessions/sessions.tables.ts';
import { principalOf } from '../support/given.ts';
import { quietRoom } from './e2ee-room.ts';

const aSocket = (id: string) => {
  const rooms = new Set<string>();
  return {
    id,
    isOpen: true,
    rooms,
    join: (room: string) => void rooms.add(room),
    leave: (room: string) => void rooms.delete(room),
    isIn: (room: string) => rooms.has(room),
  };
};

/** Everything that writes waits until it is let go. */
function holdLane({ portal }: Awaited<ReturnType<typeof quietRoom>>) {
  const { promise: held, resolve } = Promise.withResolvers<void>();
  const done = portal.database.units.run('hold the lane', () => held);
  return async () => {
    resolve();
    await done;
  };
}

describe('a join that is held up', () => {
  test('is undone when its socket is gone by then', async () => {
    await using room = await quietRoom();
    const socket = aSocket('slow');
    const { rooms } = room.portal.modules;
    const release = holdLane(room);
    const joined = rooms.join(socket, principalOf(room.owner), room.chatId);
    await room.portal.timers.advance(6000);
    socket.isOpen = false;
    // Longer than the transport waits for handlers.
    await rooms.disconnect(socket.id);
    await release();
    await expect(joined).rejects.toMatchObject({ errorCode: 'ERR_NOT_JOINED' });
    await room.rest();
    expect(await room.portal.adapters.presence.peopleIn(room.chatId)).toEqual([]);
    expect([...socket.rooms]).toEqual([]);
    const visits = await room.portal.database.read.select().from(chatVisits);
    expect(visits.filter(({ leftAt }) => leftAt === null)).toEqual([]);
  });

  test('does not overtake a leave of the same socket that came after it', async () => {
    await using room = await quietRoom();
    const socket = aSocket('undecided');
    const { rooms } = room.portal.modules;
    const release = holdLane(room);
    const joined = rooms.join(socket, principalOf(room.owner), room.chatId);
    const left = rooms.leave(socket, room.chatId);
    await room.turns();
    await release();
    await Promise.all([joined, left]);
    expect([...socket.rooms]).toEqual([]);
    expect(await room.portal.adapters.presence.peopleIn(room.chatId)).toEqual([]);
  });

  test('is an arrival also when the person’s other socket leaves meanwhile', async () => {
    await using room = await quietRoom();
    const { rooms } = room.portal.modules;
    const first = aSocket('first');
    await rooms.join(first, principalOf(room.owner), room.chatId);
    const release = holdLane(room);
    const joined = rooms.join(aSocket('second'), principalOf(room.owner), room.chatId);
    await room.turns();
    const left = rooms.disconnect(first.id);
    await room.turns();
    await room.portal.timers.advance(5);
    await release();
    await Promise.all([joined, left]);
    const visits = await room.portal.database.read.select().from(chatVisits);
    expect(visits.map(({ leftAt }) => leftAt)).toEqual([null]);
  });

  test('behind a kick hears nothing of the room, is asked for no key, and is not in it', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner);
    const socket = aSocket('kicked');
    const joinedRooms: string[] = [];
    const { join } = socket;
    socket.join = (name) => {
      joinedRooms.push(name);
      join(name);
    };
    const { rooms, moderation } = room.portal.modules;
    const release = holdLane(room);
    // First in the queue for the lane, so it runs first.
    const kicked = moderation.kick(principalOf(room.owner), room.chatId, second.id, null);
    const joining = rooms.join(socket, principalOf(second), room.chatId);
    await room.turns();
    expect(await room.portal.adapters.presence.peopleIn(room.chatId)).toEqual([personOfUser(room.owner.id)]);
    await release();
    await kicked;
    await expect(joining).rejects.toMatchObject({ errorCode: 'ERR_NOT_FOUND' });
    expect(joinedRooms).toEqual([]);
    await room.pass(50);
    expect(room.askedOnce().recipients.map(({ user_id }) => user_id)).toEqual([room.owner.id]);
  });
});

test('who leaves several rooms with one socket and returns with others is noted as present', async () => {
  await using room = await quietRoom();
  const { given, modules, database } = room.portal;
  const chats = [room.chatId];
  for (let count = 0; count < 3; count++) {
    const chat = await given.chat();
    await given.member(chat, room.owner);
    chats.push(chat.id);
  }
  const before = aSocket('before');
  for (const chatId of chats) await modules.rooms.join(before, principalOf(room.owner), chatId);
  await room.pass(1000);
  const gone = modules.rooms.disconnect(before.id);
  const back = chats.map((chatId) => modules.rooms.join(aSocket(`after-${chatId}`), principalOf(room.owner), chatId));
  await Promise.all([gone, ...back]);
  await room.rest();
  expect((await database.read.select().from(chatVisits)).map(({ leftAt }) => leftAt)).toEqual(chats.map(() => null));
});

describe('what the room hears last is what is true', () => {
  test('when a join and a kick of the same person cross', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.enter(room.owner);
    const joined = room.enter(second);
    await room.rest();
    const { promise: slow, resolve } = Promise.withResolvers<void>();
    const { presence } = room.portal.adapters;
    const countPeople = presence.countPeople.bind(presence);
    presence.countPeople = async (chatId) => {
      const count = await countPeople(chatId);
      await slow;
      return count;
    };
    // The news of the join is on its way out while the kick happens.
    await room.pass(50);
    presence.countPeople = countPeople;
    const kicked = room.portal.modules.moderation.kick(principalOf(room.owner), room.chatId, second.id, null);
    await room.rest();
    resolve();
    await Promise.all([joined, kicked]);
    await room.pass(50);
    const news = room.told('room:members');
    expect(news.at(-1)).toEqual({ chat_id: room.chatId, joined: [], left: [second.id], count: 1 });
  });
});

describe('a session that has ended', () => {
  test('gets no key any more, however close the registration was', async () => {
    await using room = await quietRoom();
    const { modules, database } = room.portal;
    const bob = principalOf(await room.portal.given.person());
    const ended = modules.sessions.logout(bob);
    const registered = modules.e2ee.registerKey(bob, { publicKey: createKeyPair().publicKey, signingKey: null });
    await expect(registered).rejects.toMatchObject({ errorCode: 'ERR_UNAUTHENTICATED' });
    await ended;
    const kept = await database.read.select().from(sessions);
    expect(kept.find(({ id }) => id === bob.sessionId)).toMatchObject({ publicKey: null });
  });

  test('loses its sealed keys in the same breath, and none is taken for it afterwards', async () => {
    await using room = await quietRoom();
    const second = await room.member();
    await room.begin(room.owner, second);
    const ended = room.portal.modules.sessions.logout(principalOf(second));
    const shared = room.share(room.owner, [second.sessionId]);
    await ended;
    expect(await room.holders()).toEqual([room.owner.sessionId]);
    expect((await shared).accepted).toEqual([]);
    expect(await room.holders()).toEqual([room.owner.sessionId]);
  });
});
