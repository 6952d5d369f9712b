import { join } from 'node:path';
import type { Finding } from '../support/finding.ts';
import { runLoad } from '../support/load-process.ts';
import { startPortal } from '../support/server-process.ts';
import { findingOf } from '../support/stats.ts';
import { prepareChats, withFolder } from '../support/world.ts';
import type { SteadyOrder, SteadyResult } from './load.ts';

export type SteadyOptions = { chats: number; sockets: number; perSecond: number; seconds: number };

/** See the README of the folder above. */
export async function measureSteady({ chats, sockets, perSecond, seconds }: SteadyOptions): Promise<Finding[]> {
  console.log(`\nSteady: ${chats} chats, ${sockets} sockets, ${perSecond} messages a second for ${seconds} s`);
  return withFolder(async (folder) => {
    const prepared = await prepareChats(folder, Array(chats).fill(Math.floor(sockets / chats)));
    const server = await startPortal(folder);
    try {
      const order: SteadyOrder = { port: server.port, pid: server.pid, chats: prepared, perSecond, seconds };
      const result = await runLoad<SteadyResult>(join(import.meta.dir, 'load.ts'), order);
      console.log(result);
      return verdict(result);
    } finally {
      await server.stop();
    }
  });
}

function verdict(result: SteadyResult): Finding[] {
  const find = findingOf([result]);
  return [
    find('Send to delivery, p50, ms', ({ p50Ms }) => p50Ms),
    find('Send to delivery, p99, ms', ({ p99Ms }) => p99Ms),
    find('Messages lost or refused', ({ lost, refused }) => lost + refused, { below: 1 }),
    find('Memory with everybody there, MB', ({ rssBeforeMb }) => rssBeforeMb),
    find('Memory at the end, MB', ({ rssAfterMb }) => rssAfterMb),
  ];
}
