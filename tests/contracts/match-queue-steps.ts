import { expect } from 'bun:test';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { type EarlierPeer, MATCH_TIMES, type Pair, type Search } from '../../src/ports/match-queue.ts';
import type { Chance } from '../support/fuzz.ts';
import { type Note, person, searchBy } from '../support/searches.ts';
import type { GivenQueue } from './match-queue-given.ts';
import { MatchQueueModel, shareTag } from './match-queue-model.ts';

const PEOPLE = 30;
/** Some people have two sessions. */
const SESSIONS = 40;
const TAGS = [...'abcdefgh'];
const KEYS = ['red', 'green', 'blue'];

const searchersOf = (searches: readonly { searcher: string }[]) => searches.map(({ searcher }) => searcher);

/** Random calls, each compared with the model; after each, what must hold of those who wait. */
export async function takeRandomSteps(given: GivenQueue, chance: Chance, steps: number): Promise<void> {
  const { queue, timers, held } = given;
  const model = new MatchQueueModel();
  const seen = new Map<string, number>();
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);

  const session = () => {
    const number = 1 + chance.below(SESSIONS);
    return { searcher: `session-${number}`, name: number > PEOPLE ? number - PEOPLE : number };
  };
  const anyone = () => person(1 + chance.below(PEOPLE));
  const some = <T>(list: readonly T[], most: number) => [
    ...new Set(Array.from({ length: chance.below(most + 1) }, () => chance.pick(list))),
  ];

  function search(): Search<Note> {
    const { searcher, name } = session();
    const earlierPeers = Array.from({ length: chance.below(4) }, (): EarlierPeer => {
      const endedMsAgo = chance.happens(0.1) ? null : chance.below(chance.pick([1, 40_000, MATCH_TIMES.lastResortMs]));
      return { person: anyone(), endedMsAgo };
    });
    return searchBy(name, [...new Set([chance.pick(TAGS), ...some(TAGS, 2)])], {
      searcher,
      keys: [`key-${name}`, ...some(KEYS, 1)],
      avoids: some([...KEYS, ...Array.from({ length: PEOPLE }, (_, index) => `key-${index + 1}`)], 4),
      earlierPeers: [...new Map(earlierPeers.map((peer) => [peer.person, peer])).values()],
      isConnected: chance.happens(0.5),
    });
  }

  /** A pair leaves the model with everything its two people had. */
  function remove({ first, second, sharedTags, ended }: Pair<Note>) {
    count('pairs');
    expect(sharedTags).toEqual(second.tags.filter((tag) => first.tags.includes(tag)));
    const others = model.searches.filter(({ searcher, person, fallsAt }) => {
      if (searcher === first.searcher || searcher === second.searcher || fallsAt <= model.now) return false;
      return person === first.person || person === second.person;
    });
    expect(new Set(searchersOf(ended))).toEqual(new Set(searchersOf(others)));
    expect(ended).toHaveLength(others.length);
    for (const { searcher } of [first, second, ...ended]) model.remove(searcher);
  }

  async function enqueue() {
    const asked = search();
    const running = model.find(asked.searcher);
    const answer = await queue.enqueue(asked);
    count(answer.state);
    expect(answer.state === 'already').toBe(running !== undefined);
    if (answer.state === 'already') return expect(answer.search.tags).toEqual(running?.tags ?? []);
    model.add(asked);
    const added = model.searches.at(-1);
    const [best] = added ? model.peersOf(added) : [];
    expect(answer.state === 'paired' ? answer.pair.first.searcher : undefined).toBe(best?.searcher);
    if (answer.state === 'paired') remove(answer.pair);
  }

  async function dequeue() {
    const { searcher } = session();
    const left = await queue.dequeue(searcher);
    expect(left?.searcher).toBe(model.find(searcher)?.searcher);
    if (left) model.remove(searcher);
  }

  async function dequeuePerson() {
    const gone = anyone();
    const searches = model.searches.filter(({ person, fallsAt }) => person === gone && fallsAt > model.now);
    const left = await queue.dequeuePerson(gone);
    expect(searchersOf(left)).toEqual(searchersOf(searches));
    for (const { searcher } of left) model.remove(searcher);
  }

  async function comeOrGo() {
    const { searcher } = session();
    const isComing = chance.happens(0.5);
    const told = await (isComing ? queue.connected(searcher) : queue.disconnected(searcher));
    expect(told?.searcher).toBe(model.find(searcher)?.searcher);
    if (isComing) model.connect(searcher);
    else model.disconnect(searcher);
  }

  async function tell() {
    const [one, other] = [anyone(), anyone()];
    const news = chance.happens(0.1) ? 'reported' : 'parted';
    await (news === 'parted' ? queue.parted(one, other) : queue.keepApart(one, other));
    model.tell(one, other, news);
  }

  /** Some time passes; mostly the timer is in time, at times the moment is exactly a deadline. */
  function pass() {
    const untilNext = Math.min(model.nextAt - model.now, MATCH_TIMES.ttlMs);
    const ms = chance.pick([1, chance.below(5000), chance.below(40_000), untilNext, Math.max(0, untilNext - 1)]);
    timers.jump(ms);
    model.now += ms;
    if (chance.happens(0.1)) timers.setWallClock((chance.below(120) - 60) * MINUTE_MS);
  }

  async function takeDue() {
    const { fallen, pairs } = await queue.takeDue(chance.pick([1, 2, 1000]));
    for (const { searcher, reason } of fallen) {
      const search = model.searches.find((one) => one.searcher === searcher);
      if (!search) throw new Error(`${searcher} was not there`);
      expect(search.fallsAt).toBeLessThanOrEqual(model.now);
      expect(search.isConnected).toBe(false);
      count(reason);
      model.remove(searcher);
    }
    for (const pair of pairs) {
      const [first, second] = [model.find(pair.first.searcher), model.find(pair.second.searcher)];
      if (!first || !second) throw new Error(`${pair.first.searcher} and ${pair.second.searcher} were not both there`);
      expect(shareTag(first, second)).toBe(true);
      expect(model.searches.indexOf(first)).toBeLessThan(model.searches.indexOf(second));
      expect(model.from(first, second)).toBeLessThanOrEqual(model.now);
      count('by timer');
      remove(pair);
    }
  }

  async function expectPromises() {
    const searchers = Array.from({ length: SESSIONS }, (_, index) => `session-${index + 1}`);
    expect(await queue.among(searchers)).toEqual(new Set(searchersOf(model.searches)));
    for (const search of model.searches) {
      const found = await queue.find(search.searcher);
      expect([found?.tags, found?.isConnected]).toEqual([search.tags, search.isConnected]);
      expect(found?.waitedMs).toBe(model.now - search.since);
      expect(model.peersOf(search)).toEqual([]);
    }
    const counts = await queue.topTags(100, 1);
    expect(new Map(counts.map(({ tag, waiting }) => [tag, waiting]))).toEqual(model.counts);
    expect(counts.map(({ waiting }) => waiting)).toEqual([...model.counts.values()].sort((a, b) => b - a));
    expect(await queue.countPeople()).toBe(new Set(model.searches.map(({ person }) => person)).size);
    const nextInMs = (await queue.nextDueInMs()) ?? Number.POSITIVE_INFINITY;
    expect(nextInMs).toBeGreaterThan(0);
    expect(model.now + nextInMs).toBeLessThanOrEqual(model.nextAt);
    if (model.searches.length === 0) expect(await held()).toBe(0);
  }

  const calls = [enqueue, enqueue, enqueue, enqueue, dequeue, comeOrGo, comeOrGo, tell, tell, dequeuePerson];
  for (let step = 0; step < steps; step++) {
    if (chance.happens(0.4)) pass();
    // Now and then the timer is late, and calls come before it.
    if (chance.happens(0.3)) await chance.pick(calls)();
    while ((await queue.nextDueInMs()) === 0) await takeDue();
    await chance.pick(calls)();
    while ((await queue.nextDueInMs()) === 0) await takeDue();
    await expectPromises();
  }
  for (const what of ['pairs', 'by timer', 'waiting', 'already', 'gone', 'expired'])
    expect([what, (seen.get(what) ?? 0) > 0]).toEqual([what, true]);
}
