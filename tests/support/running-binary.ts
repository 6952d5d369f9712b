import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtBinary } from '../binary/built-binary.ts';

export type RunningBinary = Awaited<ReturnType<typeof runningBinary>>;

/** The compiled program in an empty directory, as an operator runs it. Close it, or use `await using`. */
export async function runningBinary(env: Record<string, string> = {}) {
  const binary = await builtBinary();
  const directory = mkdtempSync(join(tmpdir(), 'portal-story-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const said: string[] = [];
  let child = await start();

  async function start(): Promise<Bun.Subprocess<'ignore', 'pipe', 'pipe'>> {
    const started = Bun.spawn([binary, 'serve', '--port', String(port)], {
      cwd: directory,
      env,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    void keep(started.stdout);
    void keep(started.stderr);
    while (started.exitCode === null) {
      const response = await fetch(`${url}/health`).catch(() => undefined);
      if (response?.status === 200) return started;
      await Bun.sleep(10);
    }
    throw new Error(`The server ended with ${started.exitCode}:\n${said.join('')}`);
  }

  async function keep(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) said.push(decoder.decode(chunk, { stream: true }));
  }

  return {
    url,
    directory,
    /** Everything the server has printed so far. */
    said: () => said.join(''),

    /** Runs a command beside the server and returns its JSON output. */
    // biome-ignore lint/suspicious/noExplicitAny: a test compares the output raw
    async command(...args: string[]): Promise<any> {
      const command = Bun.spawn([binary, ...args, '--json'], {
        cwd: directory,
        env,
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      });
      const [out, err] = await Promise.all([new Response(command.stdout).text(), new Response(command.stderr).text()]);
      if ((await command.exited) !== 0) throw new Error(`portal ${args.join(' ')}: ${err}`);
      return JSON.parse(out);
    },

    /** Kills the server: none of its handlers runs. */
    async killHard(): Promise<void> {
      child.kill('SIGKILL');
      await child.exited;
    },

    /** Ends the server in good order; gives back its exit status. */
    async stop(): Promise<number> {
      child.kill('SIGTERM');
      return child.exited;
    },

    async startAgain(): Promise<void> {
      child = await start();
    },

    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL');
      await child.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  const { port } = probe;
  await probe.stop(true);
  if (port === undefined) throw new Error('no free port');
  return port;
}
