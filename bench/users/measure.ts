import { join } from 'node:path';
import type { Finding } from '../support/finding.ts';
import { runLoad } from '../support/load-process.ts';
import { startPortal, startServer } from '../support/server-process.ts';
import { interleaved, median, spread } from '../support/stats.ts';
import { withFolder } from '../support/world.ts';

import { CHATS, fillTown, USERS, VISIBLE } from './crowd.ts';
import type { ReadOrder, ReadResult } from './load.ts';

export type UsersOptions = { rounds: number; measureMs: number };

const CALLERS = 32;
const WARM_UP_MS = 1500;
const READS = [
  { name: 'own profile', path: '/v1/users/me' },
  { name: `${VISIBLE} chats`, path: '/v1/portal/chats' },
];
const SERVERS = ['bare', 'portal'] as const;
/** Common and rare substrings, prefixes, an id, no match, and the last page. */
const SEARCHES = ['q=ada', 'q=grace_77', 'q=nobody', 'q=12345', 'q=a', 'q=', 'q=ada&offset=10000&limit=100', 'q=777'];

/** Reading with many users: see the README of the folder above. */
export async function measureUsers({ rounds, measureMs }: UsersOptions): Promise<Finding[]> {
  return withFolder(async (folder) => {
    const callers = await fillTown(folder, CALLERS);
    const run = async (server: (typeof SERVERS)[number], paths: string[], count: number): Promise<ReadResult> => {
      const bare = [process.execPath, join(import.meta.dir, 'servers/bare.ts'), folder, String(callers[0]?.userId)];
      const running = await (server === 'bare' ? startServer(bare) : startPortal(folder));
      try {
        const order = { port: running.port, callers: callers.slice(0, count), paths, warmUpMs: WARM_UP_MS, measureMs };
        return await runLoad<ReadResult>(join(import.meta.dir, 'load.ts'), order satisfies ReadOrder);
      } finally {
        await running.stop();
      }
    };
    const contenders = READS.flatMap(({ name, path }) =>
      SERVERS.map((server) => ({ name: `${server}, ${name}`, server, path })),
    );
    const results = await interleaved(contenders, rounds, ({ server, path }) => run(server, [path], CALLERS));
    const searches = SEARCHES.map((query) => `/v1/users/search?${query}`);
    return report(results, await run('portal', searches, 1));
  });
}

function report(results: Map<string, ReadResult[]>, search: ReadResult): Finding[] {
  const whole = (value: number) => String(Math.round(value));
  const ratesOf = (name: string) => (results.get(name) ?? []).map(({ perSecond }) => perSecond);
  console.log(`\nReads with ${USERS} users and ${CHATS} chats, ${CALLERS} connections`);
  console.table(
    [...results].map(([name, runs]) => ({
      server: name,
      'answers/s': spread(ratesOf(name), whole),
      'p50 ms': median(runs.map(({ p50Ms }) => p50Ms)).toFixed(1),
      'p99 ms': median(runs.map(({ p99Ms }) => p99Ms)).toFixed(1),
      failed: runs.reduce((sum, { failed }) => sum + failed, 0),
    })),
  );
  const ratios = READS.map(({ name }): Finding => {
    const ratio = median(ratesOf(`portal, ${name}`)) / median(ratesOf(`bare, ${name}`));
    return { what: `Reading ${name}, of a bare read`, target: '≥ 0.35', value: ratio.toFixed(2), ok: ratio >= 0.35 };
  });
  const failed = [...results.values()].flat().reduce((sum, one) => sum + one.failed, search.failed);
  const p99 = `${search.p99Ms.toFixed(1)} ms`;
  return [
    ...ratios,
    { what: `Searching ${USERS} users, p99 one by one`, target: '< 20 ms', value: p99, ok: search.p99Ms < 20 },
    { what: 'Reads that failed', target: '0', value: String(failed), ok: failed === 0 },
  ];
}
