/** X11's names for keys that type nothing, by the DOM's name; two where a key stands on both sides of the keyboard. */
const NAMED: Record<string, number | readonly [left: number, right: number]> = {
  Backspace: 0xff08,
  Tab: 0xff09,
  Clear: 0xff0b,
  Enter: 0xff0d,
  Pause: 0xff13,
  Escape: 0xff1b,
  Home: 0xff50,
  ArrowLeft: 0xff51,
  ArrowUp: 0xff52,
  ArrowRight: 0xff53,
  ArrowDown: 0xff54,
  PageUp: 0xff55,
  PageDown: 0xff56,
  End: 0xff57,
  Select: 0xff60,
  Insert: 0xff63,
  Undo: 0xff65,
  Redo: 0xff66,
  ContextMenu: 0xff67,
  Find: 0xff68,
  Cancel: 0xff69,
  Help: 0xff6a,
  Delete: 0xffff,
  Shift: [0xffe1, 0xffe2],
  Control: [0xffe3, 0xffe4],
  Alt: [0xffe9, 0xffea],
  // As with the other engine, ⌘ and the Windows key count as Ctrl.
  Meta: [0xffe3, 0xffe4],
  ZoomIn: 0x1008ff8b,
  ZoomOut: 0x1008ff8c,
  BrowserBack: 0x1008ff26,
  BrowserForward: 0x1008ff27,
  BrowserRefresh: 0x1008ff29,
  BrowserSearch: 0x1008ff1b,
  BrowserFavorites: 0x1008ff30,
  BrowserHome: 0x1008ff18,
  Copy: 0x1008ff57,
  Cut: 0x1008ff58,
  Paste: 0x1008ff6d,
};

/** Keys of the number pad have names of their own. */
const NUMPAD: Record<string, number> = {
  NumpadEnter: 0xff8d,
  NumpadMultiply: 0xffaa,
  NumpadAdd: 0xffab,
  NumpadSubtract: 0xffad,
  NumpadDivide: 0xffaf,
};

const F1 = 0xffbe;
const UNICODE = 0x01000000;

/** The keysym of a character. Latin-1 has its own numbers there; the rest is Unicode's. */
export function keysymOfCharacter(character: string): number | undefined {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a || code === 0x0d) return 0xff0d;
  if (code === 0x09) return 0xff09;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return undefined;
  return code <= 0xff ? code : UNICODE + code;
}

/** The keysym of a key, by the DOM's `key` and `code`; undefined for one that means nothing over there. */
export function keysymOf(key: string, code: string): number | undefined {
  if (Object.hasOwn(NUMPAD, code)) return NUMPAD[code];
  if ([...key].length === 1) return keysymOfCharacter(key);
  const functionKey = /^F(\d{1,2})$/.exec(key)?.[1];
  if (functionKey) return Number(functionKey) <= 24 ? F1 + Number(functionKey) - 1 : undefined;
  const named = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
  return typeof named === 'object' ? named[code.endsWith('Right') ? 1 : 0] : named;
}
