import type { PersonId } from './principal.ts';

/** One of the two people of a direct chat: their number and their name there. */
export type Participant = { number: 1 | 2; person: PersonId; alias: string };
export type Pair = readonly [Participant, Participant];

/** The other of the two. */
export function peerOf(pair: Pair, number: 1 | 2): Participant {
  return pair[number === 1 ? 1 : 0];
}
