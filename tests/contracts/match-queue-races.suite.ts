import { describe, expect, test } from 'bun:test';
import { MATCH_TIMES, type Pair } from '../../src/ports/match-queue.ts';
import { Chance } from '../support/fuzz.ts';
import { type Note, nameOf, person, searchBy } from '../support/searches.ts';
import { givenQueue, type MakeQueue } from './match-queue-given.ts';
import { takeRandomSteps } from './match-queue-steps.ts';

/** Many callers at once, and long random lives. */
export function matchQueueRacePromises(adapter: string, make: MakeQueue): void {
  describe(`the match queue under many hands: ${adapter}`, () => {
    const given = () => givenQueue(make);
    const range = (length: number) => Array.from({ length }, (_, index) => index + 1);

    /** Of some who searched at once: everybody is in one pair, or waits. */
    async function expectEachInOnePlace(names: number[], pairs: readonly Pair<Note>[], waiting: readonly string[]) {
      const places = [...pairs.flatMap(({ first, second }) => [first, second]).map(nameOf), ...waiting];
      expect(places.map(Number).sort((a, b) => a - b)).toEqual(names);
    }

    test('a hundred who search at once are fifty pairs, and of a hundred and one, one waits', async () => {
      for (const people of [100, 101]) {
        const { queue } = await given();
        const names = range(people);
        const answers = await Promise.all(names.map((name) => queue.enqueue(searchBy(name, ['a', `own${name}`]))));
        const pairs = answers.flatMap((answer) => (answer.state === 'paired' ? [answer.pair] : []));
        expect(pairs).toHaveLength(50);
        const waiting = await queue.among(names.map((name) => `session-${name}`));
        await expectEachInOnePlace(
          names,
          pairs,
          [...waiting].map((searcher) => nameOf({ searcher })),
        );
      }
    });

    test('a hundred with mixed tags leave nobody waiting beside someone with the same tag', async () => {
      const { queue } = await given();
      const chance = new Chance(7);
      const tags = [...'abcdefghij'];
      const searches = range(100).map((name) => searchBy(name, [...new Set(range(3).map(() => chance.pick(tags)))]));
      const answers = await Promise.all(searches.map((search) => queue.enqueue(search)));
      const pairs = answers.flatMap((answer) => (answer.state === 'paired' ? [answer.pair] : []));
      const waiting = await queue.among(searches.map(({ searcher }) => searcher));
      await expectEachInOnePlace(
        range(100),
        pairs,
        [...waiting].map((searcher) => nameOf({ searcher })),
      );
      const counts = await queue.topTags(100, 2);
      expect(counts).toEqual([]);
    });

    test('one session that searches a hundred times at once waits once', async () => {
      const { queue, enqueue } = await given();
      const answers = await Promise.all(range(100).map(() => enqueue(7, 'a')));
      expect(answers.filter((answer) => answer === 'waiting')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'already')).toHaveLength(99);
      expect(await queue.countPeople()).toBe(1);
    });

    test('a hundred sessions of one person are never a pair, and one stranger gets one of them', async () => {
      const { queue, held } = await given();
      const searches = range(100).map((number) => searchBy(7, ['a'], { searcher: `session-${number}` }));
      const answers = await Promise.all(searches.map((search) => queue.enqueue(search)));
      expect(answers.every(({ state }) => state === 'waiting')).toBe(true);
      const found = await queue.enqueue(searchBy(200, ['a']));
      if (found.state !== 'paired') throw new Error(found.state);
      expect(found.pair.ended).toHaveLength(99);
      expect(await held()).toBe(0);
    });

    test('a stop in the moment of a pair has one outcome, the same for both', async () => {
      for (let round = 0; round < 100; round++) {
        const { queue, enqueue, isWaiting } = await given();
        await enqueue(7, 'a');
        const comes = () => enqueue(8, 'a');
        const stops = () => queue.dequeue('session-7');
        const [came, stopped] =
          round % 2 === 0 ? await Promise.all([comes(), stops()]) : (await Promise.all([stops(), comes()])).reverse();
        if (came === '7+8') expect(stopped).toBeUndefined();
        else expect([came, stopped]).toEqual(['waiting', expect.objectContaining({ searcher: 'session-7' })]);
        expect(await isWaiting(8)).toBe(came === 'waiting');
        expect(await isWaiting(7)).toBe(false);
      }
    });

    test('a fall in the moment of a pair has one outcome', async () => {
      const { timers, queue, enqueue } = await given();
      await enqueue(7, 'a');
      timers.jump(MATCH_TIMES.ttlMs);
      const [came, due] = await Promise.all([enqueue(8, 'a'), queue.takeDue()]);
      expect([came, due.fallen.map(nameOf)]).toEqual(['waiting', ['7']]);
    });

    test('timers of many nodes at once take each pair and each fall once', async () => {
      const { timers, queue } = await given();
      for (const name of range(40)) {
        const peer = name % 2 === 0 ? [{ person: person(name - 1), endedMsAgo: 0 }] : [];
        await queue.enqueue(searchBy(name, [`tag${Math.ceil(name / 2)}`], { earlierPeers: peer }));
      }
      timers.jump(MATCH_TIMES.apartMs);
      const dues = await Promise.all(range(10).map(() => queue.takeDue(3)));
      const rest = await queue.takeDue();
      const pairs = [...dues, rest].flatMap((due) => due.pairs);
      await expectEachInOnePlace(range(40), pairs, []);
    });

    test.each([1, 2, 3])('ten thousand random steps keep every promise (seed %d)', async (seed) => {
      await takeRandomSteps(await given(), new Chance(seed), seed === 1 ? 10_000 : 2000);
    });
  });
}
