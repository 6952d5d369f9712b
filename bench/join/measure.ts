import { join } from 'node:path';
import type { Finding } from '../support/finding.ts';
import { runLoad } from '../support/load-process.ts';
import { startPortal } from '../support/server-process.ts';
import { findingOf } from '../support/stats.ts';
import { closeHistory, prepareChats, preparePeople, withCopy, withFolder } from '../support/world.ts';
import type { JoinOrder, JoinResult } from './load.ts';

export type JoinOptions = { rounds: number; members: number; newcomers: number; overMs: number; isClosed?: boolean };

/** See the README of the folder above. */
export async function measureJoin({
  rounds,
  members,
  newcomers,
  overMs,
  isClosed = false,
}: JoinOptions): Promise<Finding[]> {
  console.log(`\nJoin storm: ${newcomers} come within ${overMs / 1000} s into a chat where ${members} sit`);
  return withFolder(async (folder) => {
    const [chat] = await prepareChats(folder, [members]);
    if (isClosed) await closeHistory(folder);
    if (!chat) throw new Error('no chat was prepared');
    const people = await preparePeople(folder, newcomers);
    const results: JoinResult[] = [];
    for (let round = 0; round < rounds; round++) {
      const result = await withCopy(folder, async (dataDir) => {
        const server = await startPortal(dataDir);
        try {
          const order: JoinOrder = { port: server.port, chat, newcomers: people, overMs };
          return await runLoad<JoinResult>(join(import.meta.dir, 'load.ts'), order);
        } finally {
          await server.stop();
        }
      });
      console.log(result);
      results.push(result);
    }
    return verdict(results);
  });
}

function verdict(results: JoinResult[]): Finding[] {
  const find = findingOf(results);
  return [
    find('Join to key in a storm, p50, ms', ({ p50Ms }) => p50Ms),
    find('Join to key in a storm, p99, ms', ({ p99Ms }) => p99Ms),
    find('Join to key in a storm, longest, ms', ({ maxMs }) => maxMs, { below: 5000 }),
    find('Longest wait of the event loop meanwhile, ms', ({ lagMs }) => lagMs, { below: 100 }),
    find('A message meanwhile, p99, ms', ({ sendP99Ms }) => sendP99Ms),
    find('Frames to one member meanwhile', ({ framesEach }) => framesEach),
  ];
}
