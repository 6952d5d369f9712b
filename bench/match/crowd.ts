import { personOfUser } from '../../src/core/principal.ts';
import type { Search } from '../../src/ports/match-queue.ts';

export const TAGS = 10_000;
export type Asked = Search<{ country: string }>;

/** A key that everyone in the crowd has and avoids: otherwise two of them with the same tag would not both wait. */
const CROWD = 'crowd';

let seed = 1;

/** The same numbers in each run. */
export function below(limit: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

export const tag = (index: number): string => `tag${index}`;

/** Someone who waits: one tag, some of them three. Half are connected. */
export function oneOfCrowd(index: number): Asked {
  const tags = index % 50 === 0 ? threeTags(below(TAGS)) : [tag(below(TAGS))];
  return { ...search(index, tags), keys: [key(index), CROWD], avoids: [CROWD] };
}

/** Someone who comes and may meet anyone. */
export function comer(index: number, tags: string[]): Asked {
  return search(index, tags);
}

export function threeTags(one: number): string[] {
  return [...new Set([tag(below(TAGS)), tag(one), tag(below(TAGS))])];
}

/** Strings as they come from a request: none is shared with another search. */
export function key(index: number): string {
  return new Bun.CryptoHasher('sha256').update(String(index)).digest('hex').slice(0, 32);
}

function search(index: number, tags: string[]): Asked {
  return {
    searcher: crypto.randomUUID(),
    person: personOfUser(index + 1),
    tags,
    keys: [key(index)],
    avoids: [],
    earlierPeers: [],
    isConnected: index % 2 === 0,
    note: { country: 'SK' },
  };
}
