import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { atExit } from '../support/at-exit.ts';
import type { Finding } from '../support/finding.ts';
import { idleMachine } from '../support/idle-machine.ts';
import { PORTAL_SOURCES, root, usageOf } from '../support/server-process.ts';
import { interleaved, median, spread } from '../support/stats.ts';
import { withFolder } from '../support/world.ts';

export type StartOptions = { starts: number; idleStarts: number };

type Contender = { name: string; command(port: number, dataDir: string): string[] };

const BINARY = 'Portal, binary';
const IDLE_MS = 5000;
const AT_MOST_MS = 20_000;

/** See the README of the folder above. */
export async function measureStart({ starts, idleStarts }: StartOptions): Promise<Finding[]> {
  return withFolder(async (folder) => {
    const contenders = await build(folder);
    const times = await interleaved(contenders, starts, (contender) => startOnce(contender, folder, msUntilHealthy));
    const memory = await interleaved(contenders, idleStarts, (contender) => startOnce(contender, folder, idleRssMb));
    return report(contenders, times, memory);
  });
}

/** The yardstick is compiled the way Portal's binary is. */
async function build(folder: string): Promise<Contender[]> {
  const portal = Bun.spawn([process.execPath, join(root, 'src/build/build.ts'), '--out', folder], { stdout: 'ignore' });
  if ((await portal.exited) !== 0) throw new Error('the binary could not be built');
  const hello = join(folder, 'hello');
  await Bun.build({
    entrypoints: [join(import.meta.dir, 'hello.ts')],
    target: 'bun',
    format: 'esm',
    minify: true,
    bytecode: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    compile: { outfile: hello, autoloadDotenv: false, autoloadBunfig: false },
  });
  const serve = (program: string[]) => (port: number, dataDir: string) => [
    ...program,
    'serve',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--data-dir',
    dataDir,
  ];
  return [
    { name: 'hello world, binary', command: (port) => [hello, String(port)] },
    { name: BINARY, command: serve([join(folder, 'portal')]) },
    { name: 'Portal, sources', command: serve(PORTAL_SOURCES) },
  ];
}

/** In an empty directory. */
async function startOnce(
  { command }: Contender,
  folder: string,
  measure: (url: string, pid: number, began: number) => Promise<number>,
): Promise<number> {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  await idleMachine();
  const port = freePort();
  const began = performance.now();
  const child = Bun.spawn(command(port, join(empty, 'data')), { cwd: empty, stdout: 'ignore', stderr: 'ignore' });
  const kill = atExit(() => child.kill('SIGKILL'));
  try {
    return await measure(`http://127.0.0.1:${port}/health`, child.pid, began);
  } finally {
    kill();
    await child.exited;
    rmSync(empty, { recursive: true, force: true });
  }
}

async function msUntilHealthy(url: string, _: number, began: number): Promise<number> {
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return performance.now() - began;
    if (performance.now() - began > AT_MOST_MS) throw new Error(`no answer from ${url}`);
    await Bun.sleep(2);
  }
}

async function idleRssMb(url: string, pid: number, began: number): Promise<number> {
  await msUntilHealthy(url, pid, began);
  await Bun.sleep(IDLE_MS);
  return usageOf(pid).rssMb;
}

function freePort(): number {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() });
  const { port = 0 } = server;
  void server.stop(true);
  return port;
}

function report(contenders: Contender[], times: Map<string, number[]>, memory: Map<string, number[]>): Finding[] {
  const whole = (value: number) => String(Math.round(value));
  const of = (results: Map<string, number[]>, name: string) => results.get(name) ?? [];
  console.log('\nStart in an empty directory, and memory when idle');
  console.table(
    contenders.map(({ name }) => ({
      server: name,
      'ms to /health': spread(of(times, name), whole),
      'RSS MB after 5 s': spread(of(memory, name), whole),
    })),
  );
  const [ms, mb] = [of(times, BINARY), of(memory, BINARY)];
  return [
    { what: 'Start of the binary, ms', target: '< 300', value: spread(ms, whole), ok: median(ms) < 300 },
    { what: 'Memory of the binary when idle, MB', target: '< 120', value: spread(mb, whole), ok: median(mb) < 120 },
  ];
}
