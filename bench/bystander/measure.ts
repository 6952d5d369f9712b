import { join } from 'node:path';
import type { Finding } from '../support/finding.ts';
import { runLoadNow, waitForIdleMachine } from '../support/load-process.ts';
import { startPortal, usageOf } from '../support/server-process.ts';
import { median, percentile } from '../support/stats.ts';
import { prepareChats, withFolder } from '../support/world.ts';
import type { BystanderOrder, BystanderResult } from './bystander.ts';
import type { FloodKind, FloodOrder, FloodResult } from './load.ts';

export type BystanderOptions = { floodMs: number };

type Run = {
  kind: FloodKind;
  calm: number[];
  flooded: number[];
  flood: FloodResult;
  grownMb: number;
  idleShare: number;
};

const KINDS: FloodKind[] = [
  'sign-ins',
  'events',
  'unknown events',
  'large events',
  'probes',
  'pongs',
  'polling packets',
  'handshakes',
];
const SETTLE_MS = 2000;
const IDLE_MS = 3000;
/** With limits on, but the bystander asks more often than a person. */
const ENV = { PORTAL_LIMITS: 'on', PORTAL_LIMIT_AUTH: '1000000' };

/** See the README of the folder above. */
export async function measureBystander({ floodMs }: BystanderOptions): Promise<Finding[]> {
  return withFolder(async (folder) => {
    const [chat] = await prepareChats(folder, [3]);
    const [bystander, ...flooders] = chat?.members ?? [];
    const flooder = flooders[0];
    if (!bystander || !flooder) throw new Error('nobody was prepared');
    const server = await startPortal(folder, { env: ENV });
    const watch = (watchMs: number) =>
      runLoadNow<BystanderResult>(join(import.meta.dir, 'bystander.ts'), {
        port: server.port,
        token: bystander.token,
        watchMs,
      } satisfies BystanderOrder).then(({ waitsMs }) => waitsMs);
    try {
      await watch(SETTLE_MS);
      const idleBefore = await idleShareOf(server.pid);
      const runs: Run[] = [];
      for (const kind of KINDS) {
        await waitForIdleMachine();
        const calm = await watch(floodMs);
        const before = usageOf(server.pid).rssMb;
        const order: FloodOrder = { port: server.port, token: flooder.token, kind, floodMs };
        const [flooded, flood] = await Promise.all([
          watch(floodMs),
          runLoadNow<FloodResult>(join(import.meta.dir, 'load.ts'), order),
        ]);
        await Bun.sleep(SETTLE_MS);
        const grownMb = usageOf(server.pid).rssMb - before;
        runs.push({ kind, calm, flooded, flood, grownMb, idleShare: await idleShareOf(server.pid) });
      }
      return report(runs, idleBefore);
    } finally {
      await server.stop();
    }
  });
}

/** The share of a core that the server uses at rest. */
async function idleShareOf(pid: number): Promise<number> {
  const before = usageOf(pid).cpuMs;
  await Bun.sleep(IDLE_MS);
  return (usageOf(pid).cpuMs - before) / IDLE_MS;
}

function report(runs: readonly Run[], idleBefore: number): Finding[] {
  const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  console.log('\nA bystander of a flood');
  console.table(
    runs.map(({ kind, calm, flooded, flood, grownMb, idleShare }) => ({
      flood: kind,
      connections: flood.connections,
      'MB sent': Math.round(flood.sentMb),
      'calm p50, p99, longest ms': [median(calm), percentile(calm, 0.99), Math.max(...calm)].map(ms).join(', '),
      'flooded p50, p99, longest ms': [median(flooded), percentile(flooded, 0.99), Math.max(...flooded)]
        .map(ms)
        .join(', '),
      'grown by MB': Math.round(grownMb),
      'idle afterwards': percent(idleShare),
    })),
  );
  const longer = Math.max(...runs.map(({ calm, flooded }) => Math.max(...flooded) - Math.max(...calm)));
  const grown = runs.reduce((sum, { grownMb }) => sum + grownMb, 0);
  const idle = Math.max(...runs.map(({ idleShare }) => idleShare));
  return [
    {
      what: 'Longest wait of a bystander, longer in a flood by, ms',
      target: '≤ 100',
      value: ms(longer),
      ok: longer <= 100,
    },
    { what: 'Memory grown by all floods together, MB', target: '≤ 50', value: grown.toFixed(0), ok: grown <= 50 },
    {
      what: 'CPU of the idle server before, and at most after a flood',
      target: '',
      value: `${percent(idleBefore)}, ${percent(idle)}`,
      ok: idle <= idleBefore + 0.02,
    },
  ];
}
