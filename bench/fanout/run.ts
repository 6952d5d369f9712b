import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LoadResult } from './protocol.ts';

/** Fan-out, compared: see the README beside this file. */
type Contender = { name: string; command: string[] };

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '1000' },
    broadcasts: { type: 'string', default: '400' },
    batch: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' },
    server: { type: 'string', multiple: true, default: [] },
  },
});

const NATIVE = 'native';
const NODE = 'socket.io on node';
const here = (file: string): string => join(import.meta.dir, file);

const contenders: Contender[] = [
  { name: NATIVE, command: [process.execPath, here('servers/native.ts')] },
  { name: 'portal', command: [process.execPath, here('servers/portal.ts')] },
  { name: NODE, command: ['node', here('servers/stock-node.mjs')] },
  ...values.server.map((given) => {
    const [name = '', ...command] = given.split(/[= ]/);
    return { name, command };
  }),
];

for (const spaced of [false, true]) {
  const results = await measure(spaced);
  console.log(`\n${spaced ? 'spaced: one broadcast per turn of the event loop' : 'together: a batch in one go'}`);
  console.table(contenders.map(({ name }) => row(name, results)));
}

/** All rounds: every server once a round, each round beginning with another. */
async function measure(spaced: boolean): Promise<Map<string, LoadResult[]>> {
  const results = new Map(contenders.map(({ name }) => [name, [] as LoadResult[]]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length];
      if (contender) results.get(contender.name)?.push(await runOnce(contender, spaced));
    }
  }
  return results;
}

async function runOnce({ command }: Contender, spaced: boolean): Promise<LoadResult> {
  const server = Bun.spawn(command, { stdout: 'pipe', stderr: 'inherit' });
  try {
    const port = await readyPort(server.stdout);
    const { sockets, broadcasts, batch } = values;
    const args = [port, sockets, broadcasts, batch, spaced ? '1' : '0'];
    const load = Bun.spawn([process.execPath, here('load.ts'), ...args], { stdout: 'pipe', stderr: 'inherit' });
    return JSON.parse(await new Response(load.stdout).text()) as LoadResult;
  } finally {
    server.kill();
    await server.exited;
  }
}

async function readyPort(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of output) {
    text += new TextDecoder().decode(chunk);
    const port = /ready (\d+)/.exec(text)?.[1];
    if (port) return port;
  }
  throw new Error(`the server ended before it was ready: ${text}`);
}

function row(name: string, results: Map<string, LoadResult[]>) {
  const own = results.get(name) ?? [];
  const rates = own.map(({ deliveriesPerSecond }) => deliveriesPerSecond);
  const medianRate = (of: string) =>
    median((results.get(of) ?? []).map(({ deliveriesPerSecond }) => deliveriesPerSecond));
  const total = (pick: (result: LoadResult) => number) => own.reduce((sum, result) => sum + pick(result), 0);
  return {
    server: name,
    'deliveries/s': `${thousands(median(rates))} [${thousands(Math.min(...rates))}–${thousands(Math.max(...rates))}]`,
    'of native': (median(rates) / medianRate(NATIVE)).toFixed(2),
    'of node': (median(rates) / medianRate(NODE)).toFixed(2),
    'CPU ms a burst': Math.round(median(own.map(({ cpuMs }) => cpuMs))),
    'RSS MB': Math.round(median(own.map(({ rssMb }) => rssMb))),
    lost: total(({ lost }) => lost),
    disordered: total(({ disordered }) => disordered),
  };
}

function thousands(rate: number): string {
  return `${Math.round(rate / 1000)}k`;
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
