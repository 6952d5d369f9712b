import { join } from 'node:path';
import type { Finding } from '../support/finding.ts';
import { runLoad } from '../support/load-process.ts';
import { type ServerProcess, startPortal, startServer } from '../support/server-process.ts';
import { interleaved, median, spread, thousands } from '../support/stats.ts';
import { type PreparedChat, prepareChats, withCopy, withFolder } from '../support/world.ts';
import type { LoadOrder, LoadResult } from './protocol.ts';
import { SENDERS } from './sent.ts';

export type FanoutOptions = {
  sockets: number;
  broadcasts: number;
  batch: number;
  rounds: number;
  /** More servers, `name=command arg …`. */
  servers: readonly string[];
};

type Contender = {
  name: string;
  /** Runs the server and the load beside it. */
  run(load: (server: ServerProcess, order: Partial<LoadOrder>) => Promise<LoadResult>): Promise<LoadResult>;
};
type Results = Map<string, LoadResult[]>;
type Mode = Pick<LoadOrder, 'by' | 'spaced'>;

const PAYLOAD_BYTES = 150;
const NATIVE = 'native';
const EVEN = 'native, frames as long';
const PORTAL = 'Portal';
const NODE = 'socket.io on node';

/** See the README of the folder above. */
export async function measureFanout(options: FanoutOptions): Promise<Finding[]> {
  const ordered = [
    bare(NATIVE, bun('native.ts')),
    bare('Portal’s transport', bun('transport.ts')),
    bare(NODE, ['node', here('servers/stock-node.mjs')]),
    ...options.servers.map((given) => {
      const [name = '', ...command] = given.split(/[= ]/);
      return bare(name, command);
    }),
  ];
  return withFolder(async (folder) => {
    const [chat] = await prepareChats(folder, [options.sockets + SENDERS]);
    const sent = sending(folder, chat as PreparedChat);
    for (const spaced of [false, true]) await compare('order', spaced, ordered, options);
    const together = await compare('clients', false, sent, options);
    const spaced = await compare('clients', true, sent, options);
    return [...verdict('together', together), ...verdict('spaced', spaced)];
  });
}

/** Portal runs first: its first run tells how long its frames are. */
function sending(folder: string, chat: PreparedChat): Contender[] {
  let extraBytes = 0;
  const native = bun('native.ts');
  return [
    {
      name: PORTAL,
      run: (load) =>
        withCopy(folder, (dataDir) =>
          whileUp(startPortal(dataDir), async (server) => {
            const result = await load(server, { chat });
            extraBytes = result.frameBytes - NATIVE_FRAME_BYTES;
            return result;
          }),
        ),
    },
    {
      name: EVEN,
      run: (load) => whileUp(startServer(native), (up) => load(up, { bytes: PAYLOAD_BYTES + extraBytes })),
    },
    bare(NATIVE, native),
    bare(NODE, ['node', here('servers/stock-node.mjs')]),
  ];
}

/** `42["news",…]` around the payload. */
const NATIVE_FRAME_BYTES = PAYLOAD_BYTES + '42["news",]'.length;

function bare(name: string, command: string[]): Contender {
  return { name, run: (load) => whileUp(startServer(command), (server) => load(server, {})) };
}

async function whileUp(starting: Promise<ServerProcess>, work: (server: ServerProcess) => Promise<LoadResult>) {
  const server = await starting;
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

async function compare(
  by: Mode['by'],
  spaced: boolean,
  contenders: readonly Contender[],
  { sockets, broadcasts, batch, rounds }: FanoutOptions,
): Promise<Results> {
  const results = await interleaved(contenders, rounds, ({ run }) =>
    run(({ port, pid }, own) => {
      const order: LoadOrder = { port, pid, sockets, broadcasts, batch, by, spaced, bytes: PAYLOAD_BYTES, ...own };
      return runLoad<LoadResult>(here('load.ts'), order);
    }),
  );
  const trigger = by === 'clients' ? 'sent by clients' : 'ordered from the server';
  console.log(`\nFan-out to ${sockets} sockets, ${trigger}, ${spaced ? 'spaced' : 'together'}`);
  console.table(contenders.map(({ name }) => row(name, results)));
  return results;
}

function row(server: string, results: Results) {
  const own = results.get(server) ?? [];
  const rates = own.map(({ deliveriesPerSecond }) => deliveriesPerSecond);
  const total = (pick: (result: LoadResult) => number) => own.reduce((sum, result) => sum + pick(result), 0);
  return {
    server,
    'deliveries/s': spread(rates, thousands),
    'of native': ratio(results, server, NATIVE).toFixed(2),
    'of node': ratio(results, server, NODE).toFixed(2),
    'frame bytes': own[0]?.frameBytes,
    'CPU ms a burst': Math.round(median(own.map(({ cpuMs }) => cpuMs))),
    'RSS MB': Math.round(median(own.map(({ rssMb }) => rssMb))),
    lost: total(({ lost }) => lost),
    disordered: total(({ disordered }) => disordered),
  };
}

function verdict(mode: string, results: Results): Finding[] {
  const what = (of: string) => `Fan-out through Portal, ${mode}, against ${of}`;
  const against = (of: string, least: number): Finding => {
    const value = ratio(results, PORTAL, of);
    return { what: what(of), target: `≥ ${least}`, value: value.toFixed(2), ok: value >= least };
  };
  const own = results.get(PORTAL) ?? [];
  const faults = own.reduce((sum, { lost, disordered }) => sum + lost + disordered, 0);
  return [
    against(EVEN, 0.6),
    {
      what: what(`${NATIVE} with 150 bytes`),
      target: '',
      value: ratio(results, PORTAL, NATIVE).toFixed(2),
      ok: undefined,
    },
    against(NODE, 3),
    { what: `Lost or out of order, ${mode}`, target: '0', value: String(faults), ok: faults === 0 },
  ];
}

function ratio(results: Results, server: string, of: string): number {
  const rate = (name: string) => median((results.get(name) ?? []).map((result) => result.deliveriesPerSecond));
  return rate(server) / rate(of);
}

function here(file: string): string {
  return join(import.meta.dir, file);
}

function bun(server: string): string[] {
  return [process.execPath, here(`servers/${server}`)];
}
