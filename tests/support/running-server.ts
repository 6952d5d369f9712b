import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const MAIN = resolve(import.meta.dir, '../../src/main.ts');

type Options = {
  env?: Record<string, string>;
  /** Where its log goes: read here by default, or a file such as `/dev/full`. */
  stdout?: 'pipe' | string;
  /** What starts it: `bun` alone by default, `['prlimit', …]` before it. */
  before?: readonly string[];
  /** A directory that is there already. */
  directory?: string;
  /** For an operator whose server is another one. */
  only?: 'commands';
};

export type RunningServer = Awaited<ReturnType<typeof runningServer>>;

/** The server from its sources, in a process and a directory of its own, once it answers. Close it, or write `await using`. */
export async function runningServer({ env = {}, stdout = 'pipe', before = [], directory: given, only }: Options = {}) {
  const directory = given ?? mkdtempSync(join(tmpdir(), 'portal-server-'));
  const port = freePort();
  const environment = { PATH: process.env.PATH ?? '', PORTAL_PORT: String(port), ...env };
  const start = (args: readonly string[], out: 'pipe' | string) =>
    Bun.spawn([...before, process.execPath, MAIN, ...args], {
      cwd: directory,
      env: environment,
      stdin: 'ignore',
      stdout: out === 'pipe' ? 'pipe' : openSync(out, 'w'),
      stderr: 'pipe',
    });
  const url = `http://127.0.0.1:${port}`;
  async function launch() {
    const launched = start(only === 'commands' ? ['version'] : ['serve'], stdout);
    while (only === undefined && launched.exitCode === null) {
      const response = await fetch(`${url}/health`).catch(() => undefined);
      if (response) break;
      await Bun.sleep(10);
    }
    if (only === undefined && launched.exitCode !== null)
      throw new Error(`The server ended: ${await new Response(launched.stderr).text()}`);
    return launched;
  }
  const first = await launch();
  let child = first;

  return {
    child: first,
    url,
    directory,
    dataDir: join(directory, 'data'),
    /** The server's log, to be read. */
    log: first.stdout as ReadableStream<Uint8Array>,

    /** Begins a command beside the server. */
    begin: (...args: string[]) => start(args, 'pipe'),

    /** Runs a command beside the server, as an operator does. */
    async portal(...args: string[]): Promise<{ status: number; out: string; err: string }> {
      const command = start(args, 'pipe');
      const [out, err] = await Promise.all([
        new Response(command.stdout as ReadableStream).text(),
        new Response(command.stderr).text(),
      ]);
      return { status: await command.exited, out: out.trimEnd(), err: err.trimEnd() };
    },

    /** Ends the server; gives back its exit status. */
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
      child.kill(signal);
      return child.exited;
    },

    /** Starts it again once it has ended, on the same port. `child` and `log` stay those of the first start. */
    async startAgain(): Promise<void> {
      child = await launch();
    },

    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL');
      await child.exited;
      if (given === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on. */
export function freePort(): number {
  const probe = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  const { port } = probe;
  void probe.stop(true);
  return port as number;
}
