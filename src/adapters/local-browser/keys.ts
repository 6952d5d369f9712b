import { MODIFIERS } from '../../ports/browser-engine.ts';

/** A key as Chromium wants it. `text` is what it types. */
export type Key = { key: string; code: string; windowsVirtualKeyCode: number; text?: string };
export type KeyPress = Key & { modifiers: number };

/** Keys that act on the page. All others do nothing, or act on the browser. */
const NAMED: Readonly<Record<string, number>> = {
  Enter: 13,
  Backspace: 8,
  Tab: 9,
  Escape: 27,
  Delete: 46,
  Home: 36,
  End: 35,
  PageUp: 33,
  PageDown: 34,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
  Shift: 16,
  Control: 17,
};

const PUNCTUATION: Readonly<Record<string, number>> = {
  Space: 32,
  Semicolon: 186,
  Equal: 187,
  Comma: 188,
  Minus: 189,
  Period: 190,
  Slash: 191,
  Backquote: 192,
  BracketLeft: 219,
  Backslash: 220,
  BracketRight: 221,
  Quote: 222,
  IntlBackslash: 226,
};

/** Together with Ctrl. Others open windows, close the page or leave it. */
const WITH_CTRL = new Set([
  ...['a', 'c', 'v', 'x', 'y', 'z'],
  ...[
    'Backspace',
    'Delete',
    'Home',
    'End',
    'ArrowLeft',
    'ArrowUp',
    'ArrowRight',
    'ArrowDown',
    'Enter',
    'Shift',
    'Control',
  ],
]);

const { alt: ALT, ctrl: CTRL, meta: META, shift: SHIFT } = MODIFIERS;

/** A key and what is held with it; undefined for one that must not reach the browser. */
export function keyOf(name: string, code: string, modifiers: number): KeyPress | undefined {
  const key = name === 'Meta' ? 'Control' : name;
  const held = (modifiers & (CTRL | SHIFT | ALT)) | (modifiers & META ? CTRL : 0);
  if (isCharacter(key)) return characterWith(key, code, held);
  const virtual = NAMED[key];
  if (virtual === undefined || held & ALT) return undefined;
  if (held & CTRL && !WITH_CTRL.has(key)) return undefined;
  const text = key === 'Enter' && !(held & CTRL) ? { text: '\r' } : {};
  return {
    key,
    code: name === 'Meta' ? 'ControlLeft' : code,
    windowsVirtualKeyCode: virtual,
    modifiers: held,
    ...text,
  };
}

/** The key for a character that was typed in some other way: by a soft keyboard, a dead key, an input method. */
export function keyOfCharacter(character: string): Key {
  return {
    key: character,
    code: codeOf(character),
    windowsVirtualKeyCode: virtualOf(codeOf(character)),
    text: character,
  };
}

/** Whether a key event can carry it: one character that is neither a control nor in need of two halves. */
export function isCharacter(text: string): boolean {
  return text.length === 1 && text >= ' ' && text !== '\u007f' && !/[\ud800-\udfff\u0080-\u009f]/.test(text);
}

/** Ctrl with a letter is a command: it is pressed and let go at once, because some systems never report the letter’s release. */
export const isCommand = ({ key, modifiers }: KeyPress): boolean => (modifiers & CTRL) !== 0 && isCharacter(key);

function characterWith(key: string, code: string, held: number): KeyPress | undefined {
  const isAltGr = (held & ALT) !== 0 && ((held & CTRL) !== 0 || !/^[a-z0-9]$/i.test(key));
  if (isAltGr) return { ...typed(key, code), modifiers: 0 };
  if (held & ALT) return undefined;
  if (!(held & CTRL)) return { ...typed(key, code), modifiers: held };
  const letter = key.toLowerCase();
  if (!WITH_CTRL.has(letter)) return undefined;
  // By the letter and not by its place: Ctrl+Z is where the keyboard says Z.
  const virtual = letter.toUpperCase().charCodeAt(0);
  return { key, code: `Key${letter.toUpperCase()}`, windowsVirtualKeyCode: virtual, modifiers: held };
}

const typed = (key: string, code: string): Key => ({ key, code, windowsVirtualKeyCode: virtualOf(code), text: key });

function codeOf(character: string): string {
  if (/[a-z]/i.test(character)) return `Key${character.toUpperCase()}`;
  if (/\d/.test(character)) return `Digit${character}`;
  return character === ' ' ? 'Space' : '';
}

function virtualOf(code: string): number {
  const plain = /^(?:Key|Digit|Numpad)([A-Z\d])$/.exec(code)?.[1];
  return plain === undefined ? (PUNCTUATION[code] ?? 0) : plain.charCodeAt(0);
}
