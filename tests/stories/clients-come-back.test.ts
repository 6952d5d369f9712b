import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cuttingProxy, requireNginx, startNginx } from '../support/proxies.ts';
import { type RunningServer, runningServer } from '../support/running-server.ts';
import { Party, prepareChat, stockClient } from '../support/stock-clients.ts';

const nginx = await requireNginx();
const TIME_LIMIT_MS = 120_000;
const UPGRADE = `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;`;

const TRANSPORTS = { polling: ['polling'], websocket: ['websocket'], both: undefined };
type Kind = keyof typeof TRANSPORTS;
const ALL = Object.keys(TRANSPORTS) as Kind[];

describe('socket.io-client in Node, told to join on each connect and nothing else', () => {
  let directory: string;
  let server: RunningServer;
  let chat: Awaited<ReturnType<typeof prepareChat<Kind>>>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'portal-come-back-'));
    mkdirSync(join(directory, 'data'));
    chat = await prepareChat(join(directory, 'data'), ALL);
    server = await runningServer({ directory, stdout: '/dev/null' });
  }, TIME_LIMIT_MS);

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  const party = (url: string, kinds: readonly Kind[] = ALL) =>
    new Party(kinds.map((kind) => stockClient(kind, chat.options(kind, url, TRANSPORTS[kind]))));

  async function restart(signal: NodeJS.Signals): Promise<void> {
    expect(await server.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : 137);
    await server.startAgain();
  }

  test(
    'lives through a restart and a kill -9, by polling, WebSocket and both',
    async () => {
      await using clients = party(server.url);
      await clients.isComplete();
      await clients.livesThrough(() => restart('SIGTERM'));
      await clients.livesThrough(() => restart('SIGKILL'));
    },
    TIME_LIMIT_MS,
  );

  test(
    'lives through a proxy that cuts its connections, by polling, WebSocket and both',
    async () => {
      await using proxy = await cuttingProxy(server.url);
      await using clients = party(proxy.url);
      await clients.isComplete();
      // Between two polls there is nothing to cut.
      await clients.livesThrough(proxy.cut, { unnoticedBy: 'polling' });
      await clients.livesThrough(proxy.cut, { unnoticedBy: 'polling' });
    },
    TIME_LIMIT_MS,
  );

  test.skipIf(!nginx)(
    'lives through a restart and a kill -9 behind an nginx that knows nothing of Upgrade, by polling and both',
    async () => {
      await using proxy = await startNginx(nginx ?? '', server.url);
      await using clients = party(proxy.url, ['polling', 'both']);
      await clients.isComplete();
      await clients.livesThrough(() => restart('SIGTERM'));
      await clients.livesThrough(() => restart('SIGKILL'));
    },
    TIME_LIMIT_MS,
  );

  test.skipIf(!nginx)(
    'lives through an nginx that drops connections which say nothing for a second',
    async () => {
      await using proxy = await startNginx(nginx ?? '', server.url, `${UPGRADE} proxy_read_timeout 1s;`);
      // The one that polls is alone: others who come back would break its silence.
      for (const kinds of [['polling'], ['websocket', 'both']] as const) {
        await using clients = party(proxy.url, kinds);
        await clients.isComplete();
        // Nothing is done: silence is enough.
        await clients.livesThrough(() => {});
      }
    },
    TIME_LIMIT_MS,
  );
});
