import { type PersonId, personOfUser } from '../../src/core/principal.ts';
import type { Enqueued, MatchQueue, Pair, Search, Waiting } from '../../src/ports/match-queue.ts';

export type Note = { country: string | null };
export type TestQueue = MatchQueue<Note>;

export const person = (name: number): PersonId => personOfUser(name);

/** A search by user `name`, with one session unless it is said otherwise. */
export function searchBy(name: number, tags: readonly string[], more: Partial<Search<Note>> = {}): Search<Note> {
  return {
    searcher: `session-${name}`,
    person: person(name),
    tags,
    keys: [`key-${name}`],
    avoids: [],
    earlierPeers: [],
    isConnected: false,
    note: { country: null },
    ...more,
  };
}

/** The two names of a pair, the longer-waiting first; otherwise the state. */
export function outcome(enqueued: Enqueued<Note>): string {
  return enqueued.state === 'paired' ? namesOf(enqueued.pair) : enqueued.state;
}

export const namesOf = ({ first, second }: Pair<Note>): string => `${nameOf(first)}+${nameOf(second)}`;

export const nameOf = ({ searcher }: Pick<Waiting<Note>, 'searcher'>): string => searcher.replace('session-', '');
