import { join } from 'node:path';
import { decodeBase64, sealEnvelope } from '../../src/client/index.ts';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import type { Finding } from '../support/finding.ts';
import { runLoad } from '../support/load-process.ts';
import { startPortal } from '../support/server-process.ts';
import { findingOf } from '../support/stats.ts';
import { type PreparedChat, prepareChats, withCopy, withFolder } from '../support/world.ts';
import { fillChat } from './fill.ts';
import type { HistoryOrder, HistoryResult } from './load.ts';

export type HistoryOptions = { rounds: number; messages: number };

const SHORT = 1000;
const READS = 310;
const TEXT = 'x'.repeat(150);

/** See the README of the folder above. */
export async function measureHistory({ rounds, messages }: HistoryOptions): Promise<Finding[]> {
  console.log(
    `\nHistory: pages of 500 out of ${messages} and of ${SHORT} messages, then all of the long chat is cleared`,
  );
  return withFolder(async (folder) => {
    const [long, short, other] = (await prepareChats(folder, [2, 2, 8])) as [PreparedChat, PreparedChat, PreparedChat];
    fillChat(folder, long, sealed(long), messages);
    fillChat(folder, short, sealed(short), SHORT);
    const results: HistoryResult[] = [];
    for (let round = 0; round < rounds; round++) {
      const result = await withCopy(folder, async (dataDir) => {
        const server = await startPortal(dataDir);
        try {
          return await runLoad<HistoryResult>(join(import.meta.dir, 'load.ts'), {
            port: server.port,
            databaseFile: join(dataDir, DATABASE_FILE),
            long: { ...long, messages },
            short: { ...short, messages: SHORT },
            other,
            reads: READS,
            content: sealed(other),
          } satisfies HistoryOrder);
        } finally {
          await server.stop();
        }
      });
      console.log(result);
      results.push(result);
    }
    return verdict(results, messages);
  });
}

function sealed({ epoch, chatKey }: PreparedChat): string {
  return sealEnvelope(TEXT, epoch, decodeBase64(chatKey));
}

function verdict(results: HistoryResult[], messages: number): Finding[] {
  const find = findingOf(results);
  return [
    find(`500 messages out of ${messages}, p99, ms`, ({ longP99Ms }) => longP99Ms, { below: 15 }),
    find(`500 messages out of ${SHORT}, p99, ms`, ({ shortP99Ms }) => shortP99Ms),
    find(`Clearing ${messages} messages, until the answer, ms`, ({ clearMs }) => clearMs),
    find('… until they are gone from the disk, ms', ({ goneMs }) => goneMs),
    find('A message in another chat meanwhile, p99, ms', ({ sendP99Ms }) => sendP99Ms, { below: 100 }),
    find('… the longest, ms', ({ sendMaxMs }) => sendMaxMs),
    {
      what: 'Cleared',
      target: String(messages),
      value: String(results[0]?.cleared),
      ok: results.every(({ cleared }) => cleared >= messages),
    },
  ];
}
