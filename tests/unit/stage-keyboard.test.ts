import { describe, expect, test } from 'bun:test';
import type { BrowserInput } from '../../src/client/index.ts';
import { Keyboard, type KeyOutcome } from '../../src/web/stage/keyboard.ts';
import type { KeyPress, Platform } from '../../src/web/stage/keys.ts';

const IDLE: KeyPress = {
  key: '',
  code: '',
  keyCode: 65,
  isComposing: false,
  ctrlKey: false,
  altKey: false,
  shiftKey: false,
  metaKey: false,
  altGraph: false,
};

/** A keyboard, and what the browser over there is sent, written shortly: `+a`, `-a`, `ctrl+a`, `"text"`. */
function keyboardOn(platform: Platform = 'other') {
  const keyboard = new Keyboard(platform);
  const sent: string[] = [];
  const outcomes: KeyOutcome[] = [];
  const take = (outcome: KeyOutcome) => {
    sent.push(...outcome.send.map(shortly));
    outcomes.push(outcome);
    return outcome;
  };
  const down = (key: string, code: string, more: Partial<KeyPress> = {}) =>
    take(keyboard.keyDown({ ...IDLE, key, code, ...more }));
  return {
    keyboard,
    sent,
    outcomes,
    down,
    up: (key: string, code: string, more: Partial<KeyPress> = {}) =>
      take(keyboard.keyUp({ ...IDLE, key, code, ...more })),
    edit: (inputType: string, data: string | null = null) => take(keyboard.beforeInput(inputType, data)),
    /** A key that types what it is named. */
    type(key: string, code: string, more: Partial<KeyPress> = {}) {
      down(key, code, more);
      take(keyboard.beforeInput('insertText', key));
      take(keyboard.keyUp({ ...IDLE, key, code, ...more }));
    },
    compose(...words: string[]) {
      keyboard.compositionStart();
      sent.push(...keyboard.compositionEnd(words.at(-1) ?? '').map(shortly));
    },
    release: () => sent.push(...keyboard.release().map(shortly)),
  };
}

function shortly(event: BrowserInput): string {
  if (event.type === 'text') return JSON.stringify(event.text);
  if (event.type !== 'key') return event.type;
  const names = ['alt', 'ctrl', 'meta', 'shift'].filter((_, bit) => event.modifiers & (1 << bit));
  return `${event.down ? '+' : '-'}${[...names, event.key].join('+')}`;
}

describe('a character', () => {
  test.each([
    ['y', 'KeyZ', {}, 'z and y change places on a German keyboard'],
    ['ß', 'Minus', {}, 'a letter that is on no American key'],
    ['é', 'Digit2', {}, 'a letter in the row of digits'],
    ['A', 'KeyQ', { shiftKey: true }, 'a capital'],
    ['ж', 'Semicolon', {}, 'another alphabet'],
  ])('%s arrives as typed, once, and goes up again', (key, code, more) => {
    const { type, sent } = keyboardOn();
    type(key, code, more);
    const shift = 'shiftKey' in more ? 'shift+' : '';
    expect(sent).toEqual([`+${shift}${key}`, `-${key}`]);
  });

  test('of two code units, which no key carries, comes as text', () => {
    const { type, sent } = keyboardOn();
    type('🙂', '');
    expect(sent).toEqual(['"🙂"']);
  });

  test('with Caps Lock is the capital, and Caps Lock itself stays here', () => {
    const { down, type, sent } = keyboardOn();
    down('CapsLock', 'CapsLock');
    type('A', 'KeyA');
    expect(sent).toEqual(['+A', '-A']);
  });

  test.each([
    ['@', 'KeyQ'],
    ['€', 'KeyE'],
    ['{', 'Digit7'],
    ['<', 'IntlBackslash'],
  ])('%s by AltGr is a character, and no Ctrl+Alt, also where Windows presses a Ctrl with it', (key, code) => {
    const { down, up, type, sent } = keyboardOn();
    down('Control', 'ControlLeft', { ctrlKey: true });
    down('AltGraph', 'AltRight', { ctrlKey: true, altKey: true, altGraph: true });
    type(key, code, { ctrlKey: true, altKey: true, altGraph: true });
    up('Control', 'ControlLeft');
    up('AltGraph', 'AltRight');
    expect(sent).toEqual(['+ctrl+Control', '-Control', `+${key}`, `-${key}`]);
  });

  test('by Option on a Mac is a character', () => {
    const { down, type, up, sent } = keyboardOn('mac');
    down('Alt', 'AltLeft', { altKey: true });
    type('@', 'KeyL', { altKey: true });
    up('Alt', 'AltLeft');
    expect(sent).toEqual(['+@', '-@']);
  });

  test('by a dead key arrives once, whether the system composes it or hands it over with the next key', () => {
    const composed = keyboardOn();
    composed.down('Dead', 'Equal', { keyCode: 229 });
    composed.compose('´', 'é');
    expect(composed.sent).toEqual(['"é"']);

    const handed = keyboardOn();
    handed.down('Dead', 'Equal');
    handed.type('é', 'KeyE');
    expect(handed.sent).toEqual(['"é"']);
    handed.down('Dead', 'Equal');
    handed.down('x', 'KeyX');
    handed.edit('insertText', '´x');
    expect(handed.sent).toEqual(['"é"', '"´x"']);
    handed.type('e', 'KeyE');
    expect(handed.sent.slice(2)).toEqual(['+e', '-e']);
  });

  test('of an input method comes with its word, and nothing before it', () => {
    const { keyboard, down, edit, sent } = keyboardOn();
    down('Process', 'KeyN', { keyCode: 229 });
    keyboard.compositionStart();
    for (const part of ['n', 'に', 'にほ', '日本']) {
      down('Process', 'KeyX', { keyCode: 229, isComposing: true });
      edit('insertCompositionText', part);
    }
    down('Enter', 'Enter', { isComposing: true });
    expect(sent).toEqual([]);
    sent.push(...keyboard.compositionEnd('日本').map(shortly));
    expect(sent).toEqual(['"日本"']);
  });

  test('that is held down repeats', () => {
    const { down, up, edit, sent } = keyboardOn();
    for (const _ of [1, 2, 3]) {
      down('a', 'KeyA');
      edit('insertText', 'a');
    }
    up('a', 'KeyA');
    expect(sent).toEqual(['+a', '+a', '+a', '-a']);
  });
});

describe('a soft keyboard', () => {
  test('types, deletes and breaks lines without telling a key', () => {
    const { down, edit, sent } = keyboardOn();
    down('Unidentified', '', { keyCode: 229 });
    edit('insertText', 'hi');
    edit('deleteContentBackward');
    edit('insertLineBreak');
    edit('deleteWordBackward');
    expect(sent).toEqual([
      '"hi"',
      '+Backspace',
      '-Backspace',
      '+Enter',
      '-Enter',
      '+ctrl+Backspace',
      '-ctrl+Backspace',
    ]);
  });
});

describe('a key that types nothing', () => {
  test('goes down and up with its modifiers, and does nothing here', () => {
    const { down, up, sent, outcomes } = keyboardOn();
    down('Control', 'ControlLeft', { ctrlKey: true });
    down('a', 'KeyA', { ctrlKey: true });
    up('a', 'KeyA', { ctrlKey: true });
    up('Control', 'ControlLeft');
    down('Tab', 'Tab', { shiftKey: true });
    expect(sent).toEqual(['+ctrl+Control', '+ctrl+a', '-a', '-Control', '+shift+Tab']);
    expect(outcomes.every(({ prevent }) => prevent)).toBe(true);
  });

  test('of a shortcut is named by its place on a layout without Latin letters, and by its letter on others', () => {
    const { down, sent } = keyboardOn();
    down('ф', 'KeyA', { ctrlKey: true });
    down('a', 'KeyQ', { ctrlKey: true });
    expect(sent).toEqual(['+ctrl+a', '+ctrl+a']);
  });

  test('of pasting is not sent: the text comes by itself', () => {
    const { down, sent, outcomes } = keyboardOn();
    down('v', 'KeyV', { ctrlKey: true });
    down('V', 'KeyV', { ctrlKey: true, shiftKey: true });
    down('м', 'KeyV', { ctrlKey: true });
    down('Insert', 'Insert', { shiftKey: true });
    expect(sent).toEqual([]);
    expect(outcomes.some(({ prevent }) => prevent)).toBe(false);
  });

  test.each([
    ['leaves', 'Escape', 'Escape', { shiftKey: true }, 'leave'],
    ['copies', 'c', 'KeyC', { ctrlKey: true }, 'copy'],
    ['cuts', 'x', 'KeyX', { ctrlKey: true }, 'copy'],
    ['goes back', 'ArrowLeft', 'ArrowLeft', { altKey: true }, 'back'],
    ['loads again', 'F5', 'F5', {}, 'reload'],
  ] as const)('%s by what it means', (_what, key, code, more, does) => {
    const { down } = keyboardOn();
    expect(down(key, code, more)).toMatchObject({ prevent: true, does });
  });

  test('stays here if it belongs to the machine', () => {
    const { down, sent, outcomes } = keyboardOn();
    for (const key of ['F11', 'F12', 'NumLock', 'AudioVolumeUp', 'MediaPlayPause', 'PrintScreen']) down(key, key);
    expect(sent).toEqual([]);
    expect(outcomes.some(({ prevent }) => prevent)).toBe(false);
  });
});

describe('on a Mac', () => {
  test('⌘ is Ctrl over there, and no letter stays down although its release is never told', () => {
    const { down, up, sent } = keyboardOn('mac');
    down('Meta', 'MetaLeft', { metaKey: true });
    down('a', 'KeyA', { metaKey: true });
    down('c', 'KeyC', { metaKey: true });
    up('Meta', 'MetaLeft');
    expect(sent).toEqual(['+ctrl+Control', '+ctrl+a', '-ctrl+a', '+ctrl+c', '-ctrl+c', '-Control']);
  });

  test('a key that went down before ⌘ goes up with it', () => {
    const { down, edit, up, sent } = keyboardOn('mac');
    down('a', 'KeyA');
    edit('insertText', 'a');
    down('Meta', 'MetaLeft', { metaKey: true });
    up('Meta', 'MetaLeft');
    expect(sent).toEqual(['+a', '+ctrl+Control', '-a', '-Control']);
  });

  test.each([
    ['⌘←', 'ArrowLeft', { metaKey: true }, ['+Home', '-Home']],
    ['⇧⌘→', 'ArrowRight', { metaKey: true, shiftKey: true }, ['+shift+End', '-shift+End']],
    ['⌘↓', 'ArrowDown', { metaKey: true }, ['+ctrl+End', '-ctrl+End']],
    ['⌥←', 'ArrowLeft', { altKey: true }, ['+ctrl+ArrowLeft']],
    ['⌥⌫', 'Backspace', { altKey: true }, ['+ctrl+Backspace']],
    ['⌘Z', 'z', { metaKey: true }, ['+ctrl+z', '-ctrl+z']],
  ])('%s edits as it does on a Mac', (_name, key, more, expected) => {
    const { down, sent } = keyboardOn('mac');
    down(key, key === 'z' ? 'KeyZ' : key, more);
    expect(sent).toEqual(expected);
  });
});

describe('keys that are down', () => {
  test('go up when the keyboard is let go of, each once', () => {
    const { down, edit, release, sent } = keyboardOn();
    down('Shift', 'ShiftLeft', { shiftKey: true });
    down('A', 'KeyA', { shiftKey: true });
    edit('insertText', 'A');
    sent.length = 0;
    release();
    release();
    expect(sent).toEqual(['-Shift', '-A']);
  });

  test('go up with the next key if their own release went elsewhere', () => {
    const { down, type, sent } = keyboardOn();
    down('Control', 'ControlRight', { ctrlKey: true });
    down('Shift', 'ShiftLeft', { ctrlKey: true, shiftKey: true });
    sent.length = 0;
    type('a', 'KeyA');
    expect(sent).toEqual(['-Shift', '-Control', '+a', '-a']);
  });

  test('do not include those whose release was told', () => {
    const { type, release, sent } = keyboardOn();
    type('a', 'KeyA');
    sent.length = 0;
    release();
    expect(sent).toEqual([]);
  });
});
