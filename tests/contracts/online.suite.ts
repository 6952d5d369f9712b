import { describe, expect, test } from 'bun:test';
import { personOfStranger, personOfUser, userIdOf } from '../../src/core/principal.ts';
import type { Online, OnlineSocket } from '../../src/ports/online.ts';

const socket = (userId: number, session: string, name: string): OnlineSocket => ({
  person: personOfUser(userId),
  sessionId: `session-${session}`,
  socketId: `socket-${name}`,
});

const visitor = (name: string, tab = 1): OnlineSocket => ({
  person: personOfStranger(name),
  sessionId: name,
  socketId: `${name}-${tab}`,
});

/** The contract of every adapter that knows who is online. */
export function onlinePromises(adapter: string, make: () => Online | Promise<Online>): void {
  describe(`who is online: ${adapter}`, () => {
    test('a person counts once, however many sockets and sessions they have, until the last is gone', async () => {
      const online = await make();
      for (const one of [socket(7, 'a', 'a1'), socket(7, 'a', 'a2'), socket(7, 'b', 'b1'), socket(8, 'c', 'c1')])
        await online.arrive(one);
      expect(await online.countPeople()).toBe(2);
      await online.depart('socket-a1');
      await online.depart('socket-b1');
      expect(await online.countPeople()).toBe(2);
      await online.depart('socket-a2');
      expect(await online.countPeople()).toBe(1);
      expect(await online.listUsers(0, 10)).toEqual([{ person: personOfUser(8), sessionId: 'session-c' }]);
    });

    test('the session of the oldest socket stands for a person', async () => {
      const online = await make();
      await online.arrive(socket(7, 'a', 'a1'));
      await online.arrive(socket(7, 'b', 'b1'));
      expect(await online.listUsers(0, 10)).toEqual([{ person: personOfUser(7), sessionId: 'session-a' }]);
      await online.depart('socket-a1');
      expect(await online.listUsers(0, 10)).toEqual([{ person: personOfUser(7), sessionId: 'session-b' }]);
    });

    test('the list is in the order of arrival, page by page; coming back is arriving anew', async () => {
      const online = await make();
      for (const userId of [9, 7, 8]) await online.arrive(socket(userId, `${userId}`, `${userId}`));
      const ids = async (offset: number, limit: number) =>
        (await online.listUsers(offset, limit)).map(({ person }) => userIdOf(person));
      expect(await ids(0, 10)).toEqual([9, 7, 8]);
      expect(await ids(1, 1)).toEqual([7]);
      expect(await ids(3, 10)).toEqual([]);
      await online.depart('socket-9');
      await online.arrive(socket(9, '9', '9'));
      expect(await ids(0, 10)).toEqual([7, 8, 9]);
    });

    test('arriving twice by one socket is one arrival, and whoever was not there cannot go', async () => {
      const online = await make();
      await online.arrive(socket(7, 'a', 'a1'));
      await online.arrive(socket(7, 'a', 'a1'));
      await online.depart('socket-zz');
      expect(await online.countPeople()).toBe(1);
      await online.depart('socket-a1');
      await online.depart('socket-a1');
      expect(await online.countPeople()).toBe(0);
    });

    test('of some people, those who are online can be told', async () => {
      const online = await make();
      await online.arrive(socket(7, 'a', 'a1'));
      await online.arrive(socket(8, 'b', 'b1'));
      expect(await online.among([8, 9, 7, 8].map(personOfUser))).toEqual(new Set([7, 8].map(personOfUser)));
      expect(await online.among([])).toEqual(new Set());
      await online.depart('socket-b1');
      expect(await online.among([7, 8].map(personOfUser))).toEqual(new Set([personOfUser(7)]));
    });

    test('an arrival tells whether it is the person’s first socket, and their session’s', async () => {
      const online = await make();
      const told = [];
      for (const one of [socket(7, 'a', 'a1'), socket(7, 'a', 'a2'), socket(7, 'b', 'b1'), socket(7, 'a', 'a1')])
        told.push(await online.arrive(one));
      expect(told).toEqual([
        { firstOfPerson: true, firstOfSession: true },
        { firstOfPerson: false, firstOfSession: false },
        { firstOfPerson: false, firstOfSession: true },
        { firstOfPerson: false, firstOfSession: false },
      ]);
    });

    test('a departure tells whose it is, and whether it was the last; one that was not there tells nothing', async () => {
      const online = await make();
      for (const one of [socket(7, 'a', 'a1'), socket(7, 'a', 'a2'), socket(7, 'b', 'b1')]) await online.arrive(one);
      const ofSeven = { person: personOfUser(7) };
      const [a, b] = ['session-a', 'session-b'].map((sessionId) => ({ ...ofSeven, sessionId }));
      expect(await online.depart('socket-a1')).toEqual({ ...a, lastOfPerson: false, lastOfSession: false } as never);
      expect(await online.depart('socket-a2')).toEqual({ ...a, lastOfPerson: false, lastOfSession: true } as never);
      expect(await online.depart('socket-a2')).toBeUndefined();
      expect(await online.depart('socket-b1')).toEqual({ ...b, lastOfPerson: true, lastOfSession: true } as never);
      expect(await online.arrive(socket(7, 'a', 'a1'))).toEqual({ firstOfPerson: true, firstOfSession: true });
    });

    test('of a person and of a session it is known whether they are there', async () => {
      const online = await make();
      const here = () =>
        Promise.all([
          online.hasPerson(personOfUser(7)),
          online.hasSession('session-a'),
          online.hasSession('session-b'),
        ]);
      expect(await here()).toEqual([false, false, false]);
      await online.arrive(socket(7, 'a', 'a1'));
      await online.arrive(socket(7, 'a', 'a2'));
      await online.arrive(socket(7, 'b', 'b1'));
      expect(await here()).toEqual([true, true, true]);
      await online.depart('socket-a1');
      await online.depart('socket-b1');
      expect(await here()).toEqual([true, true, false]);
      await online.depart('socket-a2');
      expect(await here()).toEqual([false, false, false]);
    });

    test('of a person it is known by which sessions, each once', async () => {
      const online = await make();
      expect(await online.sessionsOf(personOfUser(7))).toEqual([]);
      for (const one of [socket(7, 'a', 'a1'), socket(7, 'b', 'b1'), socket(7, 'a', 'a2')]) await online.arrive(one);
      expect(new Set(await online.sessionsOf(personOfUser(7)))).toEqual(new Set(['session-a', 'session-b']));
      await online.depart('socket-b1');
      await online.depart('socket-a1');
      expect(await online.sessionsOf(personOfUser(7))).toEqual(['session-a']);
    });

    test('strangers count among the people and stand in a list of their own, not in that of users', async () => {
      const online = await make();
      for (const one of [visitor('x'), socket(7, 'a', 'a1'), visitor('w'), visitor('x', 2)]) await online.arrive(one);
      expect(await online.countPeople()).toBe(3);
      expect(await online.countUsers()).toBe(1);
      expect(await online.listUsers(0, 10)).toEqual([{ person: personOfUser(7), sessionId: 'session-a' }]);
      expect(await online.listStrangers()).toEqual([personOfStranger('x'), personOfStranger('w')]);
      expect(await online.among([personOfStranger('x'), personOfStranger('y')])).toEqual(
        new Set([personOfStranger('x')]),
      );
      for (const id of ['x-1', 'w-1', 'socket-a1']) await online.depart(id);
      expect(await online.listStrangers()).toEqual([personOfStranger('x')]);
      expect([await online.countPeople(), await online.countUsers()]).toEqual([1, 0]);
    });
  });
}
