import type { InputEvent } from '../../ports/browser-engine.ts';
import type { Params } from './devtools-pipe.ts';
import { isCharacter, isCommand, type KeyPress, keyOf, keyOfCharacter } from './keys.ts';

/**
 * One command to the page. `motion` may be left out for a newer one; `release` undoes a `press` and must never get lost.
 */
export type InputCommand = {
  kind: 'motion' | 'press' | 'release';
  method: string;
  params: Params;
};

type Point = { x: number; y: number };

const DOUBLE_CLICK_MS = 500;
const DOUBLE_CLICK_PX = 5;
const BUTTONS = [
  { name: 'left', mask: 1 },
  { name: 'middle', mask: 4 },
  { name: 'right', mask: 2 },
] as const;

/** Turns what viewers do into commands, and keeps in mind what is pressed over there. */
export class InputCommands {
  readonly #size: { width: number; height: number };
  readonly #keys = new Map<string, KeyPress>();
  #buttons = 0;
  #clicks = 0;
  #lastPress: (Point & { button: number; at: number }) | undefined;

  constructor(size: { width: number; height: number }) {
    this.#size = size;
  }

  /** `now`: milliseconds that never run backwards. */
  of(event: InputEvent, now: number): InputCommand[] {
    if (event.type === 'key') return event.down ? this.#keyDown(event) : this.#keyUp(event.code);
    if (event.type === 'text') return textCommands(event.text);
    const point = this.#pointOf(event);
    if (event.type === 'move') return [this.#mouse('motion', 'mouseMoved', { ...point, button: this.#heldButton() })];
    if (event.type === 'wheel') {
      const { dx, dy } = event;
      return [this.#mouse('motion', 'mouseWheel', { ...point, deltaX: dx, deltaY: dy })];
    }
    return event.type === 'down' ? this.#buttonDown(point, event.button, now) : this.#buttonUp(point, event.button);
  }

  #buttonDown(point: Point, button: 0 | 1 | 2, now: number): InputCommand[] {
    const { name, mask } = BUTTONS[button];
    const last = this.#lastPress;
    const isAgain =
      last?.button === button &&
      now - last.at <= DOUBLE_CLICK_MS &&
      Math.abs(last.x - point.x) <= DOUBLE_CLICK_PX &&
      Math.abs(last.y - point.y) <= DOUBLE_CLICK_PX;
    this.#clicks = isAgain ? this.#clicks + 1 : 1;
    this.#lastPress = { ...point, button, at: now };
    this.#buttons |= mask;
    return [this.#mouse('press', 'mousePressed', { ...point, button: name, clickCount: this.#clicks })];
  }

  #buttonUp(point: Point, button: 0 | 1 | 2): InputCommand[] {
    const { name, mask } = BUTTONS[button];
    if ((this.#buttons & mask) === 0) return [];
    this.#buttons &= ~mask;
    return [this.#mouse('release', 'mouseReleased', { ...point, button: name, clickCount: this.#clicks })];
  }

  #mouse(kind: InputCommand['kind'], type: string, params: Params): InputCommand {
    return { kind, method: 'Input.dispatchMouseEvent', params: { type, buttons: this.#buttons, ...params } };
  }

  #heldButton(): string {
    return BUTTONS.find(({ mask }) => (this.#buttons & mask) !== 0)?.name ?? 'none';
  }

  #keyDown({ key, code, modifiers }: { key: string; code: string; modifiers: number }): InputCommand[] {
    const press = keyOf(key, code, modifiers);
    if (press === undefined) return [];
    if (isCommand(press)) return [down(press, false), up(press)];
    const isRepeated = this.#keys.has(code);
    this.#keys.set(code, press);
    return [down(press, isRepeated)];
  }

  #keyUp(code: string): InputCommand[] {
    const press = this.#keys.get(code);
    if (press === undefined) return [];
    this.#keys.delete(code);
    return [up(press)];
  }

  /** Fractions of the picture; the last pixel is inside of it. */
  #pointOf({ x, y }: Point): Point {
    const { width, height } = this.#size;
    return { x: Math.min(x * width, width - 1), y: Math.min(y * height, height - 1) };
  }
}

/** Pages that listen to keys see those that typed the text, as far as a key can carry it. */
function textCommands(text: string): InputCommand[] {
  if (text === '') return [];
  if (!isCharacter(text)) return [{ kind: 'press', method: 'Input.insertText', params: { text } }];
  const press = { ...keyOfCharacter(text), modifiers: 0 };
  return [down(press, false), up(press)];
}

function down({ text, ...press }: KeyPress, autoRepeat: boolean): InputCommand {
  const params =
    text === undefined
      ? { type: 'rawKeyDown', ...press, autoRepeat }
      : { type: 'keyDown', ...press, autoRepeat, text, unmodifiedText: text };
  return { kind: 'press', method: 'Input.dispatchKeyEvent', params };
}

function up({ text: _, ...press }: KeyPress): InputCommand {
  return { kind: 'release', method: 'Input.dispatchKeyEvent', params: { type: 'keyUp', ...press } };
}
