import { join } from 'node:path';
import type { Finding } from '../support/finding.ts';
import { runLoad } from '../support/load-process.ts';
import { startPortal } from '../support/server-process.ts';
import { median, spread } from '../support/stats.ts';
import { preparePeople, prepareStrangers, withFolder } from '../support/world.ts';
import type { MatchOrder, MatchResult } from './load.ts';
import type { MeetingOrder, MeetingResult } from './meeting.ts';

const FEW = 1000;
const MANY = 1_000_000;

const SEEKERS = 2000;
const WARM_UP = 200;
const A_SECOND = 500;
const FOUND_WITHIN_MS = 250;

export type MatchOptions = { isQuick: boolean };

/** See the README of the folder above. */
export async function measureMatch(options: MatchOptions): Promise<Finding[]> {
  return [...(await measureQueue(options)), ...(await measureMeeting())];
}

/** The whole program: people with a socket each, half of them strangers, who search at a fixed rate; then all in one moment. */
async function measureMeeting(): Promise<Finding[]> {
  const paced = await meet(A_SECOND);
  const atOnce = await meet(null);
  console.log(`\n${SEEKERS} people search, half of them strangers`);
  console.table(
    [paced, atOnce].map(({ pairs, p50Ms, p99Ms, worstMs, lateMs }, index) => ({
      'a second': index === 0 ? A_SECOND : 'all at once',
      pairs,
      'p50, ms': p50Ms.toFixed(0),
      'p99, ms': p99Ms.toFixed(0),
      'worst, ms': worstMs.toFixed(0),
      'requests late by at most, ms': lateMs.toFixed(0),
    })),
  );
  const what = 'From the second one’s request to match:found on both sides, p99, ms';
  return [
    {
      what: `${what}: ${SEEKERS} people, ${A_SECOND} a second`,
      target: `< ${FOUND_WITHIN_MS}`,
      value: paced.p99Ms.toFixed(0),
      ok: paced.p99Ms < FOUND_WITHIN_MS,
    },
    { what: '… all in one moment', target: '', value: atOnce.p99Ms.toFixed(0), ok: undefined },
  ];
}

async function meet(perSecond: number | null): Promise<MeetingResult> {
  return withFolder(async (folder) => {
    const people = await preparePeople(folder, (SEEKERS + WARM_UP) / 2);
    const strangers = await prepareStrangers(folder, (SEEKERS + WARM_UP) / 2);
    const tokens = people.flatMap(({ token }, index) => [token, strangers[index] ?? '']);
    const { port, stop } = await startPortal(folder);
    try {
      const order: MeetingOrder = { port, tokens, warmUp: WARM_UP, perSecond, tags: 1000 };
      return await runLoad<MeetingResult>(join(import.meta.dir, 'meeting.ts'), order);
    } finally {
      await stop();
    }
  });
}

async function measureQueue({ isQuick }: MatchOptions): Promise<Finding[]> {
  const order: MatchOrder = {
    waiting: isQuick ? [FEW, MANY] : [FEW, 10_000, 100_000, MANY],
    comers: isQuick ? 10_000 : 20_000,
    passedOver: 10_000,
    rounds: 25,
  };
  const { queue, list, avoidingMs, avoidedMs } = await runLoad<MatchResult>(join(import.meta.dir, 'load.ts'), order);
  console.log('\nSearching for someone, µs each');
  console.table(
    queue.map(({ waiting, pairUs, aloneUs, bytesEach }, index) => ({
      waiting,
      pair: pairUs.toFixed(1),
      'nobody shares a tag': aloneUs.toFixed(1),
      'bytes each': bytesEach.toFixed(0),
      'pair, plain list': list[index]?.pairUs.toFixed(1),
      'nobody, plain list': list[index]?.aloneUs.toFixed(1),
    })),
  );
  const [few, many] = [queue[0], queue.at(-1)];
  const [fewListed, manyListed] = [list[0], list.at(-1)];
  if (!few || !many || !fewListed || !manyListed) throw new Error('nothing was measured');
  const perSecond = 1_000_000 / many.pairUs;
  const growth = { pair: many.pairUs / few.pairUs, alone: many.aloneUs / few.aloneUs };
  const longest = (ms: number[]) => spread(ms, (value) => value.toFixed(1));
  const isSoon = (ms: number[]) => median(ms) <= 5;
  return [
    {
      what: 'Enqueue and pair, 1,000,000 waiting by 10,000 tags, a second',
      target: '≥ 50000',
      value: perSecond.toFixed(0),
      ok: perSecond >= 50_000,
    },
    { what: '… cost, of that with 1,000', target: '≤ 2', value: growth.pair.toFixed(2), ok: growth.pair <= 2 },
    { what: '… where nobody shares a tag', target: '≤ 2', value: growth.alone.toFixed(2), ok: growth.alone <= 2 },
    {
      what: '… in a plain list, where nobody shares a tag',
      target: '',
      value: (manyListed.aloneUs / fewListed.aloneUs).toFixed(0),
      ok: undefined,
    },
    {
      what: 'Memory of one who waits, bytes',
      target: '< 1024',
      value: many.bytesEach.toFixed(0),
      ok: many.bytesEach < 1024,
    },
    {
      what: 'Passing over 10,000 whom one avoids, ms',
      target: '≤ 5',
      value: longest(avoidingMs),
      ok: isSoon(avoidingMs),
    },
    { what: '… who avoid one, ms', target: '≤ 5', value: longest(avoidedMs), ok: isSoon(avoidedMs) },
  ];
}
