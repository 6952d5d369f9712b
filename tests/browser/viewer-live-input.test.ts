import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { requireChromium } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';
import { boxOf, type LiveHouse, openLiveHouse, plays, press, type Room, says } from './viewer-house.ts';

const executablePath = await requireChromium();
const TIME_LIMIT_MS = 60_000;

/** A red dot. */
const PNG = [
  ...atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='),
].map((letter) => letter.charCodeAt(0));

const MODIFIER_KEYS: Record<number, string> = { 65505: 'shift', 65507: 'ctrl', 65513: 'alt' };

/** What came over the data channel, written shortly: `+61` a key down, `move 1 2`, `press 1`, `scroll 0 -3`. */
function shortly(bytes: number[]): string {
  const view = new DataView(new Uint8Array(bytes).buffer);
  const key = () => MODIFIER_KEYS[view.getUint32(3)] ?? view.getUint32(3).toString(16);
  const words: Record<number, () => string> = {
    1: () => `move ${view.getUint16(3)} ${view.getUint16(5)}`,
    2: () => `scroll ${view.getInt16(3)} ${view.getInt16(5)}`,
    3: () => `+${key()}`,
    4: () => `-${key()}`,
    5: () => `press ${view.getUint32(3)}`,
    6: () => `lift ${view.getUint32(3)}`,
  };
  return words[view.getUint8(0)]?.() ?? `? ${bytes}`;
}

describe.skipIf(!executablePath)('input on the page of a browser that sends picture and sound', () => {
  let house: LiveHouse;
  let room: Room;

  beforeAll(async () => {
    house = await openLiveHouse(executablePath as string);
  }, TIME_LIMIT_MS);

  afterAll(() => house?.close());

  beforeEach(async () => {
    room = await house.room();
  });

  afterEach(() => room.close());

  /** The line of the page that was opened last. */
  const lastLine = () => house.peers.viewerIds.at(-1) ?? '';

  /** Linus has the mouse, and a picture. `took`: what arrived from this page, without moves if there is more. */
  async function driving(options: Parameters<Room['driving']>[0] = {}) {
    const { browser, page } = await room.driving(options);
    await plays(page, 'red');
    const [line = ''] = house.peers.viewerIds;
    const all = () => house.peers.tookFrom(line).map(shortly);
    return { browser, page, line, all, keys: () => all().filter((one) => /^[+-]/.test(one)) };
  }

  const arrives = (found: () => string[], ...expected: string[]) =>
    eventually(() => found().slice(-expected.length).join() === expected.join(), { found: async () => found() });

  const click = async (page: Page, x: number, y: number, options: Parameters<Page['mouse']['click']>[2] = {}) => {
    const box = await boxOf(page);
    await page.mouse.click(box.x + box.width * x, box.y + box.height * y, options);
  };

  test('sends the mouse as pixels and buttons, and the wheel as clicks', async () => {
    const { page, all } = await driving();
    await click(page, 0.5, 0.5);
    await arrives(all, 'press 1', 'lift 1');
    const [, x, y] = /^move (\d+) (\d+)$/.exec(all().at(-3) ?? '') ?? [];
    expect(Math.abs(Number(x) - 640) + Math.abs(Number(y) - 360)).toBeLessThan(4);
    await click(page, 0.5, 0.5, { button: 'right' });
    await arrives(all, 'press 3', 'lift 3');
    await page.mouse.wheel(0, 106);
    await arrives(all, 'scroll 0 -2');
  });

  test('counts from the tab that is being used, from its first click on', async () => {
    const { page, all } = await driving();
    const other = await room.view(room.linus);
    await plays(other, 'red');
    const there = lastLine();
    await click(page, 0.3, 0.3);
    await arrives(all, 'press 1', 'lift 1');
    await click(other, 0.6, 0.6);
    await arrives(() => house.peers.tookFrom(there).map(shortly), 'press 1', 'lift 1');
    await click(page, 0.4, 0.4);
    await eventually(() => all().filter((one) => one === 'press 1').length === 2);
    await other.close();
    await click(page, 0.4, 0.4);
    await eventually(() => all().filter((one) => one === 'press 1').length === 3);
  });

  test('sends keys, characters of any layout, and the word of an input method', async () => {
    const { page, keys } = await driving();
    await click(page, 0.5, 0.5);
    await page.keyboard.type('Aß');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+a');
    await arrives(
      keys,
      ...['+shift', '+41', '-shift', '-41', '+df', '-df'],
      ...['+ff0d', '-ff0d', '+ctrl', '+61', '-61', '-ctrl'],
    );
    const session = await page.context().newCDPSession(page);
    for (const text of ['n', 'に', 'にほん'])
      await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    await session.send('Input.insertText', { text: '日本' });
    await arrives(keys, '+10065e5', '-10065e5', '+100672c', '-100672c');
  });

  test('pastes a text through the clipboard over there, before what is typed after it', async () => {
    const { browser, page, keys } = await driving();
    await click(page, 0.5, 0.5);
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'two\r\nlines');
      document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
    });
    await page.keyboard.type('b');
    await arrives(keys, '+ctrl', '+76', '-76', '-ctrl', '+62', '-62');
    expect(browser.clipboard).toBe('two\nlines');
  });

  test('takes a tap for a click, and opens a keyboard by its button', async () => {
    const { page, all } = await driving({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 780 } });
    const box = await boxOf(page);
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    await arrives(all, 'press 1', 'lift 1');
    await press(page, 'Keyboard');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('keys');
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  test('has room on a phone for all that an owner can do', async () => {
    await driving();
    const phone = { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } };
    const owner = await room.view(room.mira, phone);
    await plays(owner, 'red');
    for (const name of ['Take the mouse', 'Ask for the mouse', 'Sound', 'Full screen', 'Stop the browser']) {
      const box = await owner.getByRole('button', { name, exact: true }).boundingBox();
      expect([name, box && box.x >= 0 && box.x + box.width <= 360]).toEqual([name, true]);
    }
    expect(await owner.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  test('lets go of what is down when the keyboard is left', async () => {
    const { page, keys } = await driving();
    await click(page, 0.5, 0.5);
    await page.keyboard.down('a');
    await page.keyboard.down('Shift');
    await page.keyboard.press('Escape');
    await arrives(keys, '+61', '+shift', '-61', '-shift');
  });

  test('lets go, once the picture is back, of what went up meanwhile', async () => {
    const { page, line, keys } = await driving();
    await click(page, 0.5, 0.5);
    await page.keyboard.down('a');
    await arrives(keys, '+61');
    await house.peers.cut(line);
    await page.keyboard.up('a');
    await arrives(keys, '-61');
  });

  test('goes back, forward and reloads by the browser’s own keys', async () => {
    const { page, keys } = await driving();
    await press(page, 'Back');
    await arrives(keys, '+alt', '+ff51', '-alt', '-ff51');
    await press(page, 'Load again');
    await arrives(keys, '+ffc2', '-ffc2');
  });

  test('is nobody else’s, and their pointers are shown where the chat says so', async () => {
    await room.settle({ inactive_cursors: true });
    const { page, line } = await driving();
    const owner = await room.view(room.mira);
    await plays(owner, 'red');
    const hers = lastLine();
    await click(owner, 0.5, 0.5);
    await owner.keyboard.type('x');
    await eventually(() => house.peers.tookFrom(hers).length > 0);
    expect(house.peers.tookFrom(hers).every(([what]) => what === 1)).toBe(true);
    const cursors = [
      {
        id: hers,
        cursors: [
          { x: 100, y: 100 },
          { x: 640, y: 360 },
        ],
      },
    ];
    house.peers.tell(line, 'session/cursors', cursors);
    const pointer = page.locator('.pointer:not([data-host])', { hasText: room.mira.username });
    await eventually(async () => (await pointer.getAttribute('style'))?.includes('left: 50') ?? false);
    await house.peers.send(hers, [1, 0, 7, 1, 64, 0, 180]);
    const host = owner.locator('.pointer[data-host]', { hasText: room.linus.username });
    await host.waitFor();
    expect(await host.getAttribute('style')).toContain('left: 25');
  });

  test('has the pointer’s shape from over there, while it is one’s own', async () => {
    const { page, line } = await driving();
    await house.peers.send(line, [2, 0, 11 + PNG.length, 0, 1, 0, 1, 0, 0, 0, 0, ...PNG]);
    const cursor = () => page.locator('#screen').evaluate((screen) => getComputedStyle(screen).cursor);
    await eventually(async () => (await cursor()).startsWith('url("data:image/png;base64,'), { found: cursor });
    await press(page, 'Give it back');
    await says(page, 'Nobody has the mouse');
    expect(await cursor()).toBe('auto');
  });
});
