import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Level, type StrangerPrincipal, type UserPrincipal } from '../../src/core/principal.ts';
import { guardHandlers, guestHandler, type SocketWho, userHandler } from '../../src/realtime/handlers.ts';
import type { Connection } from '../../src/realtime/socket-handler.ts';

const ada: UserPrincipal = {
  kind: 'user',
  userId: 7,
  username: 'ada',
  avatarUrl: null,
  level: Level.User,
  sessionId: 'a',
};
const stranger: StrangerPrincipal = { kind: 'stranger', sessionId: 'b', alias: 'ghostly-stranger', signature: '0' };
const payload = Type.Object({});

/** Sends both kinds of event as this person. */
async function send(principal: UserPrincipal | StrangerPrincipal) {
  const handlers = guardHandlers({ principalOf: async () => principal }, [
    userHandler({
      event: 'for users',
      payload,
      run: async ({ principal: { username }, person }) => ({ username, person }),
    }),
    guestHandler({ event: 'for all', payload, run: async ({ principal: { kind }, person }) => ({ kind, person }) }),
  ]);
  const connection = { isOpen: true, who: { sessionId: principal.sessionId, userId: null } } as Connection<SocketWho>;
  return Promise.all(
    handlers.map(({ run }) => run(connection, {}).catch((error: { errorCode: string }) => error.errorCode)),
  );
}

describe('an event', () => {
  test('of a user reaches every handler', async () => {
    expect(await send(ada)).toEqual([
      { username: 'ada', person: 'u:7' },
      { kind: 'user', person: 'u:7' },
    ] as never);
  });

  test('of a stranger reaches those for guests, and no other', async () => {
    expect(await send(stranger)).toEqual(['ERR_ACCOUNT_REQUIRED', { kind: 'stranger', person: 's:b' }] as never);
  });

  test('that is paced is handled after those before it of the same socket, however long they take', async () => {
    const steps: string[] = [];
    const held = Promise.withResolvers<void>();
    const [handler] = guardHandlers({ principalOf: async () => ada }, [
      userHandler({
        event: 'move',
        payload: Type.Object({ n: Type.Integer() }),
        paced: true,
        async run(_, { n }) {
          if (n === 1) await held.promise;
          steps.push(`move ${n}`);
          if (n === 2) throw new Error('failed');
        },
      }),
    ]);
    const socketOf = (sessionId: string) => ({ isOpen: true, who: { sessionId, userId: 7 } }) as Connection<SocketWho>;
    const [mine, other] = [socketOf('a'), socketOf('a')];
    const done = [1, 2, 3].map((n) => handler?.run(mine, { n }).catch(() => undefined));
    await handler?.run(other, { n: 4 });
    held.resolve();
    await Promise.all(done);
    expect(steps).toEqual(['move 4', 'move 1', 'move 2', 'move 3']);
  });
});
