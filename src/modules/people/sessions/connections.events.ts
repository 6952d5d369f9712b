import type { PersonId } from '../../../core/principal.ts';

/** Sockets come and go. At shutdown nothing is told: everyone comes back. */
export type ConnectionsEvent =
  | { name: 'person.connected'; person: PersonId; sessionId: string; firstOfPerson: boolean; firstOfSession: boolean }
  | { name: 'person.disconnected'; person: PersonId; sessionId: string; lastOfPerson: boolean; lastOfSession: boolean };
