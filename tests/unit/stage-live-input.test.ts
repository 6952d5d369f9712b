import { describe, expect, test } from 'bun:test';
import type { BrowserInput } from '../../src/client/index.ts';
import { LiveInput } from '../../src/web/stage/live-input.ts';
import { TestTimers } from '../support/test-timers.ts';
import { turn } from '../support/waiting.ts';

const down: BrowserInput = { type: 'down', x: 0, y: 0, button: 0 };
const up: BrowserInput = { type: 'up', x: 0, y: 0, button: 0 };
const key = (name: string, isDown: boolean): BrowserInput => ({
  type: 'key',
  key: name,
  code: name,
  down: isDown,
  modifiers: 0,
});

/** Input, and what arrives of it: what each packet is, by its first byte. */
function stage() {
  const timers = new TestTimers();
  const sent: number[] = [];
  const claims: number[] = [];
  const texts: string[] = [];
  const pasted = Promise.withResolvers<boolean>();
  const input = new LiveInput({
    after: (ms, act) => timers.after(ms, act),
    now: () => timers.elapsed(),
    send: (packet) => sent.push(packet[0] ?? 0),
    claim: () => claims.push(timers.elapsed()),
    setClipboard(text) {
      texts.push(text);
      return pasted.promise;
    },
  });
  return {
    timers,
    sent,
    claims,
    texts,
    input,
    drive() {
      input.setOpen(true);
      input.setMayDrive(true);
    },
    /** The clipboard over there has the text, or refuses it. */
    async answer(isThere: boolean) {
      pasted.resolve(isThere);
      await turn();
    },
  };
}

describe('input for a browser that one page alone drives', () => {
  test('goes at once from the page that drives', () => {
    const { input, sent, claims, drive } = stage();
    drive();
    input.take([down, up]);
    expect([sent, claims]).toEqual([[1, 5, 6], []]);
  });

  test('asks for the right to drive, waits for it, and goes in order', async () => {
    const { input, sent, claims, drive, timers } = stage();
    input.take([down]);
    input.take([up]);
    await timers.advance(300);
    input.take([key('a', true)]);
    expect([sent, claims]).toEqual([[], [0, 300]]);
    drive();
    expect(sent).toEqual([1, 5, 6, 3]);
  });

  test('that has waited too long is forgotten: the screen is another by then', async () => {
    const { input, sent, drive, timers } = stage();
    input.take([down, up]);
    await timers.advance(3100);
    drive();
    expect(sent).toEqual([]);
    input.take([key('a', true)]);
    expect(sent).toEqual([3]);
  });

  test('lets nothing go that did not go down from here', () => {
    const { input, sent, claims, drive } = stage();
    input.take([up, key('a', false)]);
    expect(claims).toEqual([]);
    drive();
    expect(sent).toEqual([]);
  });

  test('forgets what was down when another page drives: it went up over there', () => {
    const { input, sent, drive } = stage();
    drive();
    input.take([key('a', true)]);
    input.setMayDrive(false);
    drive();
    input.take([key('a', false)]);
    expect(sent).toEqual([3]);
  });

  test('waits for a text on its way into the clipboard, and goes on without it if that is refused', async () => {
    // Ctrl and v down and up, then the key.
    for (const [isThere, arrived] of [[true, [3, 3, 4, 4, 3]] as const, [false, [3]] as const]) {
      const { input, sent, texts, drive, answer } = stage();
      drive();
      input.take([{ type: 'text', text: 'a text of many words' }, key('b', true)]);
      expect([texts, sent]).toEqual([['a text of many words'], []]);
      await answer(isThere);
      expect(sent).toEqual([...arrived]);
    }
  });
});
