import type { PersonId } from '../../../core/principal.ts';

/** What a person is doing, and since when. */
export type PersonState = { state: 'idle' | 'searching' | 'matched'; since: number };

type Maybe<T> = T | Promise<T>;

/** A part of the program that occupies strangers. */
export type ActivitySource = {
  /** Whether the person searches or is in a live talk. */
  isBusy?(person: PersonId): Maybe<boolean>;
  /** Undefined if nothing is known here. */
  stateOf?(person: PersonId): Maybe<PersonState | undefined>;
  /** Everyone in a live or archived talk. */
  peopleInTalks?(): Maybe<Iterable<PersonId>>;
};

export type StrangerActivity = ReturnType<typeof createStrangerActivity>;

/** What strangers do. The modules that occupy them come later and add what they know. */
export function createStrangerActivity() {
  const sources: ActivitySource[] = [];
  const ORDER = ['searching', 'matched', 'idle'] as const;

  return {
    add(source: ActivitySource): void {
      sources.push(source);
    },

    async isBusy(person: PersonId): Promise<boolean> {
      for (const source of sources) if (await source.isBusy?.(person)) return true;
      return false;
    },

    /** Searching comes before being matched. */
    async stateOf(person: PersonId): Promise<PersonState | undefined> {
      const known: PersonState[] = [];
      for (const source of sources) {
        const state = await source.stateOf?.(person);
        if (state) known.push(state);
      }
      return known.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0];
    },

    async peopleInTalks(): Promise<Set<PersonId>> {
      const people = new Set<PersonId>();
      for (const source of sources) for (const person of (await source.peopleInTalks?.()) ?? []) people.add(person);
      return people;
    },
  };
}
