import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChromium, type TestBrowser } from '../browser/chromium.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { cuttingProxy, requireNginx, startNginx } from '../support/proxies.ts';
import { type RunningServer, runningServer } from '../support/running-server.ts';
import { type ClientEvent, Party, prepareChat, type StockClient } from '../support/stock-clients.ts';

const executablePath = await requireChromium();
const nginx = await requireNginx();
const TIME_LIMIT_MS = 120_000;

const LIBRARY = '/socket.io-client.js';
const BUILT = Bun.file(join(import.meta.dir, '../../node_modules/socket.io-client/dist/socket.io.esm.min.js'));
const TRANSPORTS = { polling: ['polling'], websocket: ['websocket'], both: undefined };
type Kind = keyof typeof TRANSPORTS;
const ALL = Object.keys(TRANSPORTS) as Kind[];

type Library = typeof import('socket.io-client');
type InPage = {
  say(kind: Kind, event: ClientEvent): void;
  send: Partial<Record<Kind, (content: string) => void>>;
};
type Wanted = { library: string; kind: Kind; id: number; more: object };

/** Runs in the page. */
async function connectInPage({ library, kind, id, more }: Wanted): Promise<void> {
  const { io } = (await import(library)) as Library;
  const inPage = window as unknown as InPage;
  const say = (event: ClientEvent) => inPage.say(kind, event);
  const socket = io({ forceNew: true, ...more });
  const ask = (event: string, payload: object) =>
    socket
      .emitWithAck(event, { chat_id: id, ...payload })
      .catch(({ message }: Error) => ({ ok: false, error: message }));
  socket.on('connect', async () => {
    const { ok, error } = await ask('room:join', {});
    say(ok ? { event: 'joined' } : { event: 'refused', error });
  });
  socket.on('connect_error', ({ message }) => say({ event: 'failed', error: message }));
  socket.on('disconnect', (reason) => say({ event: 'dropped', reason }));
  socket.on('message:new', ({ type, content }) => type === 'user' && say({ event: 'heard', content }));
  inPage.send ??= {};
  inPage.send[kind] = async (content) => {
    const { ok, error } = await ask('message:send', { content });
    say(ok ? { event: 'sent', content } : { event: 'refused', error });
  };
}

describe.skipIf(!executablePath)('socket.io-client in a page, told to join on each connect and nothing else', () => {
  let directory: string;
  let server: RunningServer;
  let browser: TestBrowser;
  let chat: Awaited<ReturnType<typeof prepareChat<'browser'>>>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'portal-browser-'));
    mkdirSync(join(directory, 'data'));
    chat = await prepareChat(join(directory, 'data'), ['browser']);
    server = await runningServer({ directory, stdout: '/dev/null' });
    browser = await openChromium(executablePath as string);
  }, TIME_LIMIT_MS);

  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  async function restart(signal: NodeJS.Signals): Promise<void> {
    expect(await server.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : 137);
    await server.startAgain();
  }

  /** A page of the instance, signed in by its cookie, with a socket of each kind by the library as it is published. */
  async function party(url: string, kinds: readonly Kind[] = ALL): Promise<Party> {
    const { token, chat: id, reconnectionDelay } = chat.options('browser', url);
    const events: Record<Kind, ClientEvent[]> = { polling: [], websocket: [], both: [] };
    await browser.context.addCookies([{ name: 'psession', value: token, url, httpOnly: true }]);
    const page = await browser.context.newPage();
    await page.exposeFunction('say', (kind: Kind, event: ClientEvent) => void events[kind].push(event));
    const script = await BUILT.text();
    await page.route(url + LIBRARY, (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
    await page.goto(`${url}/docs`);
    const clients = kinds.map(async (kind): Promise<StockClient> => {
      const transports = TRANSPORTS[kind];
      await page.evaluate(connectInPage, {
        library: LIBRARY,
        kind,
        id,
        more: { reconnectionDelay, ...(transports ? { transports } : {}) },
      });
      return {
        name: kind,
        events: events[kind],
        send: (content) =>
          void page.evaluate(([as, said]) => (window as unknown as InPage).send[as]?.(said), [kind, content] as const),
        close: () => page.close(),
      };
    });
    return new Party(await Promise.all(clients));
  }

  test(
    'lives through a restart, a kill -9 and cut connections, by polling, WebSocket and both',
    async () => {
      await using proxy = await cuttingProxy(server.url);
      await using pages = await party(proxy.url);
      await pages.isComplete();
      await pages.livesThrough(() => restart('SIGTERM'));
      await pages.livesThrough(() => restart('SIGKILL'));
      // Between two polls there is nothing to cut.
      await pages.livesThrough(proxy.cut, { unnoticedBy: 'polling' });
    },
    TIME_LIMIT_MS,
  );

  test.skipIf(!nginx)(
    'lives through a restart and a kill -9 behind an nginx that knows nothing of Upgrade, by polling and both',
    async () => {
      await using proxy = await startNginx(nginx ?? '', server.url, 'proxy_set_header Host $http_host;');
      await using pages = await party(proxy.url, ['polling', 'both']);
      await pages.isComplete();
      await pages.livesThrough(() => restart('SIGTERM'));
      await pages.livesThrough(() => restart('SIGKILL'));
    },
    TIME_LIMIT_MS,
  );
});
