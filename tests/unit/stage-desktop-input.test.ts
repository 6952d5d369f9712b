import { describe, expect, test } from 'bun:test';
import type { BrowserInput } from '../../src/client/index.ts';
import { type Packet, readArrival } from '../../src/web/stage/data-channel.ts';
import { DesktopInput, type Sent } from '../../src/web/stage/desktop-input.ts';
import { Keyboard } from '../../src/web/stage/keyboard.ts';
import type { KeyPress, Platform } from '../../src/web/stage/keys.ts';
import { keysymOf } from '../../src/web/stage/keysyms.ts';
import { inStereo } from '../../src/web/stage/peer.ts';

const MODIFIER_KEYS: Record<number, string> = { 65505: 'shift', 65507: 'ctrl', 65513: 'alt', 65508: 'rightctrl' };

/** A packet written shortly: `+61` a key down, `-61` up (hexadecimal), `move 1 2`, `press 1`, `lift 1`, `scroll 0 -3`. */
function shortly(packet: Packet): string {
  const view = new DataView(packet.buffer);
  expect(view.getUint16(1)).toBe(packet.length - 3);
  const key = () => MODIFIER_KEYS[view.getUint32(3)] ?? view.getUint32(3).toString(16);
  switch (view.getUint8(0)) {
    case 1:
      return `move ${view.getUint16(3)} ${view.getUint16(5)}`;
    case 2:
      return `scroll ${view.getInt16(3)} ${view.getInt16(5)}`;
    case 3:
      return `+${key()}`;
    case 4:
      return `-${key()}`;
    case 5:
      return `press ${view.getUint32(3)}`;
    case 6:
      return `lift ${view.getUint32(3)}`;
    default:
      return `? ${view.getUint8(0)}`;
  }
}

function desktop() {
  let now = 0;
  const input = new DesktopInput({ size: () => ({ width: 1280, height: 720 }), now: () => now });
  const take = (...events: BrowserInput[]): Sent[] => events.map((event) => input.take(event));
  return {
    input,
    take,
    wait(ms: number) {
      now += ms;
    },
    said: (...events: BrowserInput[]) => take(...events).flatMap(({ packets }) => packets.map(shortly)),
  };
}

const key = (name: string, down: boolean, modifiers = 0, code = name): BrowserInput => ({
  type: 'key',
  key: name,
  code,
  down,
  modifiers,
});
const text = (words: string): BrowserInput => ({ type: 'text', text: words });

/** A keyboard here, and what arrives over there. */
function typist(platform: Platform) {
  const keyboard = new Keyboard(platform);
  const { said } = desktop();
  const press = (name: string, code: string, more: Partial<KeyPress> = {}): KeyPress => ({
    key: name,
    code,
    keyCode: 65,
    isComposing: false,
    ctrlKey: false,
    altKey: false,
    shiftKey: false,
    metaKey: false,
    altGraph: false,
    ...more,
  });
  return {
    down: (name: string, code: string, more?: Partial<KeyPress>) =>
      said(...keyboard.keyDown(press(name, code, more)).send),
    up: (name: string, code: string, more?: Partial<KeyPress>) => said(...keyboard.keyUp(press(name, code, more)).send),
    type: (name: string, code: string, more?: Partial<KeyPress>) => [
      ...said(...keyboard.keyDown(press(name, code, more)).send),
      ...said(...keyboard.beforeInput('insertText', name).send),
      ...said(...keyboard.keyUp(press(name, code, more)).send),
    ],
  };
}

describe('the mouse of a desktop far away', () => {
  test('is at the pixel that the fraction of the picture names, and moves before it clicks', () => {
    const { said } = desktop();
    expect(said({ type: 'move', x: 0, y: 0 }, { type: 'move', x: 1, y: 1 })).toEqual(['move 0 0', 'move 1279 719']);
    expect(said({ type: 'down', x: 0.5, y: 0.5, button: 0 }, { type: 'up', x: 0.5, y: 0.5, button: 0 })).toEqual([
      'move 640 360',
      'press 1',
      'lift 1',
    ]);
    expect(said({ type: 'down', x: 0.5, y: 0.5, button: 2 }, { type: 'down', x: 0.5, y: 0.5, button: 1 })).toEqual([
      'press 3',
      'press 2',
    ]);
  });

  test('turns its wheel by clicks, of which parts add up, and down is down', () => {
    const { said } = desktop();
    const wheel = (dx: number, dy: number): BrowserInput => ({ type: 'wheel', x: 0, y: 0, dx, dy });
    expect(said(wheel(0, 53))).toEqual(['move 0 0', 'scroll 0 -1']);
    expect(said(wheel(0, 30), wheel(0, 30), wheel(0, 30), wheel(0, 30))).toEqual(['scroll 0 -1', 'scroll 0 -1']);
    expect(said(wheel(0, -106), wheel(106, 0))).toEqual(['scroll 0 2', 'scroll -2 0']);
    expect(said(wheel(0, 1e9))).toEqual(['scroll 0 -50']);
  });
});

describe('the keyboard of a desktop far away', () => {
  test.each<[string, string, number | undefined]>([
    ['a', 'KeyA', 0x61],
    ['ß', 'Minus', 0xdf],
    ['€', 'KeyE', 0x010020ac],
    ['я', 'KeyZ', 0x0100044f],
    ['Enter', 'NumpadEnter', 0xff8d],
    ['Enter', 'Enter', 0xff0d],
    ['5', 'Numpad5', 0x35],
    ['F12', 'F12', 0xffc9],
    ['Shift', 'ShiftRight', 0xffe2],
    ['Meta', 'MetaLeft', 0xffe3],
    ['toString', 'toString', undefined],
    ['F99', 'F99', undefined],
    ['MediaPlayPause', '', undefined],
  ])('knows %s (%s)', (name, code, keysym) => {
    expect(keysymOf(name, code)).toBe(keysym);
  });

  test('lets a key go that it pressed, whatever Shift says by then', () => {
    const { down, up, type } = typist('other');
    expect(down('Shift', 'ShiftLeft', { shiftKey: true })).toEqual(['+shift']);
    expect(type('A', 'KeyA', { shiftKey: true })).toEqual(['+41', '-41']);
    expect(up('Shift', 'ShiftLeft')).toEqual(['-shift']);
    const { said } = desktop();
    expect(said(key('A', true, 8, 'KeyA'), key('a', false, 0, 'KeyA'))).toEqual(['+shift', '+41', '-shift', '-41']);
  });

  test('types with Caps Lock what is typed here, once', () => {
    const { down, type } = typist('other');
    expect(type('A', 'KeyA')).toEqual(['+shift', '+41', '-shift', '-41']);
    down('Shift', 'ShiftLeft', { shiftKey: true });
    expect(type('a', 'KeyA', { shiftKey: true })).toEqual(['-shift', '+61', '+shift', '-61']);
  });

  test('types what other layouts type', () => {
    const { down, type, up } = typist('other');
    // Windows reports AltGr as a Ctrl that nobody pressed.
    expect(down('Control', 'ControlLeft', { ctrlKey: true })).toEqual(['+ctrl']);
    expect(down('AltGraph', 'AltRight', { altGraph: true })).toEqual(['-ctrl']);
    expect(type('@', 'KeyQ', { altGraph: true, ctrlKey: true, altKey: true })).toEqual(['+40', '-40']);
    expect(up('AltGraph', 'AltRight')).toEqual([]);
    expect(down('Shift', 'ShiftLeft', { shiftKey: true })).toEqual(['+shift']);
    expect(type('/', 'Digit7', { shiftKey: true })).toEqual(['+2f', '-2f']);
  });

  test('presses shortcuts as they are, and ⌘ as Ctrl', () => {
    const { down, up } = typist('mac');
    expect(down('Meta', 'MetaLeft', { metaKey: true })).toEqual(['+ctrl']);
    expect(down('a', 'KeyA', { metaKey: true })).toEqual(['+61', '-61']);
    expect(down('z', 'KeyZ', { metaKey: true, shiftKey: true })).toEqual(['+shift', '+5a', '-shift', '-5a']);
    // To the beginning of the line, which is Home alone over there.
    expect(down('ArrowLeft', 'ArrowLeft', { metaKey: true })).toEqual(['-ctrl', '+ff50', '+ctrl', '-ff50']);
    expect(up('Meta', 'MetaLeft')).toEqual(['-ctrl']);
    expect(down('ArrowLeft', 'ArrowLeft', { altKey: true })).toEqual(['+ctrl', '+ff51', '-ctrl']);
  });

  test('leaves the repeating of keys to the other end, and presses again what it would let go of', () => {
    const { said, wait } = desktop();
    expect(said(key('ArrowDown', true), key('ArrowDown', true))).toEqual(['+ff54']);
    wait(6000);
    expect(said(key('ArrowDown', true), key('ArrowDown', false))).toEqual(['+ff54', '-ff54']);
  });

  test('lets go of all that is down', () => {
    const { said, input } = desktop();
    said(key('Shift', true, 8, 'ShiftLeft'), key('a', true), { type: 'down', x: 0, y: 0, button: 0 });
    expect(input.release().map(shortly)).toEqual(['-shift', '-61', 'lift 1']);
    expect(said(key('a', false))).toEqual([]);
  });
});

describe('a text', () => {
  test('that is short is typed, without the modifiers that are down', () => {
    const { said } = desktop();
    expect(said(text('aß'))).toEqual(['+61', '-61', '+df', '-df']);
    said(key('Control', true, 2, 'ControlLeft'));
    expect(said(text('B'))).toEqual(['-ctrl', '+shift', '+42', '-42', '+ctrl', '-shift']);
  });

  test('that is long or has several lines is pasted, as is one that needs more keys than there are', () => {
    const { take } = desktop();
    for (const words of ['a text of many words', 'two\nlines', 'a\tb'])
      expect(take(text(words))).toEqual([{ packets: [], paste: words }]);
    const letters = Array.from({ length: 60 }, (_, index) => String.fromCodePoint(0x4e00 + index));
    const pasted = letters.flatMap((letter) => take(text(letter)).map(({ paste }) => paste));
    expect(pasted.slice(0, 40)).toEqual(Array.from({ length: 40 }, () => undefined));
    expect(pasted.slice(40)).toEqual(letters.slice(40));
    expect(take(text('一a'))[0]?.paste).toBeUndefined();
  });

  test('is pasted with the Ctrl that is down anyway, and without a Shift', () => {
    const { input, said } = desktop();
    said(key('Control', true, 2, 'ControlLeft'));
    expect(input.paste().map(shortly)).toEqual(['+76', '-76']);
    said(key('Control', false, 0, 'ControlLeft'), key('Shift', true, 8, 'ShiftLeft'));
    expect(input.paste().map(shortly)).toEqual(['+ctrl', '-shift', '+76', '-76', '-ctrl', '+shift']);
  });
});

test('sound is wanted in stereo', () => {
  const of = (line: string) => inStereo(`v=0\r\na=fmtp:111 ${line}\r\na=fmtp:96 x=1\r\n`);
  expect(of('minptime=10;useinbandfec=1')).toBe(
    'v=0\r\na=fmtp:111 minptime=10;useinbandfec=1;stereo=1\r\na=fmtp:96 x=1\r\n',
  );
  expect(of('stereo=1;useinbandfec=1')).toBe('v=0\r\na=fmtp:111 stereo=1;useinbandfec=1\r\na=fmtp:96 x=1\r\n');
});

describe('what comes from there', () => {
  const bytes = (...values: number[]) => new Uint8Array(values).buffer;

  test('is the pointer, its shape, and the answer to a ping', () => {
    expect(readArrival(bytes(1, 0, 7, 1, 2, 0, 9))).toEqual({ what: 'pointer', at: { x: 258, y: 9 } });
    expect(readArrival(bytes(2, 0, 13, 0, 16, 0, 24, 0, 3, 0, 4, 7, 8))).toEqual({
      what: 'shape',
      size: { width: 16, height: 24 },
      hot: { x: 3, y: 4 },
      png: new Uint8Array([7, 8]),
    });
    expect(readArrival(bytes(3, 0, 19, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0))).toEqual({
      what: 'pong',
      id: 5,
    });
  });

  test.each([[[]], [[1, 0]], [[9, 0, 4, 0, 0, 0, 0]], [[2, 0, 11, 0, 16, 0, 24, 0, 3, 0, 4]]])(
    'is nothing if it is cut short or unknown (%j)',
    (values) => {
      expect(readArrival(bytes(...values))).toBeUndefined();
    },
  );
});
