import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { requireChromium } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';
import { boxOf, openNekoHouse, press, says } from './viewer-house.ts';

const executablePath = await requireChromium();
const TIME_LIMIT_MS = 60_000;

type NekoHouse = Awaited<ReturnType<typeof openNekoHouse>>;

describe.skipIf(!executablePath)('the page over n.eko', () => {
  let house: NekoHouse;
  let room: Awaited<ReturnType<NekoHouse['room']>>;

  beforeAll(async () => {
    house = await openNekoHouse(executablePath as string);
  }, TIME_LIMIT_MS);

  afterAll(() => house?.close());

  beforeEach(async () => {
    room = await house.room();
  });

  afterEach(() => room.close());

  const plays = (page: Page) => page.locator('[data-live="playing"]').waitFor();

  /** Frames that the page has drawn. */
  const frames = (page: Page) =>
    page.locator('video').evaluate((video) => (video as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames);

  async function moves(page: Page): Promise<void> {
    const before = await frames(page);
    await eventually(async () => (await frames(page)) > before + 5, { found: () => frames(page) });
  }

  const happened = () => house.engine.neko.desktop.happened;

  const click = async (page: Page) => {
    const box = await boxOf(page);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  };

  test('shows a moving picture, and takes the mouse and keys of the one who has them', async () => {
    const page = await room.driving();
    const other = await room.view(room.mira);
    await plays(other);
    for (const each of [page, other]) await moves(each);
    await page.locator('#lag', { hasText: /^\d+ ms$/ }).waitFor();
    await click(page);
    await page.keyboard.type('Hi');
    await eventually(() => happened().filter(({ type }) => type === 'key').length >= 6, { found: happened });
    expect(happened().filter(({ type }) => type === 'button')).toEqual([
      { type: 'button', button: 1, down: true },
      { type: 'button', button: 1, down: false },
    ]);
    const { length } = happened();
    await click(other);
    await other.keyboard.type('x');
    await page.keyboard.type('!');
    await eventually(() => happened().length >= length + 2, { found: happened });
    expect(
      happened()
        .slice(length)
        .map((one) => (one.type === 'key' ? one.keysym : one.type)),
    ).toEqual([0x21, 0x21]);
    expect(house.engine.neko.desktop.keysDown).toEqual([]);
    expect(house.engine.neko.desktop.buttonsDown).toEqual([]);
  });

  test('has picture and mouse again when n.eko has been killed, without a reload', async () => {
    const page = await room.driving();
    await click(page);
    await house.engine.neko.kill();
    await eventually(() => house.engine.neko.isUp);
    await plays(page);
    await moves(page);
    await says(page, 'You have the mouse');
    await page.locator('#cover').waitFor({ state: 'hidden' });
    await click(page);
    await page.keyboard.type('x');
    await eventually(() => happened().some((one) => one.type === 'key' && one.keysym === 0x78), { found: happened });
    // A line that is given up before it is open is printed as a warning.
    room.excuse();
  });

  test('shows the pointer of the one who drives, and of others where the chat says so', async () => {
    await room.settle({ inactive_cursors: true });
    const page = await room.driving();
    const other = await room.view(room.mira);
    await plays(other);
    await page.locator('#screen').hover({ position: { x: 100, y: 100 } });
    await other.locator('.pointer[data-host]', { hasText: room.linus.username }).waitFor();
    await other.locator('#screen').hover({ position: { x: 200, y: 100 } });
    await page.locator('.pointer:not([data-host])', { hasText: room.mira.username }).waitFor();
    expect(await page.locator('.pointer').count()).toBe(1);
  });

  test('shows the last address that was opened, and copies from over there', async () => {
    const page = await room.driving();
    const other = await room.view(room.mira);
    await page.getByLabel('Address').fill('example.org/there');
    await page.keyboard.press('Enter');
    for (const each of [page, other])
      await eventually(async () => (await each.getByLabel('Address').inputValue()) === 'https://example.org/there', {
        found: () => each.getByLabel('Address').inputValue(),
      });
    house.engine.neko.desktop.clipboard = { text: 'from over there', html: '' };
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await press(page, 'Copy from the shared browser’s clipboard');
    const read = () => page.evaluate(() => navigator.clipboard.readText());
    await eventually(async () => (await read()) === 'from over there', { found: read });
  });

  test('pastes a long text by way of the clipboard over there', async () => {
    const page = await room.driving();
    await click(page);
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'a text of many words');
      document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
    });
    await eventually(() => happened().some((one) => one.type === 'key' && one.keysym === 0x76), { found: happened });
    expect(house.engine.neko.desktop.clipboard?.text).toBe('a text of many words');
  });

  test('loses the picture with the right to be there', async () => {
    await room.start();
    const page = await room.view(room.linus);
    await plays(page);
    await house.portal.as(room.mira).post(`${room.path}/kick`, { user_id: room.linus.id, reason: 'Enough' });
    await says(page, 'You were removed from this chat: Enough.');
    expect(await page.locator('video').isHidden()).toBe(true);
    await eventually(() => house.engine.neko.sessions.every(({ id }) => !id.startsWith(`${room.linus.id}.`)));
  });
});
