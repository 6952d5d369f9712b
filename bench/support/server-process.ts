import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { atExit } from './at-exit.ts';

export type ServerProcess = { readonly port: number; readonly pid: number; stop(): Promise<void> };

export const root = resolve(import.meta.dir, '../..');
export const PORTAL_SOURCES = [process.execPath, join(root, 'src/main.ts')];
const TICK_MS = 10;
const PATIENCE_MS = 5000;

/** Starts a server that prints `ready <port>` once it listens. */
export function startServer(command: string[], env: Record<string, string> = {}): Promise<ServerProcess> {
  return start(command, /ready (\d+)/, env);
}

type PortalOptions = { program?: string[]; env?: Record<string, string> };

/** Starts a real Portal over a data directory, on a free port of loopback, without rate limits unless `env` says otherwise. */
export function startPortal(
  dataDir: string,
  { program = PORTAL_SOURCES, env: more = {} }: PortalOptions = {},
): Promise<ServerProcess> {
  const command = [...program, 'serve', '--host', '127.0.0.1', '--port', '0', '--data-dir', dataDir];
  const env = { PORTAL_LIMITS: 'off', PORTAL_LOG_FORMAT: 'json', ...more };
  return start(command, /"message":"listening","url":"http:\/\/localhost:(\d+)"/, env);
}

async function start(command: string[], ready: RegExp, env: Record<string, string>): Promise<ServerProcess> {
  const child = Bun.spawn(command, {
    stdout: 'pipe',
    stderr: 'ignore',
    env: { ...process.env, ...env },
  });
  const kill = atExit(() => child.kill('SIGKILL'));
  const port = await readyPort(child.stdout, ready);
  return {
    port,
    pid: child.pid,
    async stop() {
      child.kill();
      const timer = setTimeout(kill, PATIENCE_MS);
      await child.exited;
      clearTimeout(timer);
      kill();
    },
  };
}

/** Goes on reading afterwards: a server whose log nobody reads would come to a stop. */
async function readyPort(output: ReadableStream<Uint8Array>, ready: RegExp): Promise<number> {
  const { promise, resolve: found, reject } = Promise.withResolvers<number>();
  void (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of output) {
      if (text === '-') continue;
      text += decoder.decode(chunk);
      const port = ready.exec(text)?.[1];
      if (!port) continue;
      text = '-';
      found(Number(port));
    }
    reject(new Error(`the server ended before it was ready: ${text}`));
  })();
  return promise;
}

/** What a process has used up to now. Linux alone tells; elsewhere not a number. */
export function usageOf(pid: number): { cpuMs: number; rssMb: number } {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const rssKb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, rssMb: Number(rssKb) / 1024 };
  } catch {
    return { cpuMs: Number.NaN, rssMb: Number.NaN };
  }
}

/** What a process has written to the disk up to now, in bytes. Not a number where the system does not tell. */
export function writtenBytes(pid: number): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
}
