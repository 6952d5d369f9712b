import type { Timers } from '../../src/core/clock.ts';
import type { ScreenSize } from './settings.ts';

/** Something that reached the screen. */
export type Happening =
  | { type: 'move'; x: number; y: number }
  | { type: 'scroll'; dx: number; dy: number; ctrl: boolean }
  | { type: 'key'; keysym: number; down: boolean }
  | { type: 'button'; button: number; down: boolean }
  | { type: 'touch'; phase: 'begin' | 'update' | 'end'; id: number; x: number; y: number; pressure: number };

/** Keys and buttons go up by themselves after this time, whoever holds them. */
const HELD_AT_MOST_MS = 10_000;
const LOOK_EVERY_MS = 1000;
const CTRL = 0xff_e3;

/** The X server of a room, as far as n.eko's clients can notice it. */
export class Desktop {
  readonly #timers: Timers;
  readonly #keys = new Map<number, number>();
  readonly #buttons = new Map<number, number>();
  /** Everything that reached the screen, in order. */
  readonly happened: Happening[] = [];
  screen: ScreenSize;
  pointer = { x: 0, y: 0 };
  /** Undefined until something is copied. */
  clipboard: { text: string; html: string } | undefined;
  onClipboard: () => void = () => {};

  constructor(screen: ScreenSize, timers: Timers) {
    this.screen = screen;
    this.#timers = timers;
    this.#look();
  }

  get keysDown(): number[] {
    return [...this.#keys.keys()];
  }

  get buttonsDown(): number[] {
    return [...this.#buttons.keys()];
  }

  move(x: number, y: number): void {
    this.pointer = { x, y };
    this.happened.push({ type: 'move', x, y });
  }

  scroll(dx: number, dy: number, ctrl: boolean): void {
    this.happened.push({ type: 'scroll', dx, dy, ctrl });
  }

  /** A key that is down already does not go down again: there is no repeating. */
  key(keysym: number, down: boolean): void {
    this.#press('key', this.#keys, keysym, down);
  }

  button(button: number, down: boolean): void {
    this.#press('button', this.#buttons, button, down);
  }

  /** Keys together, such as Control and V; whatever else is down goes up. */
  strike(...keysyms: number[]): void {
    this.resetKeys();
    for (const keysym of keysyms) this.key(keysym, true);
    this.resetKeys();
  }

  strikeWithCtrl(keysym: number): void {
    this.strike(CTRL, keysym);
  }

  touch(phase: 'begin' | 'update' | 'end', id: number, x: number, y: number, pressure: number): void {
    this.happened.push({ type: 'touch', phase, id, x, y, pressure });
  }

  resetKeys(): void {
    for (const button of this.buttonsDown) this.button(button, false);
    for (const keysym of this.keysDown) this.key(keysym, false);
  }

  copy(text: string, html = ''): void {
    // xclip, asked for one target, answers for any: text comes back as HTML too, and the other way about.
    this.clipboard = { text: html || text, html: html || text };
    this.onClipboard();
  }

  #press(type: 'key' | 'button', held: Map<number, number>, code: number, down: boolean): void {
    if (held.has(code) === down) return;
    if (down) held.set(code, this.#timers.elapsed());
    else held.delete(code);
    this.happened.push(type === 'key' ? { type, keysym: code, down } : { type, button: code, down });
  }

  #look(): void {
    this.#timers.after(LOOK_EVERY_MS, () => {
      const before = this.#timers.elapsed() - HELD_AT_MOST_MS;
      for (const [button, since] of this.#buttons) if (since <= before) this.button(button, false);
      for (const [keysym, since] of this.#keys) if (since <= before) this.key(keysym, false);
      this.#look();
    });
  }
}
