import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { requireChromium } from '../support/prerequisites.ts';
import { cuttingProxy } from '../support/proxies.ts';
import { eventually } from '../support/waiting.ts';
import { keysAt, openViewerHouse, press, type Room, says, shows, type ViewerHouse } from './viewer-house.ts';
import { colourOf } from './viewers.ts';

const executablePath = await requireChromium();
const TIME_LIMIT_MS = 120_000;

describe.skipIf(!executablePath)('the page of the shared browser', () => {
  let house: ViewerHouse;
  let room: Room;

  beforeAll(async () => {
    house = await openViewerHouse(executablePath as string, { PORTAL_BROWSER_IDLE_SECONDS: '65' });
  }, TIME_LIMIT_MS);

  afterAll(() => house?.close());

  beforeEach(async () => {
    room = await house.room();
  });

  afterEach(() => room.close());

  test('says that the browser is off, lets its owner start it, and draws each picture', async () => {
    const page = await room.view(room.mira);
    await says(page, 'The shared browser is off');
    const guest = await room.view(room.linus);
    await says(guest, 'The chat’s owner can start it.');
    expect(await guest.getByRole('button', { name: 'Start the browser' }).count()).toBe(0);
    const letGo = house.engine.hold();
    await press(page, 'Start the browser');
    for (const each of [page, guest]) await says(each, 'Starting the browser');
    letGo();
    await eventually(() => house.engine.alive.length === 1);
    for (const colour of ['green', 'blue', 'red'] as const) {
      house.engine.browser.picture = house.pictures[colour];
      house.engine.browser.frame();
      for (const each of [page, guest]) await shows(each, colour);
    }
    await says(page, 'The server sees this browser. Unlike messages, it is not sealed.');
    await press(page, 'Stop the browser');
    for (const each of [page, guest]) await each.getByText('It was stopped.').waitFor();
    expect(await colourOf(guest)).toBe('black');
  });

  test('says why a browser does not start, in the server’s words', async () => {
    house.engine.failWith('No Chromium was found: install one');
    const page = await room.view(room.mira);
    await press(page, 'Start the browser');
    await says(page, 'No Chromium was found: install one');
    // The browser prints an answer of 503 as an error.
    room.excuse();
    await press(page, 'Try again');
    await says(page, 'Nobody has the mouse');
  });

  test('lets people ask for the mouse, stop asking, hand it over, give it back and take it', async () => {
    await room.start();
    const [owner, page] = [await room.view(room.mira), await room.view(room.linus)];
    await page.getByRole('button', { name: 'Ask for the mouse' }).focus();
    await page.keyboard.press('Enter');
    await says(page, 'You are next');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Stop asking');
    await says(owner, `${room.linus.username} asks for the mouse`);
    await press(page, 'Stop asking');
    await owner.getByText(`${room.linus.username} asks for the mouse`).waitFor({ state: 'hidden' });
    await press(page, 'Ask for the mouse');
    await press(owner, `Hand over the mouse to ${room.linus.username}`);
    await says(page, 'You have the mouse');
    await says(owner, `${room.linus.username} has the mouse`);
    await press(owner, 'Take the mouse');
    await says(owner, 'You have the mouse');
    await says(page, `${room.mira.username} has the mouse`);
    await press(owner, 'Give it back');
    await says(page, 'Nobody has the mouse');
    await room.settle({ allow_control_requests: false });
    await page.getByRole('button', { name: 'Ask for the mouse' }).waitFor({ state: 'hidden' });
  });

  test('shows the address, which the one with the mouse can change', async () => {
    const { browser, page } = await room.driving();
    browser.show({ url: 'https://example.org/there', title: 'There' });
    const address = page.getByLabel('Address');
    await eventually(async () => (await address.inputValue()) === 'https://example.org/there');
    await address.fill('example.com');
    await address.press('Enter');
    await eventually(() => browser.navigations.length === 1);
    await press(page, 'Back');
    await eventually(() => browser.navigations.length === 2);
    expect(browser.navigations).toEqual([{ url: 'https://example.com' }, { action: 'back' }]);
  });

  test('shows a dialog of the page to everyone, and lets the one with the mouse answer', async () => {
    const { browser, page } = await room.driving();
    const owner = await room.view(room.mira);
    await shows(owner, 'red');
    browser.open({ id: 'q', type: 'prompt', message: 'Your <b>name</b>?' });
    await says(owner, 'Your <b>name</b>?');
    expect(await owner.getByRole('button', { name: 'OK' }).count()).toBe(0);
    await page.getByLabel('Answer').fill('Linus');
    await page.keyboard.press('Enter');
    await eventually(() => browser.answers.length === 1);
    expect(browser.answers).toEqual([{ id: 'q', accept: true, text: 'Linus' }]);
    await page.locator('#dialog').waitFor({ state: 'hidden' });
    await owner.locator('#dialog').waitFor({ state: 'hidden' });
    browser.notice('download', 'files.example');
    for (const each of [page, owner])
      await says(each, 'files.example offered a download. The shared browser takes none.');
  });

  test('watches while it can be seen, and no longer', async () => {
    const browser = await room.start();
    const page = await room.view(room.linus);
    await shows(page, 'red');
    expect([...browser.casts]).toEqual(['full']);
    await page.locator('#stage').evaluate((stage) => stage.setAttribute('hidden', ''));
    await eventually(() => browser.casts.size === 0);
    browser.picture = house.pictures.green;
    await page.locator('#stage').evaluate((stage) => stage.removeAttribute('hidden'));
    await eventually(() => browser.casts.size === 1);
    await shows(page, 'green');
  });

  test('warns before the browser stops because nobody watches, and keeps it', async () => {
    await room.start();
    const page = await room.view(room.linus);
    await shows(page, 'red');
    await page.locator('#stage').evaluate((stage) => stage.setAttribute('hidden', ''));
    await page.getByText(/^Nobody is watching\. The browser stops in \d+ s\.$/).waitFor();
    await press(page, 'Keep it');
    await page.locator('#idle-bar').waitFor({ state: 'hidden' });
    expect(house.engine.alive).toHaveLength(1);
  });

  test('says that the browser crashed, and goes on when it is back', async () => {
    const browser = await room.start();
    const page = await room.view(room.linus);
    await shows(page, 'red');
    const letGo = house.engine.hold();
    browser.crash();
    await says(page, 'The browser crashed');
    letGo();
    await eventually(() => house.engine.browser !== browser);
    house.engine.browser.picture = house.pictures.blue;
    await eventually(() => house.engine.browser.casts.size === 1);
    house.engine.browser.frame();
    await shows(page, 'blue');
    await page.locator('#cover').waitFor({ state: 'hidden' });
  });

  test('says that the connection is lost, and shows the present picture when it is back', async () => {
    const browser = await room.start();
    await using proxy = await cuttingProxy(house.base);
    const page = await room.view(room.linus, { at: proxy.url });
    await shows(page, 'red');
    browser.picture = house.pictures.green;
    proxy.cut();
    await page.getByText('Connection lost. Trying again.').waitFor();
    await press(page, 'Now').catch(() => {});
    await shows(page, 'green');
    await page.locator('#line-bar').waitFor({ state: 'hidden' });
    // The cut itself is printed as a failed connection.
    room.excuse();
  });

  test('notices a line that has broken without a word, and takes another', async () => {
    const browser = await room.start();
    await using proxy = await cuttingProxy(house.base);
    const page = await room.view(room.linus, { at: proxy.url });
    await shows(page, 'red');
    browser.picture = house.pictures.green;
    proxy.stall();
    browser.frame();
    await shows(page, 'green');
    await page.locator('#line-bar').waitFor({ state: 'hidden' });
  });

  test('ends for someone who is removed, with the last picture gone, and says so', async () => {
    const { browser, page } = await room.driving();
    await page.locator('#screen').click();
    await page.keyboard.down('a');
    await eventually(() => keysAt(browser).includes('+a'));
    await house.portal
      .as(room.mira)
      .post(`/v1/portal/chats/${room.chat.id}/kick`, { user_id: room.linus.id, reason: 'Enough' });
    await says(page, 'You were removed from this chat: Enough.');
    expect(await colourOf(page)).toBe('black');
    await eventually(() => browser.casts.size === 0 && keysAt(browser).at(-1) === '-a');
    await page.reload();
    await says(page, 'This chat does not exist, or it is not open to you.');
    room.excuse();
  });

  test('ends for someone who leaves the chat elsewhere, and for someone whose session ends', async () => {
    await room.start();
    const [page, owner] = [await room.view(room.linus), await room.view(room.mira)];
    for (const each of [page, owner]) await shows(each, 'red');
    await house.portal.as(room.linus).post(`${room.path}/leave`);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await says(page, 'This is over');
    await says(page, 'No such chat.');
    await house.portal.as(room.mira).post('/v1/authentication/logout');
    await says(owner, 'You signed out.');
    for (const each of [page, owner]) expect(await colourOf(each)).toBe('black');
  });

  test('stands in a frame of a page on the same origin, and in none of another', async () => {
    await room.start();
    await using front = framingProxy(house.base, room.path);
    const page = await room.view(room.linus, { at: front.url });
    await page.goto(`${front.url}/framing`);
    const [own, foreign] = [page.frameLocator('#own'), page.frameLocator('#foreign')];
    await own.getByText('Nobody has the mouse').waitFor();
    expect(await foreign.locator('#viewer').count()).toBe(0);
    // The refused frame is printed as an error.
    room.excuse();
  });
});

/** The same server at another origin, with a page that frames the browser's page of both. */
function framingProxy(base: string, path: string): AsyncDisposable & { url: string } {
  const framing = `<title>Frames</title><iframe id="own" src="${path}/browser/"></iframe>
    <iframe id="foreign" src="${base}${path}/browser/"></iframe>`;
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 60,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (pathname === '/framing') return new Response(framing, { headers: { 'content-type': 'text/html' } });
      const { method, headers, body } = request;
      // No WebSocket goes through: the page falls back to polling.
      if (headers.has('upgrade')) return new Response(null, { status: 400 });
      return fetch(base + pathname + search, { method, headers, body, decompress: false });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}
