import type { Clock } from '../../../core/clock.ts';
import type { EventBus } from '../../../core/events.ts';
import { type PersonId, strangerSessionOf } from '../../../core/principal.ts';
import type { Units } from '../../../db/units.ts';
import type { ConnectionsEvent } from '../sessions/connections.events.ts';
import { noteSeen } from './strangers.repository.ts';

type Deps = { units: Pick<Units<never>, 'run'>; clock: Clock };

export type LastSeen = ReturnType<typeof createLastSeen>;

/** When strangers came or went last; stored together by a job rather than at every socket. */
export function createLastSeen({ units, clock }: Deps) {
  let seen = new Map<string, number>();

  function note(person: PersonId): void {
    const sessionId = strangerSessionOf(person);
    if (sessionId !== undefined) seen.set(sessionId, clock.now());
  }

  return {
    listen(events: EventBus<ConnectionsEvent>): void {
      events.on('person.connected', ({ person }) => note(person));
      events.on('person.disconnected', ({ person }) => note(person));
    },

    /** The later of what is stored and what is not yet. */
    of: (sessionId: string, stored: number): number => Math.max(seen.get(sessionId) ?? 0, stored),

    async write(): Promise<void> {
      if (seen.size === 0) return;
      const writing = seen;
      seen = new Map();
      await units.run('write when strangers were seen', async ({ db }) => {
        for (const [sessionId, at] of writing) await noteSeen(db, sessionId, at);
      });
    },
  };
}
