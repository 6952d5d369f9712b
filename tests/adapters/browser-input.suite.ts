import { afterAll, describe, expect, test } from 'bun:test';
import { MODIFIERS, type RunningBrowser } from '../../src/ports/browser-engine.ts';
import { eventually } from '../support/waiting.ts';
import { click, heard, SharedRoom, type SuiteStage } from './browser-viewer.ts';

const FIELD = `<textarea id="field" style="width:800px;height:400px"></textarea><script>
  field.focus();
  field.addEventListener('input', () => say('value: ' + field.value));
</script>`;

/** Presses a key and lets it go. */
function press(browser: RunningBrowser, key: string, code: string, modifiers = 0): void {
  const about = { type: 'key', key, code, modifiers } as const;
  browser.input([
    { ...about, down: true },
    { ...about, down: false },
  ]);
}

/** What every browser engine promises of mouse and keyboard. */
export function browserInputPromises(name: string, open: () => SuiteStage): void {
  describe(`input to a browser of ${name}`, () => {
    const shared = new SharedRoom(open);
    afterAll(() => shared.close());

    test('clicks where it points, up to the very edges, and those who watch see what comes of it', async () => {
      const { browser, site, viewer } = await shared.at(`<style>body{margin:0}</style><script>
        addEventListener('click', ({ clientX: x, clientY: y, button }) => {
          say('at ' + Math.round(x) + ' ' + Math.round(y));
          document.body.style.background = '#0a0';
        });
      </script>`);
      browser.cast('full', true);
      await eventually(() => viewer.frames.length > 0);
      const before = viewer.frames.length;
      click(browser, 400, 300);
      await heard(site, 'at 400 300');
      await eventually(() => viewer.frames.length > before);
      click(browser, 0, 0);
      await heard(site, 'at 0 0');
      click(browser, browser.width, browser.height);
      await heard(site, `at ${browser.width - 1} ${browser.height - 1}`);
    });

    test('selects a word by a double click, drags, scrolls, and presses each button', async () => {
      const { browser, site } = await shared.at(`<p style="font:40px monospace">first second third</p>
        <div style="height:3000px"></div><script>
        document.addEventListener('selectionchange', () => say('selected: ' + getSelection()));
        addEventListener('scroll', () => say(scrollY > 0 ? 'scrolled' : ''));
        addEventListener('mousedown', ({ button, buttons }) => say('down ' + button + ' ' + buttons));
        addEventListener('mouseup', ({ button, buttons }) => say('up ' + button + ' ' + buttons));
        addEventListener('contextmenu', () => say('menu'));
      </script>`);
      click(browser, 60, 65);
      click(browser, 60, 65);
      await heard(site, 'selected: first');
      click(browser, 700, 500);
      const [y, width] = [65 / browser.height, browser.width];
      browser.input([
        { type: 'down', x: 2 / width, y, button: 0 },
        { type: 'move', x: 100 / width, y },
        { type: 'move', x: 440 / width, y },
        { type: 'up', x: 440 / width, y, button: 0 },
      ]);
      await eventually(() => site.said.some((text) => text.startsWith('selected: first second third')));
      for (const button of [1, 2] as const) {
        browser.input([
          { type: 'down', x: 0.5, y: 0.5, button },
          { type: 'up', x: 0.5, y: 0.5, button },
        ]);
      }
      await heard(site, 'up 1 0');
      await heard(site, 'down 1 4');
      await heard(site, 'down 2 2');
      await heard(site, 'menu');
      browser.input([{ type: 'wheel', x: 0.5, y: 0.5, dx: 0, dy: 120 }]);
      await heard(site, 'scrolled');
    });

    test('types the characters of any keyboard, each once, and no dead keys', async () => {
      const { browser, site } = await shared.at(FIELD);
      const typed = 'äöüÄÖÜß @€{}[]<>| éèêçà ľščťžýáíé ďň ŕĺ 日本 😀';
      for (const text of typed) browser.input([{ type: 'text', text }]);
      await heard(site, `value: ${typed}`);
      press(browser, 'Dead', 'Equal');
      press(browser, 'Process', 'KeyA');
      press(browser, 'Unidentified', '');
      browser.input([{ type: 'text', text: ' ein ganzer Satz, príliš žltý.' }]);
      await heard(site, `value: ${typed} ein ganzer Satz, príliš žltý.`);
    });

    test('types by keys, with what AltGr makes of them, and capital letters', async () => {
      const { browser, site } = await shared.at(FIELD);
      const { alt, ctrl, shift } = MODIFIERS;
      press(browser, 'z', 'KeyY');
      press(browser, 'Z', 'KeyY', shift);
      press(browser, '@', 'KeyQ', ctrl + alt);
      press(browser, '€', 'KeyE', ctrl + alt);
      press(browser, '{', 'Digit7', alt);
      press(browser, 'ß', 'Minus');
      press(browser, '1', 'Numpad1');
      press(browser, ' ', 'Space');
      await heard(site, 'value: zZ@€{ß1 ');
    });

    test('moves and deletes by keys, and breaks lines', async () => {
      const { browser, site } = await shared.at(FIELD);
      browser.input([{ type: 'text', text: 'abc' }]);
      press(browser, 'Enter', 'Enter');
      browser.input([{ type: 'text', text: 'd' }]);
      await heard(site, 'value: abc\nd');
      press(browser, 'ArrowUp', 'ArrowUp');
      press(browser, 'Backspace', 'Backspace');
      await heard(site, 'value: bc\nd');
      press(browser, 'Delete', 'Delete');
      await heard(site, 'value: c\nd');
      press(browser, 'End', 'End', MODIFIERS.ctrl);
      press(browser, 'Backspace', 'Backspace');
      await heard(site, 'value: c\n');
      press(browser, 'ArrowLeft', 'ArrowLeft');
      press(browser, 'ArrowLeft', 'ArrowLeft', MODIFIERS.shift);
      browser.input([{ type: 'text', text: 'x' }]);
      await heard(site, 'value: x\n');
    });

    test('copies, cuts, pastes, undoes, by Ctrl and by the key of a Mac, and each once', async () => {
      const { browser, site } = await shared.at(FIELD);
      const { ctrl, meta } = MODIFIERS;
      browser.input([{ type: 'text', text: 'one ' }]);
      press(browser, 'a', 'KeyA', ctrl);
      press(browser, 'c', 'KeyC', ctrl);
      press(browser, 'v', 'KeyV', ctrl);
      press(browser, 'v', 'KeyV', ctrl);
      await heard(site, 'value: one one ');
      // A Mac never reports that the letter was let go while the command key is down.
      for (const [key, code] of [
        ['a', 'KeyA'],
        ['x', 'KeyX'],
        ['v', 'KeyV'],
        ['v', 'KeyV'],
      ] as const) {
        browser.input([{ type: 'key', key, code, down: true, modifiers: meta }]);
      }
      await heard(site, 'value: one one one one ');
      press(browser, 'z', 'KeyZ', ctrl);
      await eventually(() => site.said.at(-1) !== 'value: one one one one ');
      browser.input([{ type: 'text', text: '.' }]);
      await eventually(() => site.said.at(-1)?.endsWith('.') === true);
    });

    test('keeps keys away that act on the browser', async () => {
      const { browser, site, viewer } = await shared.at(`${FIELD}<script>
        addEventListener('keydown', ({ key, ctrlKey, altKey }) => say('key ' + key + ' ' + ctrlKey + ' ' + altKey));
        addEventListener('blur', () => say('blurred'));
      </script>`);
      const { url } = browser.page;
      const { ctrl, alt, shift } = MODIFIERS;
      for (const letter of 'tnwruospljhdgfi') press(browser, letter, `Key${letter.toUpperCase()}`, ctrl);
      for (const letter of 'tnwi') press(browser, letter.toUpperCase(), `Key${letter.toUpperCase()}`, ctrl + shift);
      for (const number of [1, 3, 4, 5, 6, 7, 11, 12]) press(browser, `F${number}`, `F${number}`);
      press(browser, 'ArrowLeft', 'ArrowLeft', alt);
      press(browser, 'F4', 'F4', alt);
      press(browser, 'd', 'KeyD', alt);
      press(browser, 'Tab', 'Tab', ctrl);
      browser.input([{ type: 'text', text: 'still here' }]);
      await heard(site, 'value: still here');
      expect(site.said.filter((text) => /^key .* (true false|false true)$|blurred/.test(text))).toEqual([]);
      expect(browser.page.url).toBe(url);
      expect(viewer.notices).toEqual([]);
    });

    test('reports keys with their names, and repeats those that are held', async () => {
      const { browser, site } = await shared.at(`<script>
        for (const type of ['keydown', 'keyup']) addEventListener(type, ({ key, code, keyCode, repeat, shiftKey }) =>
          say([type, key, code, keyCode, repeat, shiftKey].join(' ')));
      </script>`);
      const down = { type: 'key', key: 'a', code: 'KeyA', down: true, modifiers: 0 } as const;
      browser.input([down, down, { ...down, down: false }]);
      press(browser, 'Escape', 'Escape');
      press(browser, 'Shift', 'ShiftLeft', MODIFIERS.shift);
      await heard(site, 'keyup Shift ShiftLeft 16 false true');
      expect(site.said.filter((text) => text.startsWith('key'))).toEqual([
        'keydown a KeyA 65 false false',
        'keydown a KeyA 65 true false',
        'keyup a KeyA 65 false false',
        'keydown Escape Escape 27 false false',
        'keyup Escape Escape 27 false false',
        'keydown Shift ShiftLeft 16 false true',
        'keyup Shift ShiftLeft 16 false true',
      ]);
    });

    test('opens the list of a select where everyone sees it, and picks from it', async () => {
      const { browser, site, viewer } = await shared.at(`
        <select id="list" style="position:absolute;left:100px;top:100px;width:200px;height:40px;font:20px sans-serif">
          <option>one<option>two<option>three</select>
        <script>
          list.addEventListener('change', () => say('picked ' + list.value));
          (function look() {
            const { x, y, height } = list.options[2].getBoundingClientRect();
            if (list.matches(':open') && height > 0) say('three at ' + Math.round(x + 9) + ' ' + Math.round(y + height / 2));
            else requestAnimationFrame(look);
          })();
        </script>`);
      browser.cast('full', true);
      await eventually(() => viewer.frames.length > 0);
      const before = viewer.frames.length;
      click(browser, 200, 120);
      const place = () =>
        site.said
          .find((text) => text.startsWith('three at '))
          ?.match(/\d+/g)
          ?.map(Number);
      await eventually(() => place() !== undefined && viewer.frames.length > before);
      const [x = 0, y = 0] = place() ?? [];
      click(browser, x, y);
      await heard(site, 'picked three');
    });

    test('survives ten thousand events at once, and a page that stands still for a while', async () => {
      const { browser, site } = await shared.at(`${FIELD}<script>
        addEventListener('click', () => { const until = Date.now() + 3000; while (Date.now() < until); });
      </script>`);
      click(browser, 100, 100);
      for (let count = 0; count < 10_000; count++) {
        browser.input([{ type: 'move', x: (count % 100) / 100, y: 0.5 }]);
        browser.input([{ type: 'text', text: 'x' }]);
      }
      // All that was typed at a page that stood still is too old by now, except what was under way.
      await eventually(() => {
        browser.input([{ type: 'text', text: '!' }]);
        return site.said.some((text) => text.includes('!'));
      });
      expect(Math.max(...site.said.map((text) => text.length))).toBeLessThan(400);
    });
  });
}
