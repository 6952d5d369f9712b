import { join } from 'node:path';
import type { Finding } from '../support/finding.ts';
import { runLoad } from '../support/load-process.ts';
import { startPortal, startServer, usageOf } from '../support/server-process.ts';
import { interleaved, median, spread } from '../support/stats.ts';
import { prepareChats, withCopy, withFolder } from '../support/world.ts';
import type { SendOrder, SendResult } from './load.ts';

export type SendOptions = { rounds: number; measureMs: number };

type Contender = { name: string; way: SendOrder['way'] };
type Result = SendResult & { cpuMs: number };

const BARE = 'bare insert';
const REST = 'Portal, REST';
const SOCKET = 'Portal, socket';
const CONTENDERS: Contender[] = [
  { name: BARE, way: 'bare' },
  { name: REST, way: 'rest' },
  { name: SOCKET, way: 'socket' },
];
const CHATS = 8;
const MEMBERS = 4;
const WARM_UP_MS = 1500;

/** See the README of the folder above. */
export async function measureSend({ rounds, measureMs }: SendOptions): Promise<Finding[]> {
  return withFolder(async (folder) => {
    const chats = await prepareChats(folder, Array<number>(CHATS).fill(MEMBERS));
    const results = await interleaved(CONTENDERS, rounds, ({ way }) =>
      withCopy(folder, async (dataDir): Promise<Result> => {
        const bare = [process.execPath, join(import.meta.dir, 'servers/bare.ts'), dataDir];
        const server = await (way === 'bare' ? startServer(bare) : startPortal(dataDir));
        try {
          const order: SendOrder = { port: server.port, chats, way, warmUpMs: WARM_UP_MS, measureMs };
          const before = usageOf(server.pid).cpuMs;
          const result = await runLoad<SendResult>(join(import.meta.dir, 'load.ts'), order);
          return { ...result, cpuMs: usageOf(server.pid).cpuMs - before };
        } finally {
          await server.stop();
        }
      }),
    );
    return report(results);
  });
}

function report(results: Map<string, Result[]>): Finding[] {
  const ratesOf = (name: string) => (results.get(name) ?? []).map(({ acceptedPerSecond }) => acceptedPerSecond);
  const whole = (value: number) => String(Math.round(value));
  console.log(`\nMessages taken in, ${CHATS * MEMBERS} connections`);
  console.table(
    CONTENDERS.map(({ name }) => {
      const own = results.get(name) ?? [];
      return {
        server: name,
        'messages/s': spread(ratesOf(name), whole),
        'of bare': (median(ratesOf(name)) / median(ratesOf(BARE))).toFixed(2),
        'CPU µs each': Math.round(median(own.map(({ cpuMs, accepted }) => (cpuMs * 1000) / accepted))),
        refused: own.reduce((sum, { refused }) => sum + refused, 0),
        undelivered: own.reduce((sum, { undelivered }) => sum + undelivered, 0),
      };
    }),
  );
  const rate = median(ratesOf(REST));
  const ratio = rate / median(ratesOf(BARE));
  const faults = [...results.values()].flat().reduce((sum, { refused, undelivered }) => sum + refused + undelivered, 0);
  return [
    { what: 'Messages over REST a second', target: '≥ 2000', value: spread(ratesOf(REST), whole), ok: rate >= 2000 },
    { what: 'Messages over REST, of a bare insert', target: '≥ 0.25', value: ratio.toFixed(2), ok: ratio >= 0.25 },
    { what: 'Messages over the socket a second', target: '', value: spread(ratesOf(SOCKET), whole), ok: undefined },
    { what: 'Messages refused or not delivered', target: '0', value: String(faults), ok: faults === 0 },
  ];
}
