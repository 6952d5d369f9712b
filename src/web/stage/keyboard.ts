import type { BrowserInput } from '../../client/browser-wire.ts';
import {
  isCharacter,
  isCopy,
  isIdle,
  isLeftToInputMethod,
  isModifier,
  isPaste,
  type KeyPress,
  type Platform,
  sentKey,
  shortcutOf,
} from './keys.ts';

/** What one event of the keyboard comes to. */
export type KeyOutcome = {
  send: BrowserInput[];
  /** The event's default action must not happen here. */
  prevent: boolean;
  /** What it means for the page around the picture. */
  does?: 'leave' | 'copy' | 'back' | 'forward' | 'reload';
};

const NOTHING: KeyOutcome = { send: [], prevent: false };

/** What an edit without a key, such as one of a soft keyboard, is pressed as. */
const EDITS: Record<string, { key: string; modifiers?: number }> = {
  insertLineBreak: { key: 'Enter' },
  insertParagraph: { key: 'Enter' },
  deleteContentBackward: { key: 'Backspace' },
  deleteContentForward: { key: 'Delete' },
  deleteWordBackward: { key: 'Backspace', modifiers: 2 },
  deleteWordForward: { key: 'Delete', modifiers: 2 },
};

/**
 * Turns keyboard events of a text field into input for the shared browser. A key that types a character is known by both
 * its key event and the character that the browser here makes of it, so that every layout, dead key and input method
 * arrives as it was typed.
 */
export class Keyboard {
  readonly #platform: Platform;
  /** The keys that are down over there, by code. */
  readonly #down = new Map<string, { key: string; code: string }>();
  /** A key that should type a character; what it types follows as `beforeinput`. */
  #typing: KeyPress | undefined;
  #isAfterDead: boolean = false;
  #isComposing: boolean = false;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** While an input method composes, the field's text is its own. */
  get isComposing(): boolean {
    return this.#isComposing;
  }

  keyDown(press: KeyPress): KeyOutcome {
    this.#typing = undefined;
    if (this.#isComposing || isLeftToInputMethod(press)) {
      this.#isAfterDead = press.key === 'Dead';
      return NOTHING;
    }
    const wasAfterDead = this.#isAfterDead && !isModifier(press.key);
    if (!isModifier(press.key)) this.#isAfterDead = false;
    // Windows reports AltGr as a Ctrl that nobody pressed.
    if (press.key === 'AltGraph') return { send: this.#up('ControlLeft'), prevent: true };
    if (isIdle(press, this.#platform)) return NOTHING;
    const released = this.#releaseMissing(press);
    if (press.key === 'Escape' && press.shiftKey) return { send: released, prevent: true, does: 'leave' };
    if (isPaste(press)) return { send: released, prevent: false };
    if (isCharacter(press, this.#platform)) {
      if (!wasAfterDead) this.#typing = press;
      return { send: released, prevent: false };
    }
    const shortcut = shortcutOf(press, this.#platform);
    if (shortcut) return { send: released, prevent: true, does: shortcut };
    const send = [...released, ...this.#press(press)];
    return isCopy(press) ? { send, prevent: true, does: 'copy' } : { send, prevent: true };
  }

  keyUp(press: KeyPress): KeyOutcome {
    // While ⌘ is down, macOS does not report that other keys go up.
    if (press.key === 'Meta' && this.#platform === 'mac') return { send: this.release(), prevent: true };
    const send = this.#up(press.code || press.key);
    return { send, prevent: send.length > 0 };
  }

  /** What is about to change in the field. */
  beforeInput(inputType: string, data: string | null): KeyOutcome {
    if (this.#isComposing || inputType === 'insertCompositionText') return NOTHING;
    if (inputType === 'insertText') {
      const press = this.#typing;
      this.#typing = undefined;
      if (!data) return { send: [], prevent: true };
      // A key carries one UTF-16 code unit.
      const isKey = press?.key === data && data.length === 1;
      return { send: isKey ? this.#press(press) : [text(data)], prevent: true };
    }
    const edit = EDITS[inputType];
    if (!edit) return { send: [], prevent: true };
    const event = { type: 'key' as const, key: edit.key, code: edit.key, modifiers: edit.modifiers ?? 0 };
    return {
      send: [
        { ...event, down: true },
        { ...event, down: false },
      ],
      prevent: true,
    };
  }

  compositionStart(): void {
    this.#isComposing = true;
    this.#typing = undefined;
  }

  compositionEnd(data: string): BrowserInput[] {
    this.#isComposing = false;
    this.#isAfterDead = false;
    return data === '' ? [] : [text(data)];
  }

  /** Lets go of every key that is down over there. */
  release(): BrowserInput[] {
    this.#typing = undefined;
    return [...this.#down.keys()].flatMap((code) => this.#up(code));
  }

  #press(press: KeyPress): BrowserInput[] {
    const { key, code, modifiers } = sentKey(press, this.#platform);
    const event = { type: 'key' as const, key, code, modifiers };
    const isUnreleased = this.#platform === 'mac' && press.metaKey && !isModifier(press.key);
    if (isUnreleased)
      return [
        { ...event, down: true },
        { ...event, down: false },
      ];
    this.#down.set(press.code || press.key, { key, code });
    return [{ ...event, down: true }];
  }

  #up(id: string): BrowserInput[] {
    const pressed = this.#down.get(id);
    if (pressed === undefined) return [];
    this.#down.delete(id);
    return [{ type: 'key', ...pressed, down: false, modifiers: 0 }];
  }

  /** Modifiers that went up unseen, in another window for example. */
  #releaseMissing(press: KeyPress): BrowserInput[] {
    const held: [string, boolean][] = [
      ['Shift', press.shiftKey],
      ['Control', press.ctrlKey],
      ['Alt', press.altKey],
      ['Meta', press.metaKey],
    ];
    return held.flatMap(([name, isDown]) =>
      isDown || press.key === name ? [] : [`${name}Left`, `${name}Right`].flatMap((code) => this.#up(code)),
    );
  }
}

const text = (data: string): BrowserInput => ({ type: 'text', text: data });
