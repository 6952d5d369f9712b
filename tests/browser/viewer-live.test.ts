import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { requireChromium } from '../support/prerequisites.ts';
import { cuttingProxy } from '../support/proxies.ts';
import { eventually } from '../support/waiting.ts';
import { type LiveHouse, openLiveHouse, plays, press, type Room, says } from './viewer-house.ts';
import { colourOf, LAN_NAME } from './viewers.ts';

const executablePath = await requireChromium();
const TIME_LIMIT_MS = 60_000;

describe.skipIf(!executablePath)('the page of a browser that sends picture and sound', () => {
  let house: LiveHouse;
  let room: Room;

  beforeAll(async () => {
    house = await openLiveHouse(executablePath as string);
  }, TIME_LIMIT_MS);

  afterAll(() => house?.close());

  beforeEach(async () => {
    room = await house.room();
    house.peers.isWalled = false;
    house.peers.isHanging = false;
    await house.peers.paint('red');
  });

  afterEach(() => room.close());

  const sound = (page: Page) => page.locator('video').evaluate((video) => !(video as HTMLVideoElement).muted);

  test('plays them, and goes dark when the browser is stopped', async () => {
    await room.start();
    const page = await room.view(room.mira);
    await plays(page, 'red');
    await house.peers.paint('blue');
    await plays(page, 'blue');
    await page.locator('#cover').waitFor({ state: 'hidden' });
    await press(page, 'Stop the browser');
    await page.getByText('It was stopped.').waitFor();
    expect(await page.locator('video').isHidden()).toBe(true);
    await eventually(() => house.peers.viewerIds.length === 0);
    expect(await colourOf(page)).toBe('black');
  });

  test('runs in two tabs of one person side by side', async () => {
    await room.start();
    const [one, two] = [await room.view(room.mira), await room.view(room.mira)];
    for (const each of [one, two]) await plays(each, 'red');
    await two.close();
    await eventually(() => house.peers.viewerIds.length === 1);
    await house.peers.paint('green');
    await plays(one, 'green');
  });

  test('brings the sound with the first click, unless it is switched off', async () => {
    await room.start();
    const page = await room.view(room.mira, { isQuiet: true });
    await plays(page, 'red');
    await says(page, 'Your browser keeps the sound off until you click.');
    expect(await sound(page)).toBe(false);
    await page.locator('.honest').click();
    await eventually(() => sound(page));
    await page.locator('#sound-bar').waitFor({ state: 'hidden' });
    await press(page, 'Sound');
    await eventually(async () => !(await sound(page)));
    await page.locator('.honest').click();
    expect(await sound(page)).toBe(false);
    await page.getByLabel('Volume').fill('40');
    await eventually(() => sound(page));
    expect(await page.locator('video').evaluate((video) => (video as HTMLVideoElement).volume)).toBeCloseTo(0.4);
    expect(await page.getByRole('button', { name: 'Sound' }).getAttribute('aria-pressed')).toBe('true');
  });

  test('switches the sound on by its button, when the browser had held it back', async () => {
    await room.start();
    const page = await room.view(room.mira, { isQuiet: true });
    await plays(page, 'red');
    await press(page, 'Sound');
    await eventually(() => sound(page));
  });

  test('wants no video while it cannot be seen, and goes on at once when it can', async () => {
    await room.start();
    const page = await room.view(room.mira);
    await plays(page, 'red');
    const [line = ''] = house.peers.viewerIds;
    const asked = () => house.peers.saidBy(line).filter((event) => event === 'signal/video').length;
    await page.locator('#stage').evaluate((stage) => stage.setAttribute('hidden', ''));
    await eventually(() => asked() === 1);
    await page.locator('#stage').evaluate((stage) => stage.removeAttribute('hidden'));
    await eventually(() => asked() === 2);
    await house.peers.paint('green');
    await plays(page, 'green');
    expect(house.peers.viewerIds).toEqual([line]);
  });

  test('asks for nothing in a tab that was opened behind, before somebody comes to it', async () => {
    await room.start();
    const page = await room.view(room.mira, { isBehind: true });
    await says(page, 'Nobody has the mouse');
    await page.locator('[data-live="resting"]').waitFor();
    expect(house.peers.viewerIds).toEqual([]);
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'visible' });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await plays(page, 'red');
  });

  test('is back without a reload when the picture breaks off, and when the line does', async () => {
    await room.start();
    const page = await room.view(room.mira);
    await plays(page, 'red');
    const [first = ''] = house.peers.viewerIds;
    await house.peers.cut(first);
    await house.peers.paint('green');
    await plays(page, 'green');
    expect(house.peers.viewerIds).toEqual([first]);
    house.peers.loseAll();
    await house.peers.paint('blue');
    await plays(page, 'blue');
    expect(house.peers.viewerIds).not.toContain(first);
  });

  test('goes on when the connection to Portal is lost and found again', async () => {
    await room.start();
    await using proxy = await cuttingProxy(house.base);
    const page = await room.view(room.linus, { at: proxy.url });
    await plays(page, 'red');
    proxy.cut();
    await page.getByText('Connection lost. Trying again.').waitFor();
    await house.peers.paint('green');
    await page.locator('#line-bar').waitFor({ state: 'hidden' });
    await plays(page, 'green');
    room.excuse();
  });

  test('ends with the sentence that comes down the line', async () => {
    await room.start();
    const page = await room.view(room.linus);
    await plays(page, 'red');
    const [viewerId = ''] = house.peers.viewerIds;
    house.peers.tell(viewerId, 'portal/ended', {
      code: 'ERR_X',
      sentence: 'You watch in too many tabs.',
      retry: false,
    });
    await says(page, 'You watch in too many tabs.');
    expect(await colourOf(page)).toBe('black');
  });

  test('says that the browser crashed, and plays again when it is back', async () => {
    const browser = await room.start();
    const page = await room.view(room.linus);
    await plays(page, 'red');
    const letGo = house.engine.hold();
    browser.crash();
    await says(page, 'The browser crashed');
    await house.peers.paint('blue');
    letGo();
    await plays(page, 'blue');
    await page.locator('#cover').waitFor({ state: 'hidden' });
  });

  test('ends for someone who is removed', async () => {
    await room.start();
    const page = await room.view(room.linus);
    await plays(page, 'red');
    await house.portal
      .as(room.mira)
      .post(`/v1/portal/chats/${room.chat.id}/kick`, { user_id: room.linus.id, reason: 'Enough' });
    await says(page, 'You were removed from this chat: Enough.');
    expect(await colourOf(page)).toBe('black');
    await eventually(() => house.peers.viewerIds.length === 0);
  });

  test('plays by plain http in a LAN', async () => {
    await room.start();
    const { port } = new URL(house.base);
    const page = await room.view(room.linus, { at: `http://${LAN_NAME}:${port}` });
    await plays(page, 'red');
    // Browsers say of a header for https that it has no effect here.
    room.excuse();
  });
});
