import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cuttingProxy, requireNginx, startNginx } from '../support/proxies.ts';
import { runningServer } from '../support/running-server.ts';
import { Party, prepareChat, stockClient } from '../support/stock-clients.ts';

const SOCKETIO = ['python-socketio[client]==5.18.1', 'python-engineio==4.15.1', 'websocket-client==1.9.2'];
const PROGRAM = join(import.meta.dir, 'stock_client.py');

const TRANSPORTS = { polling: ['polling'], websocket: ['websocket'], both: undefined };
type Kind = keyof typeof TRANSPORTS;
const ALL = Object.keys(TRANSPORTS) as Kind[];

type Run = (cwd: string, ...command: string[]) => Promise<string>;

/** The stock client for Python, by each transport, goes through what the story of the one for Node goes through. */
export async function pythonComesBack(cwd: string, run: Run): Promise<void> {
  if (!existsSync(join(cwd, 'venv'))) await run(cwd, 'python3', '-m', 'venv', 'venv');
  await run(cwd, 'venv/bin/pip', 'install', '--quiet', ...SOCKETIO);
  const nginx = await requireNginx();
  if (!nginx) throw new Error('there is no nginx');

  const directory = mkdtempSync(join(tmpdir(), 'portal-python-'));
  mkdirSync(join(directory, 'data'));
  const chat = await prepareChat(join(directory, 'data'), ALL);
  await using server = await runningServer({ directory, stdout: '/dev/null' });
  const restart = async (signal: NodeJS.Signals) => {
    await server.stop(signal);
    await server.startAgain();
  };
  const program = [join(cwd, 'venv/bin/python'), PROGRAM];
  const party = (url: string, kinds: readonly Kind[] = ALL) =>
    new Party(kinds.map((kind) => stockClient(kind, chat.options(kind, url, TRANSPORTS[kind]), program)));

  {
    await using proxy = await cuttingProxy(server.url);
    await using clients = party(proxy.url);
    await clients.isComplete();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) await clients.livesThrough(() => restart(signal));
    // Between two polls there is nothing to cut.
    for (let times = 0; times < 3; times++) await clients.livesThrough(proxy.cut, { unnoticedBy: 'polling' });
  }
  {
    await using proxy = await startNginx(nginx, server.url);
    // A client that insists on WebSockets has no way through this one.
    await using clients = party(proxy.url, ['polling', 'both']);
    await clients.isComplete();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) await clients.livesThrough(() => restart(signal));
  }
  {
    const upgrade =
      'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;';
    await using proxy = await startNginx(nginx, server.url, `${upgrade} proxy_read_timeout 1s;`);
    for (const kind of ALL) {
      // Alone, since others who come back would break its silence. Nothing is done: silence is enough.
      await using client = party(proxy.url, [kind]);
      await client.isComplete();
      for (let times = 0; times < 2; times++) await client.livesThrough(() => {});
    }
  }
  rmSync(directory, { recursive: true });
}
