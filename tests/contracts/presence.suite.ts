import { describe, expect, test } from 'bun:test';
import { type PersonId, personOfUser } from '../../src/core/principal.ts';
import type { Presence, PresentSession, Visitor } from '../../src/ports/presence.ts';

const visitor = (userId: number, session: string, socket: string): Visitor => ({
  person: personOfUser(userId),
  sessionId: `session-${session}`,
  socketId: `socket-${socket}`,
});

const people = (...userIds: number[]): PersonId[] => userIds.map(personOfUser);

/** A session, by its sockets: the youngest first. */
const session = (userId: number, name: string, ...sockets: string[]): PresentSession => ({
  person: personOfUser(userId),
  sessionId: `session-${name}`,
  socketIds: sockets.map((socket) => `socket-${socket}`),
});

/** The contract of every presence adapter. */
export function presencePromises(adapter: string, make: () => Presence | Promise<Presence>): void {
  describe(`presence: ${adapter}`, () => {
    test('a person’s first socket and a session’s first socket are told apart from the others', async () => {
      const presence = await make();
      expect(await presence.enter(1, visitor(7, 'a', 'a1'))).toMatchObject({
        firstOfPerson: true,
        firstOfSession: true,
      });
      expect(await presence.enter(1, visitor(7, 'a', 'a2'))).toMatchObject({
        firstOfPerson: false,
        firstOfSession: false,
      });
      expect(await presence.enter(1, visitor(7, 'b', 'b1'))).toMatchObject({
        firstOfPerson: false,
        firstOfSession: true,
      });
      expect(await presence.enter(1, visitor(8, 'c', 'c1'))).toMatchObject({
        firstOfPerson: true,
        firstOfSession: true,
      });
      expect(await presence.enter(2, visitor(7, 'a', 'a1'))).toMatchObject({
        firstOfPerson: true,
        firstOfSession: true,
      });
      expect((await presence.enter(1, visitor(8, 'c', 'c2'))).people).toBe(2);
      expect((await presence.enter(1, visitor(9, 'd', 'd1'))).people).toBe(3);
    });

    test('entering twice by one socket is one entering, and one leaving ends it', async () => {
      const presence = await make();
      await presence.enter(1, visitor(7, 'a', 'a1'));
      expect(await presence.enter(1, visitor(7, 'a', 'a1'))).toMatchObject({
        firstOfPerson: false,
        firstOfSession: false,
      });
      expect(await presence.countPeople(1)).toBe(1);
      await presence.leave(1, 'socket-a1');
      expect(await presence.countPeople(1)).toBe(0);
    });

    test('the last socket to leave is told apart, and a socket that was not there is nobody', async () => {
      const presence = await make();
      for (const [session, socket] of [
        ['a', 'a1'],
        ['a', 'a2'],
        ['b', 'b1'],
      ] as const)
        await presence.enter(1, visitor(7, session, socket));
      const left = { chatId: 1, person: personOfUser(7) };
      expect(await presence.leave(1, 'socket-a1')).toEqual({
        ...left,
        socketId: 'socket-a1',
        sessionId: 'session-a',
        lastOfPerson: false,
        lastOfSession: false,
      });
      expect(await presence.leave(1, 'socket-a2')).toMatchObject({ lastOfPerson: false, lastOfSession: true });
      expect(await presence.leave(1, 'socket-b1')).toMatchObject({ lastOfPerson: true, lastOfSession: true });
      expect(await presence.leave(1, 'socket-b1')).toBeUndefined();
      expect(await presence.leave(9, 'socket-b1')).toBeUndefined();
      expect(await presence.leave(1, 'nobody')).toBeUndefined();
    });

    test('the sessions of some are told in the order asked for, each with its sockets, the youngest first', async () => {
      const presence = await make();
      for (const [user, session, socket] of [
        [7, 'a', 'a1'],
        [8, 'c', 'c1'],
        [7, 'b', 'b1'],
        [7, 'a', 'a2'],
        [9, 'd', 'd1'],
      ] as const)
        await presence.enter(1, visitor(user, session, socket));
      await presence.enter(2, visitor(8, 'e', 'e1'));
      expect(await presence.sessionsOf(1, people(8, 5, 7))).toEqual([
        session(8, 'c', 'c1'),
        session(7, 'a', 'a2', 'a1'),
        session(7, 'b', 'b1'),
      ]);
      await presence.leave(1, 'socket-a1');
      expect(await presence.sessionsOf(1, people(7))).toEqual([session(7, 'a', 'a2'), session(7, 'b', 'b1')]);
      expect(await presence.sessionsOf(3, people(7))).toEqual([]);
    });

    test('a socket leaves every chat at once, and only where it was', async () => {
      const presence = await make();
      for (const chat of [1, 2, 3]) await presence.enter(chat, visitor(7, 'a', 'a1'));
      await presence.enter(2, visitor(7, 'b', 'b1'));
      const left = await presence.leaveAll('socket-a1');
      expect(new Map(left.map(({ chatId, lastOfPerson }) => [chatId, lastOfPerson]))).toEqual(
        new Map([
          [1, true],
          [2, false],
          [3, true],
        ]),
      );
      expect(await presence.leaveAll('socket-a1')).toEqual([]);
      expect(await presence.peopleIn(2)).toEqual(people(7));
    });

    test('a removed person is gone with all sockets, and others stay', async () => {
      const presence = await make();
      await presence.enter(1, visitor(7, 'a', 'a1'));
      await presence.enter(1, visitor(7, 'a', 'a2'));
      await presence.enter(1, visitor(7, 'b', 'b1'));
      await presence.enter(1, visitor(8, 'c', 'c1'));
      await presence.enter(2, visitor(7, 'a', 'a1'));
      expect(new Set(await presence.remove(1, personOfUser(7)))).toEqual(new Set(['session-a', 'session-b']));
      expect(await presence.remove(1, personOfUser(7))).toEqual([]);
      expect(await presence.peopleIn(1)).toEqual(people(8));
      expect(await presence.peopleIn(2)).toEqual(people(7));
      expect(await presence.hasSession(1, 'session-a')).toBe(false);
      expect(await presence.chatsOf('session-a')).toEqual([2]);
      expect(await presence.chatsOf('session-b')).toEqual([]);
    });

    test('a cleared chat is empty, and no other is', async () => {
      const presence = await make();
      await presence.enter(1, visitor(7, 'a', 'a1'));
      await presence.enter(1, visitor(8, 'b', 'b1'));
      await presence.enter(2, visitor(7, 'a', 'a1'));
      await presence.clear(1);
      await presence.clear(99);
      expect(await presence.countPeople(1)).toBe(0);
      expect(await presence.sessionsIn(1)).toEqual([]);
      expect(await presence.chatsOf('session-a')).toEqual([2]);
      expect(await presence.enter(1, visitor(7, 'a', 'a1'))).toMatchObject({
        firstOfPerson: true,
        firstOfSession: true,
      });
    });

    test('lists are in the order of arrival; coming back is arriving anew', async () => {
      const presence = await make();
      await presence.enter(1, visitor(9, 'a', 'a1'));
      await presence.enter(1, visitor(7, 'b', 'b1'));
      await presence.enter(1, visitor(9, 'c', 'c1'));
      expect(await presence.peopleIn(1)).toEqual(people(9, 7));
      expect((await presence.sessionsIn(1)).map(({ sessionId }) => sessionId)).toEqual([
        'session-a',
        'session-b',
        'session-c',
      ]);
      await presence.leave(1, 'socket-a1');
      await presence.enter(1, visitor(9, 'a', 'a2'));
      expect((await presence.sessionsIn(1)).map(({ socketIds }) => socketIds[0])).toEqual([
        'socket-b1',
        'socket-c1',
        'socket-a2',
      ]);
    });

    test('a session’s oldest socket stands for it', async () => {
      const presence = await make();
      await presence.enter(1, visitor(7, 'a', 'a1'));
      await presence.enter(1, visitor(7, 'a', 'a2'));
      expect(await presence.sessionsIn(1)).toEqual([session(7, 'a', 'a2', 'a1')]);
      await presence.leave(1, 'socket-a1');
      expect(await presence.sessionsIn(1)).toEqual([session(7, 'a', 'a2')]);
    });

    test('a socket without keys makes its person present, and is none that could be asked for a key', async () => {
      const presence = await make();
      const keyless = (userId: number, id: string, socket: string) => ({
        ...visitor(userId, id, socket),
        isKeyless: true as const,
      });
      await presence.enter(1, visitor(7, 'a', 'a1'));
      await presence.enter(1, keyless(7, 'a', 'a2'));
      await presence.enter(1, keyless(8, 'b', 'b1'));
      expect(await presence.sessionsIn(1)).toEqual([session(7, 'a', 'a1')]);
      expect(await presence.peopleIn(1)).toEqual(people(7, 8));
      expect(await presence.sessionsOf(1, people(8))).toEqual([session(8, 'b', 'b1')]);
      expect(await presence.leave(1, 'socket-a1')).toMatchObject({ lastOfSession: false });
      expect(await presence.sessionsIn(1)).toEqual([]);
    });

    test('many chats are counted at once, in the order in which they are asked for', async () => {
      const presence = await make();
      for (const socket of [visitor(7, 'a', 'a1'), visitor(7, 'b', 'b1'), visitor(8, 'c', 'c1')])
        await presence.enter(2, socket);
      await presence.enter(3, visitor(7, 'a', 'a1'));
      expect(await presence.countPeopleOfEach([3, 1, 2, 3])).toEqual([1, 0, 2, 1]);
      expect(await presence.countPeopleOfEach([])).toEqual([]);
    });

    test('of many chats the first people are told, longest there first, and no more than were asked for', async () => {
      const presence = await make();
      for (const socket of [visitor(7, 'a', 'a1'), visitor(7, 'b', 'b1'), visitor(8, 'c', 'c1'), visitor(9, 'd', 'd1')])
        await presence.enter(2, socket);
      await presence.enter(3, visitor(8, 'c', 'c1'));
      expect(await presence.firstPeopleOfEach([3, 1, 2], 2)).toEqual([people(8), [], people(7, 8)]);
      await presence.leave(2, 'socket-a1');
      expect(await presence.firstPeopleOfEach([2], 4)).toEqual([people(7, 8, 9)]);
      await presence.leave(2, 'socket-b1');
      expect(await presence.firstPeopleOfEach([2], 4)).toEqual([people(8, 9)]);
      expect(await presence.firstPeopleOfEach([], 4)).toEqual([]);
    });

    test('an empty chat is no error', async () => {
      const presence = await make();
      expect(await presence.peopleIn(1)).toEqual([]);
      expect(await presence.sessionsIn(1)).toEqual([]);
      expect(await presence.countPeople(1)).toBe(0);
      expect(await presence.hasSession(1, 'x')).toBe(false);
      expect(await presence.chatsOf('x')).toEqual([]);
      expect(await presence.remove(1, personOfUser(7))).toEqual([]);
    });

    test('of many sockets of one person that arrive and leave at once, one is first and one is last', async () => {
      const presence = await make();
      const sockets = Array.from({ length: 100 }, (_, number) => visitor(7, `s${number % 10}`, `k${number}`));
      const arrivals = await Promise.all(sockets.map((socket) => presence.enter(1, socket)));
      expect(arrivals.filter(({ firstOfPerson }) => firstOfPerson)).toHaveLength(1);
      expect(arrivals.filter(({ firstOfSession }) => firstOfSession)).toHaveLength(10);
      const departures = await Promise.all(sockets.map(({ socketId }) => presence.leave(1, socketId)));
      expect(departures.filter((departure) => departure?.lastOfPerson)).toHaveLength(1);
      expect(departures.filter((departure) => departure?.lastOfSession)).toHaveLength(10);
      expect(await presence.countPeople(1)).toBe(0);
    });

    test('of two who take the same person out at once, each session is given to one of them', async () => {
      const presence = await make();
      for (let number = 0; number < 20; number++) await presence.enter(1, visitor(7, `s${number}`, `k${number}`));
      const removed = await Promise.all([1, 2, 3].map(() => presence.remove(1, personOfUser(7))));
      expect(removed.flat()).toHaveLength(20);
      expect(new Set(removed.flat()).size).toBe(20);
    });
  });
}
