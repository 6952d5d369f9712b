import { join } from 'node:path';
import type { Finding } from '../support/finding.ts';
import { runLoad } from '../support/load-process.ts';
import { type ServerProcess, startPortal, startServer } from '../support/server-process.ts';
import { interleaved, median, spread } from '../support/stats.ts';
import { openChats, type PreparedChat, prepareChats, preparePeople, withCopy, withFolder } from '../support/world.ts';
import type { EnteringOrder, EnteringResult } from './load.ts';

export type EnteringOptions = { rounds: number; sockets: number };

type Contender = { name: string; run(order: Omit<EnteringOrder, 'port' | 'pid' | 'portal'>): Promise<EnteringResult> };
type Results = Map<string, EnteringResult[]>;

const WARM_UP = 300;
const PORTAL = 'Portal';
const NODE = 'socket.io on node';
const SLOWER_AT_MOST = 1.2;
const CPU_MS_AT_MOST = 0.35;

/** See the README of the folder above. */
export async function measureEntering({ rounds, sockets }: EnteringOptions): Promise<Finding[]> {
  return withFolder(async (folder) => {
    const chats = (await prepareChats(folder, [1, 1])) as [PreparedChat, PreparedChat];
    await openChats(folder);
    const people = await preparePeople(folder, WARM_UP + sockets);
    const contenders = [portal(folder, { chats, people }), node()];
    const whole = await compare(contenders, { rounds, sockets, inSteps: false });
    const steps = await compare(contenders, { rounds, sockets, inSteps: true });
    return verdict(whole, steps);
  });
}

function portal(folder: string, prepared: NonNullable<EnteringOrder['portal']>): Contender {
  return {
    name: PORTAL,
    run: (order) =>
      withCopy(folder, (dataDir) =>
        whileUp(startPortal(dataDir), ({ port, pid }) => load({ ...order, port, pid, portal: prepared })),
      ),
  };
}

function node(): Contender {
  const command = ['node', join(import.meta.dir, 'servers/node.mjs')];
  return {
    name: NODE,
    run: (order) => whileUp(startServer(command), ({ port, pid }) => load({ ...order, port, pid, portal: undefined })),
  };
}

function load(order: EnteringOrder): Promise<EnteringResult> {
  return runLoad<EnteringResult>(join(import.meta.dir, 'load.ts'), order);
}

async function whileUp(starting: Promise<ServerProcess>, work: (server: ServerProcess) => Promise<EnteringResult>) {
  const server = await starting;
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

async function compare(
  contenders: readonly Contender[],
  { rounds, sockets, inSteps }: EnteringOptions & { inSteps: boolean },
): Promise<Results> {
  const results = await interleaved(contenders, rounds, ({ run }) => run({ sockets, warmUp: WARM_UP, inSteps }));
  console.log(`\n${sockets} sockets ${inSteps ? 'are there and join' : 'connect and join'} one room`);
  console.table(
    contenders.map(({ name }) => {
      const column = (of: (result: EnteringResult) => number, digits: number) =>
        spread((results.get(name) ?? []).map(of), (value) => value.toFixed(digits));
      return {
        server: name,
        ms: column(({ ms }) => ms, 0),
        'CPU ms each': column(({ cpuMsEach }) => cpuMsEach, 2),
        'KB of the answer': column(({ answerKbEach }) => answerKbEach, 1),
        'KB sent for each': column(({ sentKbEach }) => sentKbEach, 1),
      };
    }),
  );
  return results;
}

function verdict(whole: Results, steps: Results): Finding[] {
  const middle = (results: Results, server: string, of: (result: EnteringResult) => number) =>
    median((results.get(server) ?? []).map(of));
  const ratio = middle(whole, PORTAL, ({ ms }) => ms) / middle(whole, NODE, ({ ms }) => ms);
  const cpuMs = middle(steps, PORTAL, ({ cpuMsEach }) => cpuMsEach);
  const kilobytes = middle(steps, PORTAL, ({ answerKbEach }) => answerKbEach);
  return [
    {
      what: 'Connecting and joining, time against Socket.IO on Node',
      target: `≤ ${SLOWER_AT_MOST}`,
      value: ratio.toFixed(2),
      ok: ratio <= SLOWER_AT_MOST,
    },
    {
      what: 'CPU of a join, ms',
      target: `≤ ${CPU_MS_AT_MOST}`,
      value: cpuMs.toFixed(2),
      ok: cpuMs <= CPU_MS_AT_MOST,
    },
    { what: 'Answer to a join, KB', target: '', value: kilobytes.toFixed(1), ok: undefined },
  ];
}
