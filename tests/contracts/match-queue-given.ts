import type { Search } from '../../src/ports/match-queue.ts';
import { type Note, nameOf, namesOf, outcome, searchBy, type TestQueue } from '../support/searches.ts';
import { TestTimers } from '../support/test-timers.ts';

/** `held`: the number of things of any kind that the adapter keeps; queues of tags, too. */
export type MakeQueue = (timers: TestTimers) => Promise<{ queue: TestQueue; held: () => Promise<number> }>;

export async function givenQueue(make: MakeQueue) {
  const timers = new TestTimers();
  const { queue, held } = await make(timers);
  /** Searches by these tags in a row; what became of it. */
  const enqueue = async (name: number, tags: string, more: Partial<Search<Note>> = {}) =>
    outcome(await queue.enqueue(searchBy(name, tags.split(' '), more)));
  /** What is due: `6+7` for a pair, `7 gone` for a search that fell. */
  const due = async () => {
    const { pairs, fallen } = await queue.takeDue();
    return [...fallen.map((search) => `${nameOf(search)} ${search.reason}`), ...pairs.map(namesOf)];
  };
  const isWaiting = async (name: number) => (await queue.find(`session-${name}`)) !== undefined;
  return { timers, queue, held, enqueue, due, isWaiting };
}

export type GivenQueue = Awaited<ReturnType<typeof givenQueue>>;
