import type { Logger } from '../../../core/logger.ts';
import type { PersonId } from '../../../core/principal.ts';
import type { Online } from '../../../ports/online.ts';
import { type Realtime, sessionRoom } from '../../../ports/realtime.ts';
import type { States } from './states.ts';

type Deps = {
  logger: Logger;
  online: Pick<Online, 'hasSession' | 'sessionsOf'>;
  realtime: Pick<Realtime, 'publish'>;
  states: Pick<States, 'of'>;
};

export type StateTeller = ReturnType<typeof createStateTeller>;

/** Tells sessions where they stand. One telling after the other, each read afresh: whatever raced, the last one is right. */
export function createStateTeller({ logger, online, realtime, states }: Deps) {
  /** Tellings under way, and whether something has changed since they were read. */
  const telling = new Map<string, { isStale: boolean }>();

  async function tellOne(person: PersonId, sessionId: string): Promise<void> {
    const running = telling.get(sessionId);
    if (running) {
      running.isStale = true;
      return;
    }
    const own = { isStale: true };
    telling.set(sessionId, own);
    try {
      while (own.isStale) {
        own.isStale = false;
        if (!(await online.hasSession(sessionId))) continue;
        const state = await states.of(person, sessionId);
        if (!own.isStale) realtime.publish(sessionRoom(sessionId), 'match:state', state);
      }
    } finally {
      telling.delete(sessionId);
    }
  }

  function tell(person: PersonId, sessionId: string): void {
    void tellOne(person, sessionId).catch((error: unknown) => {
      logger.error('telling where a session stands failed', { error });
    });
  }

  return {
    /** Tells the sockets of this session. */
    tell,

    /** Tells every session of the person. */
    async tellAll(person: PersonId): Promise<void> {
      for (const sessionId of await online.sessionsOf(person)) tell(person, sessionId);
    },
  };
}
