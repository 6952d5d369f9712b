import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { PortalClient } from '../../src/client/index.ts';
import { press, says, shows } from '../browser/viewer-house.ts';
import { colourOf, openViewers, type Viewers } from '../browser/viewers.ts';
import { testPortal } from '../support/portal.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';

const executablePath = await requireChromium();
const TIME_LIMIT_MS = 120_000;
const GREETING = 'Grüße, naïve 世界! {[<@€>]}';

/** A page that is red, turns green once the greeting was typed into it, and tells what it holds. */
function site() {
  const held: string[] = [];
  const html = `<!doctype html><meta charset="utf-8"><title>A page of this machine</title>
    <style>body { margin: 0; height: 100vh; background: red } textarea { width: 60%; height: 30%; font-size: 30px }</style>
    <textarea id="field"></textarea><p id="quote" style="font-size: 40px">To be copied</p>
    <script>
      field.addEventListener('input', () => {
        document.body.style.background = field.value === ${JSON.stringify(GREETING)} ? 'green' : 'red';
        fetch('/held', { method: 'POST', body: field.value });
      });
      quote.addEventListener('click', () => getSelection().selectAllChildren(quote));
    </script>`;
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      if (request.method === 'POST') held.push(await request.text());
      return new Response(html, { headers: { 'content-type': 'text/html' } });
    },
  });
  return { held, host: `127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

describe.skipIf(!executablePath)('an evening together', () => {
  let viewers: Viewers;
  beforeAll(async () => {
    viewers = await openViewers(executablePath as string);
  });
  afterAll(() => viewers?.close());

  test(
    'a browser is started, watched, handed over, typed into, copied from, and ends for one by a kick and for all by idling',
    async () => {
      using there = site();
      const env = {
        PORTAL_BROWSER_ENGINE: 'local',
        PORTAL_BROWSER_ALLOW_HOSTS: there.host,
        PORTAL_BROWSER_IDLE_SECONDS: '8',
      };
      await using portal = await testPortal({ realTime: true, env });
      const { given } = portal;
      const base = portal.listen();
      const mira = await given.premium('mira');
      const [linus, ada] = [await given.person({ username: 'linus' }), await given.person({ username: 'ada' })];
      const chat = await given.chat({ owner: mira, name: 'Tonight' });
      for (const guest of [linus, ada]) await given.member(chat, guest);
      const settings = { allow_control_requests: true, browser_config: { start_url: `http://${there.host}/` } };
      await portal.as(mira).post(`/v1/portal/chats/${chat.id}/config/update`, settings);

      // The owner starts it; a guest on the page, and one with the client library, see it.
      const owner = await viewers.open(base, chat, mira);
      const guest = await viewers.open(base, chat, linus);
      const client = new PortalClient({ url: base, token: ada.token });
      await client.connect();
      const { browser } = await client.join(chat.id);
      const frames: number[] = [];
      const stopWatching = await browser.watch(({ data }) => frames.push(data.length));
      await press(owner.page, 'Start the browser');
      for (const { page } of [owner, guest]) await shows(page, 'red');
      await eventually(() => frames.length > 0 && browser.page?.title === 'A page of this machine');
      expect(browser.state).toMatchObject({ engine: 'local', frames: true });

      // One asks, gets the mouse, and types.
      await press(guest.page, 'Ask for the mouse');
      await press(owner.page, 'Hand over the mouse to linus');
      await says(guest.page, 'You have the mouse');
      await eventually(() => browser.control.state.host_user_id === linus.id);
      const clickAt = async (x: number, y: number) => {
        const box = await guest.page.locator('#screen').boundingBox();
        if (!box) throw new Error('there is no picture');
        await guest.page.mouse.click(box.x + box.width * x, box.y + box.height * y);
      };
      await clickAt(0.3, 0.1);
      await guest.page.keyboard.type(GREETING.replace('!', '?'));
      await guest.page.keyboard.press('Home');
      for (const _ of GREETING.slice(0, GREETING.indexOf('!'))) await guest.page.keyboard.press('ArrowRight');
      await guest.page.keyboard.press('Delete');
      await guest.page.keyboard.type('!');
      await eventually(() => there.held.at(-1) === GREETING, { found: () => there.held.at(-1) });
      for (const { page } of [owner, guest]) await shows(page, 'green');
      await owner.page.locator('.pointer[data-host]', { hasText: 'linus' }).waitFor();

      // What is seen is in the screenshot, too.
      const jpeg = await browser.screenshot({ quality: 90 });
      expect([jpeg[0], jpeg[1]]).toEqual([0xff, 0xd8]);
      expect(await viewers.colourOfJpeg(jpeg)).toBe('green');

      // The clipboard crosses in both directions.
      await clickAt(0.1, 0.4);
      await guest.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await guest.page.keyboard.press('Control+c');
      const copied = () => guest.page.evaluate(() => navigator.clipboard.readText());
      await eventually(async () => (await copied()) === 'To be copied', { found: copied });
      expect(await browser.clipboard.get()).toBe('To be copied');
      await portal.as(mira).post(`/v1/portal/chats/${chat.id}/clipboard`, { text: 'from the owner' });
      expect(await browser.clipboard.get()).toBe('from the owner');
      await clickAt(0.3, 0.1);
      await guest.page.keyboard.press('Control+a');
      await guest.page.evaluate(() => navigator.clipboard.writeText('pasted here'));
      await guest.page.keyboard.press('Control+v');
      await eventually(() => there.held.at(-1) === 'pasted here', { found: () => there.held.at(-1) });
      for (const { page } of [owner, guest]) await shows(page, 'red');

      // A kick ends the view of the one who is kicked, and no one else's.
      await portal.as(mira).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: linus.id });
      await says(guest.page, 'You were removed from this chat.');
      expect(await colourOf(guest.page)).toBe('black');
      await says(owner.page, 'Nobody has the mouse');
      expect(await colourOf(owner.page)).toBe('red');
      await guest.close();

      // Nobody watches any more: a warning, and the end.
      const isWarned = browser.next('idle', ({ stopsAt }) => stopsAt !== null);
      const stopped = browser.next('stopped');
      await owner.page.locator('#stage').evaluate((stage) => stage.setAttribute('hidden', ''));
      stopWatching();
      await isWarned;
      await owner.page.getByText(/^Nobody is watching\. The browser stops in \d+ s\.$/).waitFor();
      expect(await stopped).toEqual({ reason: 'idle', error: null });
      await owner.page.locator('#stage').evaluate((stage) => stage.removeAttribute('hidden'));
      await owner.page.getByText('It stopped because nobody was watching.').waitFor();
      expect(owner.seen.complaints).toEqual([]);
      await owner.close();
      client.close();
    },
    TIME_LIMIT_MS,
  );
});
