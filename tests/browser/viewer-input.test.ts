import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { requireChromium } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';
import {
  boxOf,
  inputsAt,
  keysAt,
  openViewerHouse,
  press,
  type Room,
  says,
  shows,
  type ViewerHouse,
} from './viewer-house.ts';
import { LAN_NAME } from './viewers.ts';

const executablePath = await requireChromium();
const TIME_LIMIT_MS = 120_000;

describe.skipIf(!executablePath)('input on the page of the shared browser', () => {
  let house: ViewerHouse;
  let room: Room;

  beforeAll(async () => {
    house = await openViewerHouse(executablePath as string);
  }, TIME_LIMIT_MS);

  afterAll(() => house?.close());

  beforeEach(async () => {
    room = await house.room();
  });

  afterEach(() => room.close());

  test('sends the mouse of whoever has it, in fractions of the picture, and nobody else’s', async () => {
    const { browser, page } = await room.driving();
    const box = await boxOf(page);
    const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
    await page.mouse.move(...at(0.25, 0.5));
    await page.mouse.down();
    await page.mouse.move(...at(0.75, 0.5));
    await page.mouse.up();
    await inputsAt(browser, 4);
    const [down, up] = [browser.inputs.find(({ type }) => type === 'down'), browser.inputs.at(-1)];
    expect(down).toEqual({ type: 'down', x: expect.closeTo(0.25, 2), y: expect.closeTo(0.5, 2), button: 0 });
    expect(up).toEqual({ type: 'up', x: expect.closeTo(0.75, 2), y: expect.closeTo(0.5, 2), button: 0 });
    browser.inputs.length = 0;
    await page.mouse.click(...at(0.5, 0.5), { button: 'right' });
    await page.mouse.wheel(0, 240);
    await eventually(() => browser.inputs.some(({ type }) => type === 'wheel'));
    expect(browser.inputs).toContainEqual({ type: 'down', x: 0.5, y: expect.closeTo(0.5, 2), button: 2 });
    expect(browser.inputs.at(-1)).toMatchObject({ type: 'wheel', dx: 0, dy: 240 });

    browser.inputs.length = 0;
    await press(page, 'Give it back');
    await says(page, 'Nobody has the mouse');
    await page.mouse.click(...at(0.5, 0.5));
    await page.keyboard.type('x');
    await press(page, 'Ask for the mouse');
    await says(page, 'You are next');
    expect(browser.inputs).toEqual([]);
  });

  test('sends keys and characters, pasted text, and the word of an input method', async () => {
    const { browser, page } = await room.driving();
    await page.locator('#screen').click();
    browser.inputs.length = 0;
    await page.keyboard.type('Aß ');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+a');
    await inputsAt(browser, 11);
    expect(keysAt(browser)).toEqual([
      ...['+A', '-A', '"ß"', '+ ', '- '],
      ...['+Enter', '-Enter', '+Control', '+a', '-a', '-Control'],
    ]);
    browser.inputs.length = 0;
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'two\r\nlines');
      document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
    });
    await inputsAt(browser, 1);
    expect(keysAt(browser)).toEqual([JSON.stringify('two\nlines')]);
    browser.inputs.length = 0;
    const session = await page.context().newCDPSession(page);
    for (const text of ['n', 'に', 'にほん'])
      await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    await session.send('Input.insertText', { text: '日本' });
    await inputsAt(browser, 1);
    await page.keyboard.press('Backspace');
    await inputsAt(browser, 3);
    expect(keysAt(browser)).toEqual(['"日本"', '+Backspace', '-Backspace']);
  });

  test('sends what the keys of other layouts type, once, with the place of the key', async () => {
    const { browser, page } = await room.driving();
    await page.locator('#screen').click();
    browser.inputs.length = 0;
    const session = await page.context().newCDPSession(page);
    const keys = [
      { key: 'z', code: 'KeyY', windowsVirtualKeyCode: 90 },
      { key: 'ß', code: 'Minus', windowsVirtualKeyCode: 219 },
      { key: 'é', code: 'Digit2', windowsVirtualKeyCode: 50 },
      { key: 'ж', code: 'Semicolon', windowsVirtualKeyCode: 186 },
    ];
    for (const { key, ...more } of keys) {
      await session.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text: key, ...more });
      await session.send('Input.dispatchKeyEvent', { type: 'keyUp', key, ...more });
    }
    await inputsAt(browser, 8);
    expect(keysAt(browser)).toEqual(['+z', '-z', '+ß', '-ß', '+é', '-é', '+ж', '-ж']);
    expect(browser.inputs.flatMap((event) => ('code' in event && event.down ? [event.code] : []))).toEqual(
      keys.map(({ code }) => code),
    );
  });

  test('sends ⌘ as Ctrl from a Mac, and no letter stays down', async () => {
    const { browser, page } = await room.driving();
    await page.addInitScript(() => Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' }));
    await page.reload();
    await says(page, 'You have the mouse');
    await page.locator('#screen').click();
    browser.inputs.length = 0;
    await page.keyboard.down('Meta');
    // A Mac does not tell that the letter goes up.
    await page.keyboard.down('a');
    await page.keyboard.up('Meta');
    await inputsAt(browser, 4);
    expect(keysAt(browser)).toEqual(['+Control', '+a', '-a', '-Control']);
  });

  test('lets go of what is down when the keyboard is left, and says by which keys', async () => {
    const { browser, page } = await room.driving();
    await page.locator('#screen').click();
    expect(await page.locator('#keys-hint').textContent()).toBe('Shift Esc leaves the picture');
    browser.inputs.length = 0;
    await page.keyboard.down('a');
    await page.keyboard.down('Shift');
    await page.keyboard.press('Escape');
    await inputsAt(browser, 4);
    expect(keysAt(browser)).toEqual(['+a', '+Shift', '-a', '-Shift']);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Give it back');
    // The way back, by keys alone.
    await page.keyboard.up('Shift');
    await page.locator('#keys').focus();
    browser.inputs.length = 0;
    await page.keyboard.type('b');
    await inputsAt(browser, 2);
  });

  test('takes a tap for a click, shows no keyboard for it, and has a button that does', async () => {
    const { browser, page } = await room.driving({
      hasTouch: true,
      isMobile: true,
      viewport: { width: 390, height: 780 },
    });
    browser.inputs.length = 0;
    const box = await boxOf(page);
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    await inputsAt(browser, 3);
    expect(browser.inputs.map(({ type }) => type)).toEqual(['move', 'down', 'up']);
    expect(await page.evaluate(() => document.activeElement?.id)).not.toBe('keys');
    await press(page, 'Keyboard');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('keys');
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  test('copies what was copied over there', async () => {
    const { browser, page } = await room.driving();
    browser.clipboard = 'from over there';
    await page.locator('#screen').click();
    await page.keyboard.press('Control+c');
    // Without the permission, and by the older way where there is none, the text is offered.
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await press(page, 'Copy from the shared browser’s clipboard');
    const read = () => page.evaluate(() => navigator.clipboard.readText());
    await eventually(async () => (await read()) === 'from over there', { found: read });
  });

  test('shows the pointer of whoever has the mouse with their name, and the others’ where the chat says so', async () => {
    await room.settle({ inactive_cursors: true });
    const { page } = await room.driving();
    const owner = await room.view(room.mira);
    await shows(owner, 'red');
    await page.locator('#screen').hover({ position: { x: 100, y: 100 } });
    await owner.locator('.pointer[data-host]', { hasText: room.linus.username }).waitFor();
    await owner.locator('#screen').hover({ position: { x: 200, y: 100 } });
    await page.locator('.pointer:not([data-host])', { hasText: room.mira.username }).waitFor();
    expect(await page.locator('.pointer').count()).toBe(1);
  });

  test('works by plain http in a LAN, where browsers withhold their clipboard: copies by a selection', async () => {
    const { port } = new URL(house.base);
    const { browser, page } = await room.driving({ at: `http://${LAN_NAME}:${port}` });
    expect(await page.evaluate(() => [isSecureContext, 'clipboard' in navigator])).toEqual([false, false]);
    browser.clipboard = 'over plain http';
    await page.evaluate(() => {
      document.addEventListener('copy', () => {
        const field = document.activeElement as HTMLTextAreaElement;
        document.title = field.value;
      });
    });
    await press(page, 'Copy from the shared browser’s clipboard');
    await eventually(async () => (await page.title()) === 'over plain http', { found: () => page.title() });
    await page.locator('#screen').click();
    browser.inputs.length = 0;
    await page.keyboard.type('b');
    await inputsAt(browser, 2);
    // Browsers say of a header for https that it has no effect here.
    room.excuse();
  });
});
