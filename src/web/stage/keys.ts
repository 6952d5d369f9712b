/** Where this page runs: on a Mac, ⌘ stands for what is Ctrl over there. */
export type Platform = 'mac' | 'other';

/** What is read of a `KeyboardEvent`. */
export type KeyPress = {
  key: string;
  code: string;
  keyCode: number;
  isComposing: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
  /** AltGr, which is neither Alt nor Ctrl. */
  altGraph: boolean;
};

export function keyPressOf(event: KeyboardEvent): KeyPress {
  const { key, code, keyCode, isComposing, ctrlKey, altKey, shiftKey, metaKey } = event;
  const altGraph = event.getModifierState('AltGraph');
  return { key, code, keyCode, isComposing, ctrlKey, altKey, shiftKey, metaKey, altGraph };
}

const [ALT, CTRL, META, SHIFT] = [1, 2, 4, 8];

const MODIFIERS = ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph'];

export const isModifier = (key: string): boolean => MODIFIERS.includes(key);

/** Keys that mean nothing over there, or belong to the browser or the system here. */
const IDLE = /^(CapsLock|NumLock|ScrollLock|Fn|FnLock|Hyper|Super|Symbol|SymbolLock|F11|F12|PrintScreen|Power|Pause)$/;
const OF_THE_DEVICE = /^(Audio|Media|Launch|Brightness|Microphone|Eject|Sleep|WakeUp)/;

export function isIdle({ key }: KeyPress, platform: Platform): boolean {
  // On a Mac, Option makes other characters, which come as themselves.
  return IDLE.test(key) || OF_THE_DEVICE.test(key) || (platform === 'mac' && key === 'Alt');
}

/** Keys that an input method or a dead key is still making something of. 229 stands for those. */
export function isLeftToInputMethod({ key, keyCode, isComposing }: KeyPress): boolean {
  return isComposing || keyCode === 229 || ['Process', 'Unidentified', 'Dead'].includes(key);
}

/** Whether the key types a character, and is no shortcut. */
export function isCharacter(press: KeyPress, platform: Platform): boolean {
  if ([...press.key].length !== 1) return false;
  if (press.altGraph) return true;
  return !press.ctrlKey && !press.metaKey && (!press.altKey || platform === 'mac');
}

/** The letter of a shortcut. On a layout without Latin letters, the place of the key says which. */
function letterOf({ key, code }: Pick<KeyPress, 'key' | 'code'>): string {
  const byPlace = /^Key([A-Z])$/.exec(code)?.[1];
  return byPlace && key.length === 1 && key > '\u024f' ? byPlace.toLowerCase() : key.toLowerCase();
}

const isCommand = ({ ctrlKey, metaKey, altKey }: KeyPress) => (ctrlKey || metaKey) && !altKey;

/** Pasting: the text comes with the `paste` event, which needs no permission. */
export function isPaste(press: KeyPress): boolean {
  return (isCommand(press) && letterOf(press) === 'v') || (press.shiftKey && press.key === 'Insert');
}

/** Copying or cutting: what it puts into the clipboard over there is wanted here. */
export function isCopy(press: KeyPress): boolean {
  return isCommand(press) && !press.shiftKey && ['c', 'x', 'insert'].includes(letterOf(press));
}

/** Keys by which a browser navigates: over there they would reach the page alone. */
export function shortcutOf(press: KeyPress, platform: Platform): 'back' | 'forward' | 'reload' | undefined {
  const { key, altKey, ctrlKey, metaKey, shiftKey } = press;
  if (key === 'BrowserBack' || (key === 'GoBack' && !shiftKey)) return 'back';
  if (key === 'BrowserForward') return 'forward';
  if (key === 'F5' || key === 'BrowserRefresh' || (isCommand(press) && letterOf(press) === 'r')) return 'reload';
  if (platform === 'mac' && metaKey && key === '[') return 'back';
  if (platform === 'mac' && metaKey && key === ']') return 'forward';
  if (platform === 'mac' || !altKey || ctrlKey || metaKey) return undefined;
  if (key === 'ArrowLeft') return 'back';
  return key === 'ArrowRight' ? 'forward' : undefined;
}

/** Editing keys of a Mac, and what does the same over there. */
const MAC_EDITING: Record<string, { key: string; modifiers: number }> = {
  '⌘ArrowLeft': { key: 'Home', modifiers: 0 },
  '⌘ArrowRight': { key: 'End', modifiers: 0 },
  '⌘ArrowUp': { key: 'Home', modifiers: CTRL },
  '⌘ArrowDown': { key: 'End', modifiers: CTRL },
  '⌥ArrowLeft': { key: 'ArrowLeft', modifiers: CTRL },
  '⌥ArrowRight': { key: 'ArrowRight', modifiers: CTRL },
  '⌥Backspace': { key: 'Backspace', modifiers: CTRL },
  '⌥Delete': { key: 'Delete', modifiers: CTRL },
};

export type SentKey = { key: string; code: string; modifiers: number };

/** How a key is named over there, and with which modifiers. A character is typed with Shift at most. */
export function sentKey(press: KeyPress, platform: Platform): SentKey {
  const { key, code, shiftKey, ctrlKey, altKey, metaKey } = press;
  const shift = shiftKey ? SHIFT : 0;
  if (isCharacter(press, platform)) return { key, code, modifiers: shift };
  if (platform === 'other') {
    const modifiers = (altKey ? ALT : 0) + (ctrlKey ? CTRL : 0) + (metaKey ? META : 0) + shift;
    return { key: [...key].length === 1 ? letterOf(press) : key, code, modifiers };
  }
  const editing = MAC_EDITING[(metaKey ? '⌘' : altKey ? '⌥' : '') + key];
  if (editing) return { key: editing.key, code: editing.key, modifiers: editing.modifiers + shift };
  const modifiers = (altKey ? ALT : 0) + (ctrlKey || metaKey ? CTRL : 0) + shift;
  if (key === 'Meta') return { key: 'Control', code: code.replace('Meta', 'Control'), modifiers };
  return { key: [...key].length === 1 ? letterOf(press) : key, code, modifiers };
}
