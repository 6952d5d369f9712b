import { describe, expect, test } from 'bun:test';
import { MemoryKeySet } from '../../src/adapters/memory/memory-key-set.ts';
import { MemoryMatchQueue } from '../../src/adapters/memory/memory-match-queue.ts';
import { hashOf, MemoryNameIndex } from '../../src/adapters/memory/memory-name-index.ts';
import { MemoryRows, NONE } from '../../src/adapters/memory/memory-rows.ts';
import { personOfStranger } from '../../src/core/principal.ts';
import { MATCH_TIMES, type Search } from '../../src/ports/match-queue.ts';
import { type Note, outcome, person, searchBy } from '../support/searches.ts';
import { TestTimers } from '../support/test-timers.ts';

/** Two names with one hash. */
function twins(nameOf: (index: number) => string): [string, string] {
  const seen = new Map<number, string>();
  for (let index = 0; ; index++) {
    const name = nameOf(index);
    const other = seen.get(hashOf(name));
    if (other !== undefined) return [other, name];
    seen.set(hashOf(name), name);
  }
}

function given() {
  const timers = new TestTimers();
  const queue = new MemoryMatchQueue<Note>(timers);
  const enqueue = async (name: number, tags: string, more: Partial<Search<Note>> = {}) =>
    outcome(await queue.enqueue(searchBy(name, tags.split(' '), more)));
  const held = () => Object.values(queue.held()).reduce((sum, count) => sum + count, 0);
  return { timers, queue, enqueue, held };
}

describe('rows of numbers', () => {
  test('keep what is in them when there are more than there was room for', () => {
    const rows = new MemoryRows(4);
    const taken = Array.from({ length: 1000 }, () => rows.take());
    for (const row of taken) {
      rows.setFloat(row, 0, row + 0.5);
      rows.setInt(row, 2, -row);
    }
    expect(new Set(taken).size).toBe(1000);
    expect(taken).not.toContain(NONE);
    expect(taken.filter((row) => rows.float(row, 0) !== row + 0.5 || rows.int(row, 2) !== -row)).toEqual([]);
  });

  test('are empty when they are taken again, be it one or all', () => {
    const rows = new MemoryRows(4);
    for (let round = 0; round < 3; round++) {
      const taken = Array.from({ length: 500 }, () => rows.take());
      for (const row of taken) for (let cell = 0; cell < 4; cell++) rows.setInt(row, cell, 7);
      rows.giveBack(taken[250] ?? NONE);
      const again = rows.take();
      expect([0, 1, 2, 3].map((cell) => rows.int(again, cell))).toEqual([0, 0, 0, 0]);
      expect(rows.size).toBe(500);
      for (const row of taken) rows.giveBack(row);
      expect(rows.size).toBe(0);
      expect([0, 1, 2, 3].map((cell) => rows.int(rows.take(), cell))).toEqual([0, 0, 0, 0]);
      for (let row = 1; row <= 4; row++) rows.giveBack(row);
    }
  });
});

test.each([1, 3, 1000])('names are found, replaced and forgotten where there are few hashes: %p', (hashes) => {
  const names = new Map<number, string>();
  const index = new MemoryNameIndex((row, name) => names.get(row) === name);
  const hash = (name: string) => ((hashOf(name) >>> 0) % hashes) - 1 || 1;
  const rowOf = new Map<string, number>();
  let chance = 1;
  for (let step = 1; step <= 5000; step++) {
    chance = (Math.imul(chance, 1_664_525) + 1_013_904_223) >>> 0;
    const name = `name${(chance >>> 8) % 200}`;
    const row = rowOf.get(name);
    if (row === undefined) {
      names.set(step, name);
      rowOf.set(name, step);
      index.add(hash(name), step);
    } else if (chance % 3 === 0) {
      names.set(step, name);
      rowOf.set(name, step);
      index.replace(hash(name), row, step);
    } else {
      rowOf.delete(name);
      index.remove(hash(name), row);
    }
    expect(index.find(name, hash(name))).toBe(rowOf.get(name) ?? NONE);
    expect(index.size).toBe(rowOf.size);
  }
  for (const [name, row] of rowOf) expect(index.find(name, hash(name))).toBe(row);
  for (const [name, row] of rowOf) index.remove(hash(name), row);
  expect(index.size).toBe(0);
  for (const name of rowOf.keys()) expect(index.find(name, hash(name))).toBe(NONE);
});

test.each([0, 1, 8, 9, 1000])('%p keys are told from all others, even from one with the same hash', (more) => {
  const [key, twin] = twins((index) => `key-${index}`);
  const others = Array.from({ length: more }, (_, index) => `other-${index}`);
  const keys = new MemoryKeySet([...others, key]);
  for (const one of [...others, key])
    expect([keys.mayHave(hashOf(one)), keys.has(one, hashOf(one))]).toEqual([true, true]);
  expect(keys.has(twin, hashOf(twin))).toBe(false);
  for (let index = 0; index < 1000; index++) expect(keys.has(`none-${index}`, hashOf(`none-${index}`))).toBe(false);
});

describe('the match queue in memory', () => {
  test('tells sessions, people, tags and keys apart that have one hash', async () => {
    const { queue, enqueue, held } = given();
    const [tag, otherTag] = twins((index) => `tag-${index}`);
    const [long, otherLong] = twins((index) => `a-tag-of-more-than-sixteen-characters-${index}`);
    const [key, otherKey] = twins((index) => `key-${index}`);
    const [session, otherSession] = twins((index) => `session-${index}`);
    const [self, other] = twins((index) => personOfStranger(String(index))).map((one) => one as Search<Note>['person']);
    if (!self || !other) throw new Error('there are two of them');

    expect(await enqueue(1, tag)).toBe('waiting');
    expect(await enqueue(2, otherTag)).toBe('waiting');
    expect(await enqueue(3, long)).toBe('waiting');
    expect(await enqueue(4, otherLong)).toBe('waiting');
    expect((await queue.topTags(9, 1)).map(({ waiting }) => waiting)).toEqual([1, 1, 1, 1]);
    for (const name of [1, 2, 3, 4]) await queue.dequeue(`session-${name}`);

    await enqueue(5, 'keys', { keys: ['5', key] });
    expect(await enqueue(6, 'keys', { avoids: [otherKey] })).toBe('5+6');

    await enqueue(7, 'people', { searcher: session, person: self });
    expect((await queue.find(otherSession))?.searcher).toBeUndefined();
    expect(await enqueue(8, 'others', { searcher: otherSession, person: other })).toBe('waiting');
    expect(await queue.countPeople()).toBe(2);
    expect((await queue.searchesOf(other)).map(({ searcher }) => searcher)).toEqual([otherSession]);
    await queue.dequeue(otherSession);
    expect((await queue.enqueue(searchBy(8, ['people'], { searcher: otherSession, person: other }))).state).toBe(
      'paired',
    );
    expect(held()).toBe(0);
  });

  test('gives a search nothing of the one whose row it takes: no deadline, no alarm, no peers, no keys', async () => {
    const { timers, queue, enqueue, held } = given();
    await enqueue(1, 'a', { isConnected: true });
    const avoids = Array.from({ length: 20 }, (_, index) => `key-${index + 5}`);
    const earlierPeers = [{ person: person(1), endedMsAgo: 0 }];
    await enqueue(2, 'a b c', { earlierPeers, avoids, keys: ['x', 'y', 'z'] });
    expect(queue.held().alarms).toBe(1);
    await queue.dequeue('session-2');
    expect(await enqueue(3, 'b', { isConnected: true })).toBe('waiting');
    expect(await queue.nextDueInMs()).toBeUndefined();
    timers.jump(2 * MATCH_TIMES.ttlMs);
    expect(await queue.takeDue()).toEqual({ fallen: [], pairs: [], nextInMs: undefined });
    expect((await queue.find('session-3'))?.isConnected).toBe(true);
    expect(await enqueue(4, 'c', { isConnected: true })).toBe('waiting');
    expect(await enqueue(5, 'b', { avoids: ['x', 'y', 'z'], keys: ['key-5'] })).toBe('3+5');
    await queue.dequeuePerson(person(1));
    await queue.dequeuePerson(person(4));
    expect(held()).toBe(0);
  });

  test.each([3, 12])('keeps apart by each of many keys, where %p are avoided', async (count) => {
    const { queue, enqueue } = given();
    const keys = ['one', 'two', 'three', 'four'];
    const padding = Array.from({ length: count - 1 }, (_, index) => `nobody-${index}`);
    await enqueue(1, 'a', { keys });
    for (const key of keys) {
      expect(await enqueue(2, 'a', { avoids: [...padding, key] })).toBe('waiting');
      await queue.dequeue('session-2');
    }
    await queue.dequeue('session-1');
    for (const key of keys) {
      await enqueue(1, 'a', { avoids: [...padding, key] });
      expect(await enqueue(2, 'a', { keys })).toBe('waiting');
      await queue.dequeuePerson(person(1));
      await queue.dequeuePerson(person(2));
    }
  });

  test('a crowd comes and goes, twice; each is found, and nothing of it is held', async () => {
    const { timers, queue, held } = given();
    for (let round = 0; round < 2; round++) {
      const names = Array.from({ length: 2000 }, (_, index) => index + 1);
      for (const name of names) {
        const more = { keys: [`key-${name}`, 'crowd'], avoids: ['crowd'], isConnected: name % 2 === 0 };
        await queue.enqueue(searchBy(name, [`tag-${name % 300}`, 'all'], more));
      }
      expect(await queue.countPeople()).toBe(2000);
      expect((await queue.topTags(2, 1)).map(({ waiting }) => waiting)).toEqual([2000, 7]);
      for (const name of names) expect((await queue.find(`session-${name}`))?.person).toBe(person(name));
      for (const name of names.filter((one) => one % 2 === 0)) await queue.dequeue(`session-${name}`);
      timers.jump(MATCH_TIMES.ttlMs);
      const { fallen, nextInMs } = await queue.takeDue(5000);
      expect([fallen.length, nextInMs]).toEqual([1000, undefined]);
      expect(held()).toBe(0);
    }
  });
});
