import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { PageSession } from '../../src/adapters/egress/unlock.ts';
import { eventually } from '../support/waiting.ts';

const NOBODY = 65_534;
const ISOLATED = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

export type FencedChromium = AsyncDisposable & {
  page: PageSession;
  /** Ends the process that speaks to the network; Chromium starts another. False where none is found. */
  killNetworkProcess(): boolean;
  send(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Runs a function in the page, and gives back what it resolves with. */
  run<Given, Result>(work: (given: Given) => Result, given: Given): Promise<Awaited<Result>>;
  open(url: string): Promise<void>;
};

type Message = {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
  sessionId?: string;
};

/** A Chromium with these flags, as the local engine starts it: an unprivileged user, and pipes instead of a port. */
export async function startChromium(
  path: string,
  flags: readonly string[],
  wrapper: readonly string[] = [],
): Promise<FencedChromium> {
  const profile = mkdtempSync(join(tmpdir(), 'portal-fenced-'));
  if (ISOLATED.uid !== undefined) chownSync(profile, NOBODY, NOBODY);
  const headless = path.endsWith('shell') ? [] : ['--headless=new'];
  const common = ['--disable-gpu', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${profile}`];
  const [program = '', ...args] = [...wrapper, path, ...headless, ...common, ...flags, 'about:blank'];
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: { HOME: profile, TMPDIR: profile, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
    ...(wrapper.length > 0 ? {} : ISOLATED),
  });
  const pipe = new Pipe(child);
  const end = async () => {
    child.kill('SIGKILL');
    await eventually(() => child.exitCode !== null || child.signalCode !== null);
    // Processes of Chromium that are just ending may still write.
    await eventually(() => {
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
      return !existsSync(profile);
    });
  };
  try {
    const { targetInfos } = (await pipe.send('Target.getTargets')) as {
      targetInfos: { type: string; targetId: string }[];
    };
    const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId;
    const { sessionId } = (await pipe.send('Target.attachToTarget', { targetId, flatten: true })) as {
      sessionId: string;
    };
    const send = (method: string, params: Record<string, unknown> = {}) => pipe.send(method, params, sessionId);
    await send('Page.enable');
    return {
      send,
      killNetworkProcess: () => killNetworkProcess(child.pid ?? 0),
      page: { send, on: (method, listener) => pipe.on(sessionId, method, listener) },
      async run(work, given) {
        const expression = `(${work.toString()})(${JSON.stringify(given)})`;
        const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
        if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
        return (answer.result as { value: never }).value;
      },
      async open(url) {
        const loaded = new Promise<void>((resolve) => {
          const stop = pipe.on(sessionId, 'Page.loadEventFired', () => {
            stop();
            resolve();
          });
        });
        const { errorText } = await send('Page.navigate', { url });
        if (errorText) throw new Error(`${url}: ${errorText}`);
        await loaded;
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function killNetworkProcess(parent: number): boolean {
  if (!existsSync('/proc/self/stat')) return false;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, parentOf] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      const isNetwork = readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('network.mojom.NetworkService');
      if (isNetwork && Number(parentOf) === parent) return process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
  return false;
}

class Pipe {
  readonly #waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  readonly #listeners = new Set<(message: Message) => void>();
  readonly #writer: Duplex;
  #lastId = 0;
  #hasEnded = false;

  constructor(child: ChildProcess) {
    const [, , , writer, reader] = child.stdio as unknown as Duplex[];
    this.#writer = writer as Duplex;
    let rest = '';
    reader?.on('data', (chunk: Buffer) => {
      const texts = (rest + chunk.toString()).split('\0');
      rest = texts.pop() ?? '';
      for (const text of texts) this.#take(JSON.parse(text) as Message);
    });
    for (const end of [writer, reader]) end?.on('error', () => {});
    child.on('close', () => {
      this.#hasEnded = true;
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has ended'));
    });
  }

  send(method: string, params: Record<string, unknown> = {}, sessionId?: string): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(new Error('Chromium has ended'));
      this.#waiting.set(++this.#lastId, { resolve, reject });
      this.#writer.write(`${JSON.stringify({ id: this.#lastId, method, params, sessionId })}\0`);
    });
  }

  on(sessionId: string, method: string, listener: (params: Record<string, unknown>) => void): () => void {
    const take = (message: Message) => {
      if (message.sessionId === sessionId && message.method === method) listener(message.params ?? {});
    };
    this.#listeners.add(take);
    return () => this.#listeners.delete(take);
  }

  #take(message: Message): void {
    for (const listener of [...this.#listeners]) listener(message);
    const waiting = this.#waiting.get(message.id ?? -1);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result ?? {});
  }
}
