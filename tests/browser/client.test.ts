import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { PortalClient } from '../../src/client/index.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { openChromium, type TestBrowser, type Watched, watch } from './chromium.ts';

const executablePath = await requireChromium();

const SCRIPT = '/the-client-library.js';

type Client = typeof import('../../src/client/index.ts');
type InPage = { room: Awaited<ReturnType<PortalClient['join']>> };

describe.skipIf(!executablePath)('the client library in a browser', () => {
  let portal: TestPortal;
  let base: string;
  let browser: TestBrowser;
  let page: Page;
  let seen: Watched;
  const sockets: string[] = [];

  beforeAll(async () => {
    portal = await testPortal({ realTime: true });
    base = portal.listen();
    browser = await openChromium(executablePath as string);
    page = await browser.context.newPage();
    seen = watch(page);
    const entrypoints = [join(import.meta.dir, '../../src/client/index.ts')];
    const built = await Bun.build({ entrypoints, target: 'browser', minify: true });
    const script = await (built.outputs[0] as Blob).text();
    await browser.context.route(`${base}${SCRIPT}`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: script }),
    );
    page.on('websocket', (socket) => sockets.push(socket.url()));
  });

  afterAll(async () => {
    await browser?.close();
    await portal?.close();
  });

  test('joins by the cookie, and talks sealed with somebody outside', async () => {
    const ada = await portal.given.premium('ada_outside');
    const ben = await portal.given.person({ username: 'ben_in_a_browser' });
    const outside = new PortalClient({ url: base, token: ada.token });
    const chat = await outside.rest.chats.create({ name: 'Two worlds' });
    const { code } = await outside.rest.invites.create(chat.id);
    await outside.connect();
    const room = await outside.join(chat.id);

    await browser.context.addCookies([{ name: 'psession', value: ben.token, url: base, httpOnly: true }]);
    // Any page of the instance will do: it brings the content policy that the library has to work under.
    await page.goto(`${base}/docs`);
    await page.evaluate(
      async ([script, url, invite]) => {
        const { PortalClient: Portal } = (await import(script as string)) as Client;
        const client = new Portal({ url: url as string });
        await client.connect();
        const { chat: joined } = await client.rest.invites.resolve(invite as string);
        Object.assign(window, { room: await client.join(joined.id) });
      },
      [SCRIPT, base, code],
    );

    const heard = room.next('message', ({ body }) => body === 'from the browser');
    await page.evaluate(() => (window as unknown as InPage).room.send('from the browser').then(() => undefined));
    expect((await heard).sender?.username).toBe('ben_in_a_browser');

    await room.send('to the browser');
    await page.waitForFunction(() =>
      (window as unknown as InPage).room.messages.some(({ body }) => body === 'to the browser'),
    );
    outside.close();
  });

  test('has one key pair in tabs that start at once with one empty storage', async () => {
    const tabs = await Promise.all([1, 2].map(() => browser.context.newPage()));
    await Promise.all(tabs.map((tab) => tab.goto(`${base}/claim`)));
    const openKeyring = (tab: Page) =>
      tab.evaluate(async (script) => {
        const { indexedDbStorage, Keyring } = (await import(script)) as Client;
        const storage = indexedDbStorage('tabs');
        const keyring = await Keyring.open({
          ...storage,
          async load() {
            const found = await storage.load();
            // Goes on once the other tab has looked as well, or waits for its turn.
            const looked = `looked ${crypto.randomUUID()}`;
            localStorage.setItem(looked, '');
            const looks = () => Object.keys(localStorage).filter((key) => key.startsWith('looked ')).length;
            const isAlone = async () => (await navigator.locks.query()).pending?.length === 0;
            while (looks() === 1 && (await isAlone()));
            return found;
          },
        });
        return keyring.keyPair.publicKey;
      }, SCRIPT);
    const [one, other] = await Promise.all(tabs.map(openKeyring));
    expect(one).toBe(other as string);
    for (const tab of tabs) await tab.close();
  });

  test('asks nobody but the instance, by a WebSocket in the end, and breaks none of its rules', () => {
    expect([...new Set(seen.requests.map((url) => new URL(url).origin))]).toEqual([base]);
    expect(sockets.map((url) => new URL(url).host)).toEqual([new URL(base).host]);
    expect(seen.complaints).toEqual([]);
  });
});
