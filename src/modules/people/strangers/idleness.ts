import type { Clock } from '../../../core/clock.ts';
import type { EventBus } from '../../../core/events.ts';
import { strangerSessionOf } from '../../../core/principal.ts';
import type { ConnectionsEvent } from '../sessions/connections.events.ts';
import type { SessionsEvent } from '../sessions/sessions.events.ts';

export type Idleness = ReturnType<typeof createIdleness>;

/** Since when strangers have had no socket. Forgotten at a restart, when everyone has none. */
export function createIdleness({ clock }: { clock: Clock }) {
  const goneSince = new Map<string, number>();

  return {
    listen(events: EventBus<ConnectionsEvent | SessionsEvent>): void {
      events.on('person.connected', ({ sessionId }) => void goneSince.delete(sessionId));
      events.on('person.disconnected', ({ person, lastOfPerson }) => {
        const sessionId = strangerSessionOf(person);
        if (sessionId !== undefined && lastOfPerson) goneSince.set(sessionId, clock.now());
      });
      events.on('session.ended', ({ sessionId }) => void goneSince.delete(sessionId));
    },

    /** When the last socket of this stranger went. Undefined while there is one, or if there never was one. */
    goneSince: (sessionId: string): number | undefined => goneSince.get(sessionId),
  };
}
