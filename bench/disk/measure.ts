import { join } from 'node:path';
import type { BystanderOrder, BystanderResult } from '../bystander/bystander.ts';
import type { SendOrder, SendResult } from '../send/load.ts';
import type { Finding } from '../support/finding.ts';
import { runLoad, runLoadNow } from '../support/load-process.ts';
import { PORTAL_SOURCES, startPortal, startServer, writtenBytes } from '../support/server-process.ts';
import { interleaved, median, percentile, spread } from '../support/stats.ts';
import { prepareChats, withCopy, withFolder } from '../support/world.ts';

export type DiskOptions = { rounds: number; measureMs: number };

type Contender = { name: string; way: SendOrder['way']; sync?: 'full' | 'normal' };
type Result = SendResult & { kibEach: number };

const BARE = 'bare insert, not synced';
const FULL = 'Portal, on disk';
const NORMAL = 'Portal, PORTAL_DATABASE_SYNC=normal';
const CONTENDERS: Contender[] = [
  { name: BARE, way: 'bare' },
  { name: FULL, way: 'rest', sync: 'full' },
  { name: NORMAL, way: 'rest', sync: 'normal' },
];
const MEMBERS = 4;
const FEW_CHATS = 8;
const MANY_CHATS = 64;
const WARM_UP_MS = 1500;
const SLOWER_BY_US = 4000;
const SEND = join(import.meta.dir, '../send/load.ts');
const BYSTANDER = join(import.meta.dir, '../bystander/bystander.ts');

/** See the README of the folder above. */
export async function measureDisk(options: DiskOptions): Promise<Finding[]> {
  return [...(await ofThisDisk(options)), ...(await ofSlowDisk(options))];
}

function ofThisDisk({ rounds, measureMs }: DiskOptions): Promise<Finding[]> {
  return withFolder(async (folder) => {
    const chats = await prepareChats(folder, Array<number>(FEW_CHATS).fill(MEMBERS));
    const results = await interleaved(CONTENDERS, rounds, ({ way, sync = 'full' }) =>
      withCopy(folder, async (dataDir): Promise<Result> => {
        const bare = [process.execPath, join(import.meta.dir, '../send/servers/bare.ts'), dataDir];
        const env = { PORTAL_DATABASE_SYNC: sync };
        const server = await (way === 'bare' ? startServer(bare) : startPortal(dataDir, { env }));
        try {
          const before = writtenBytes(server.pid);
          const order: SendOrder = { port: server.port, chats, way, warmUpMs: WARM_UP_MS, measureMs };
          const result = await runLoad<SendResult>(SEND, order);
          return { ...result, kibEach: (writtenBytes(server.pid) - before) / result.accepted / 1024 };
        } finally {
          await server.stop();
        }
      }),
    );
    const of = (name: string) => results.get(name) ?? [];
    const rate = (name: string) => median(of(name).map(({ acceptedPerSecond }) => acceptedPerSecond));
    const kib = of(FULL).map(({ kibEach }) => kibEach);
    const [ofNormal, ofBare] = [rate(FULL) / rate(NORMAL), rate(FULL) / rate(BARE)];
    return [
      { what: 'Messages on disk, of not synced', target: '≥ 0.8', value: ofNormal.toFixed(2), ok: ofNormal >= 0.8 },
      { what: '… of a bare insert, not synced', target: '≥ 0.35', value: ofBare.toFixed(2), ok: ofBare >= 0.35 },
      {
        what: 'Written to the disk for a message, KiB',
        target: '≤ 4.4',
        value: spread(kib, (value) => value.toFixed(2)),
        ok: median(kib) <= 4.4,
      },
    ];
  });
}

/** strace holds up each sync, of whatever thread. */
function ofSlowDisk({ measureMs }: DiskOptions): Promise<Finding[]> {
  if (!Bun.which('strace')) {
    console.warn('strace is missing: a slow disk is not measured');
    return Promise.resolve([]);
  }
  return withFolder(async (folder) => {
    const chats = await prepareChats(folder, Array<number>(MANY_CHATS).fill(MEMBERS));
    const slower = ['-e', `inject=fsync,fdatasync:delay_exit=${SLOWER_BY_US}`, '-o', '/dev/null'];
    const strace = ['strace', '-D', '-f', '-q', '--seccomp-bpf', '-e', 'trace=fsync,fdatasync', ...slower];
    const server = await startPortal(folder, { program: [...strace, ...PORTAL_SOURCES] });
    try {
      const { port } = server;
      const token = chats[0]?.members[0]?.token ?? '';
      const watch: BystanderOrder = { port, token, watchMs: measureMs };
      const quiet = await runLoad<BystanderResult>(BYSTANDER, watch);
      const order: SendOrder = {
        port,
        chats,
        way: 'rest',
        warmUpMs: WARM_UP_MS,
        measureMs: measureMs + 2 * WARM_UP_MS,
      };
      const sending = runLoadNow<SendResult>(SEND, order);
      await Bun.sleep(2 * WARM_UP_MS);
      const loaded = await runLoadNow<BystanderResult>(BYSTANDER, watch);
      const { acceptedPerSecond } = await sending;
      const p99 = ({ waitsMs }: BystanderResult) => percentile(waitsMs, 0.99);
      const longer = p99(loaded) - p99(quiet);
      return [
        {
          what: 'Messages a second, 256 connections, each sync 4 ms longer',
          target: '≥ 5000',
          value: acceptedPerSecond.toFixed(0),
          ok: acceptedPerSecond >= 5000,
        },
        { what: '… a bystander’s p99, longer by, ms', target: '≤ 5', value: longer.toFixed(1), ok: longer <= 5 },
      ];
    } finally {
      await server.stop();
    }
  });
}
