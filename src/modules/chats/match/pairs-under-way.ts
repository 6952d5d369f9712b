import type { PersonId } from '../../../core/principal.ts';

export type PairsUnderWay = ReturnType<typeof createPairsUnderWay>;

/** People who have left the queue, and whose chat is not there yet. */
export function createPairsUnderWay() {
  const works = new Map<PersonId, Promise<unknown>>();

  return {
    has: (person: PersonId): boolean => works.has(person),

    /** Waits until no chat of this person is being made. */
    async settled(person: PersonId): Promise<void> {
      while (works.has(person)) await works.get(person);
    },

    /** `work` makes the chat of these people. It must not throw. */
    hold<Result>(people: readonly PersonId[], work: Promise<Result>): Promise<Result> {
      for (const person of people) works.set(person, work);
      return work.finally(() => {
        for (const person of people) if (works.get(person) === work) works.delete(person);
      });
    },
  };
}
