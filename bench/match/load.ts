import { heapStats } from 'bun:jsc';
import { MemoryMatchQueue } from '../../src/adapters/memory/memory-match-queue.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { type Asked, below, comer, key, oneOfCrowd, threeTags } from './crowd.ts';
import { PlainList } from './plain-list.ts';

/** `waiting`: the sizes to measure; `comers`: for each, how many come in all. */
export type MatchOrder = { waiting: number[]; comers: number; passedOver: number; rounds: number };

/** Microseconds each. `alone`: nobody shares a tag, so they wait, and leave again. */
export type MatchCost = { waiting: number; pairUs: number; aloneUs: number; bytesEach: number };
export type ListCost = { waiting: number; pairUs: number; aloneUs: number };
export type MatchResult = { queue: MatchCost[]; list: ListCost[]; avoidingMs: number[]; avoidedMs: number[] };

type Queue = MemoryMatchQueue<{ country: string }>;

/** So many come and go before others take their place: the number waiting stays nearly the same, and each comes as just read. */
const AT_ONCE = 50;
const LIST_COMERS = 100;
let people = 0;

const order: MatchOrder = JSON.parse(await Bun.stdin.text());
await measureQueue(1000, order.comers);
const queue: MatchCost[] = [];
for (const waiting of order.waiting) queue.push(await measureQueue(waiting, order.comers));
const list = order.waiting.map(measureList);
const [avoidingMs, avoidedMs] = [await measurePassingOver('comer avoids'), await measurePassingOver('waiting avoid')];
console.log(JSON.stringify({ queue, list, avoidingMs, avoidedMs } satisfies MatchResult));
process.exit(0);

async function measureQueue(waiting: number, comers: number): Promise<MatchCost> {
  const queue: Queue = new MemoryMatchQueue(systemTimers);
  const tags: string[] = [];
  const before = usedBytes();
  for (let index = 0; index < waiting; index++) {
    const asked = oneOfCrowd(people++);
    if (index % 100 === 0) tags.push(asked.tags[0] ?? '');
    await queue.enqueue(asked);
  }
  const bytesEach = (usedBytes() - before) / waiting;
  let [pairMs, pairs, aloneMs, alone] = [0, 0, 0, 0];
  while (pairs < comers) {
    const coming = Array.from({ length: AT_ONCE }, () =>
      comer(people++, threeTags(numberOf(tags[below(tags.length)]))),
    );
    const alien = Array.from({ length: AT_ONCE }, (_, index) =>
      comer(people++, [`none${index}`, `at${index}`, `all${index}`]),
    );
    const left: string[] = [];
    let gone = 0;
    let began = performance.now();
    for (const asked of coming) {
      const { state } = await queue.enqueue(asked);
      if (state === 'paired') gone++;
      else left.push(asked.searcher);
    }
    pairMs += performance.now() - began;
    pairs += coming.length;
    began = performance.now();
    for (const asked of alien) {
      await queue.enqueue(asked);
      await queue.dequeue(asked.searcher);
    }
    aloneMs += performance.now() - began;
    alone += alien.length;
    for (const searcher of left) await queue.dequeue(searcher);
    for (let index = 0; index < gone; index++) await queue.enqueue(oneOfCrowd(people++));
  }
  return { waiting, pairUs: (pairMs / pairs) * 1000, aloneUs: (aloneMs / alone) * 1000, bytesEach };
}

function measureList(waiting: number): ListCost {
  const list = new PlainList();
  for (let index = 0; index < waiting; index++) list.add(oneOfCrowd(people++));
  const coming = Array.from({ length: LIST_COMERS }, () => comer(people++, threeTags(below(10_000))));
  const alien = Array.from({ length: LIST_COMERS }, (_, index) => comer(people++, [`none${index}`]));
  let began = performance.now();
  for (const asked of coming) list.enqueue(asked);
  const pairUs = ((performance.now() - began) / LIST_COMERS) * 1000;
  began = performance.now();
  for (const asked of alien) {
    list.enqueue(asked);
    list.dequeue(asked);
  }
  return { waiting, pairUs, aloneUs: ((performance.now() - began) / LIST_COMERS) * 1000 };
}

/** Someone comes to a tag where everyone is to be avoided, or avoids them. */
async function measurePassingOver(who: 'comer avoids' | 'waiting avoid'): Promise<number[]> {
  const queue: Queue = new MemoryMatchQueue(systemTimers);
  const met: string[] = [];
  const own = key(-1);
  for (let index = 0; index < order.passedOver; index++) {
    const asked: Asked = { ...oneOfCrowd(people++), tags: ['one'] };
    met.push(asked.keys[0] ?? '');
    await queue.enqueue(who === 'comer avoids' ? asked : { ...asked, avoids: [...asked.avoids, own] });
  }
  const tookMs: number[] = [];
  for (let round = 0; round < order.rounds; round++) {
    // New strings each time, as from the database.
    const avoids = who === 'comer avoids' ? (JSON.parse(JSON.stringify(met)) as string[]) : [];
    const asked = { ...comer(people++, ['one']), keys: [own], avoids };
    const began = performance.now();
    const { state } = await queue.enqueue(asked);
    tookMs.push(performance.now() - began);
    if (state !== 'waiting') throw new Error('they met');
    await queue.dequeue(asked.searcher);
  }
  return tookMs;
}

function usedBytes(): number {
  Bun.gc(true);
  // What is outside the heap, such as texts and numbers in arrays, is part of it.
  return heapStats().heapSize;
}

function numberOf(tag = 'tag0'): number {
  return Number(tag.slice(3));
}
