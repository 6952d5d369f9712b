import { describe, expect, test } from 'bun:test';
import { personOfUser, userIdOf } from '../../src/core/principal.ts';
import type { Online, OnlineSocket } from '../../src/ports/online.ts';

const socket = (userId: number, session: string, name: string): OnlineSocket => ({
  person: personOfUser(userId),
  sessionId: `session-${session}`,
  socketId: `socket-${name}`,
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
      expect(await online.list(0, 10)).toEqual([{ person: personOfUser(8), sessionId: 'session-c' }]);
    });

    test('the session of the oldest socket stands for a person', async () => {
      const online = await make();
      await online.arrive(socket(7, 'a', 'a1'));
      await online.arrive(socket(7, 'b', 'b1'));
      expect(await online.list(0, 10)).toEqual([{ person: personOfUser(7), sessionId: 'session-a' }]);
      await online.depart('socket-a1');
      expect(await online.list(0, 10)).toEqual([{ person: personOfUser(7), sessionId: 'session-b' }]);
    });

    test('the list is in the order of arrival, page by page; coming back is arriving anew', async () => {
      const online = await make();
      for (const userId of [9, 7, 8]) await online.arrive(socket(userId, `${userId}`, `${userId}`));
      const ids = async (offset: number, limit: number) =>
        (await online.list(offset, limit)).map(({ person }) => userIdOf(person));
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
  });
}
