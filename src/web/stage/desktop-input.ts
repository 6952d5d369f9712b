import type { BrowserInput } from '../../client/browser-wire.ts';
import { type Packet, type Pixel, packets } from './data-channel.ts';
import { keysymOf, keysymOfCharacter } from './keysyms.ts';

/** What a piece of input comes to. `paste`: this text is to be put into the clipboard over there first. */
export type Sent = { packets: Packet[]; paste?: string };

type Deps = {
  /** The size of the screen over there, in pixels. */
  size(): { width: number; height: number };
  /** Milliseconds from any start. */
  now(): number;
};

const [ALT, CTRL, META, SHIFT] = [1, 2, 4, 8];
/** As far as browsers scroll at one click of a wheel. */
const CLICK_PX = 53;
/** More clicks than this in one message are an accident. */
const MOST_CLICKS = 50;
/** A longer text is pasted: typing takes its time over there, and pages do something at every key. */
const TYPED_LENGTH = 16;
/** A screen has few keys left for characters that its layout lacks, and each new one takes one for good. */
const FOREIGN_CHARACTERS = 40;
/** n.eko lets go of what is down for ten seconds. */
const AGAIN_AFTER_MS = 5000;

const MODIFIERS = {
  ctrl: { keysym: 0xffe3, all: [0xffe3, 0xffe4] },
  alt: { keysym: 0xffe9, all: [0xffe9, 0xffea] },
  shift: { keysym: 0xffe1, all: [0xffe1, 0xffe2] },
} as const;
type Wanted = Partial<Record<keyof typeof MODIFIERS, boolean>>;
const OF_MODIFIERS: ReadonlySet<number> = new Set(Object.values(MODIFIERS).flatMap(({ all }) => all));

/**
 * Turns input into what n.eko takes: pixels, buttons and X11's keys. A whole desktop is over there, in which modifiers
 * are keys like others: for a key that wants others than are down, they change for a moment.
 */
export class DesktopInput {
  readonly #deps: Deps;
  /** The keys that are down over there, and since when. */
  readonly #down = new Map<number, number>();
  /** Which key went down for a key here: what goes up must be the same, whatever Shift says by then. */
  readonly #pressed = new Map<string, number>();
  readonly #buttons = new Set<0 | 1 | 2>();
  readonly #foreign = new Set<string>();
  #at: Pixel | undefined;
  #turned = { right: 0, down: 0 };

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  take(event: BrowserInput): Sent {
    switch (event.type) {
      case 'move':
        return { packets: this.#move(event) };
      case 'down':
      case 'up':
        return { packets: [...this.#move(event), ...this.#button(event.button, event.type === 'down')] };
      case 'wheel':
        return { packets: [...this.#move(event), ...this.#wheel(event)] };
      case 'key':
        return { packets: this.#key(event) };
      case 'text':
        return this.#text(event.text);
    }
  }

  /** Inserts what the clipboard over there holds. */
  paste(): Packet[] {
    return this.#tap(0x76, { ctrl: true, alt: false, shift: false });
  }

  /** Lets go of all that is down. */
  release(): Packet[] {
    const keys = [...this.#down.keys()].map((keysym) => packets.key(keysym, false));
    const buttons = [...this.#buttons].map((button) => packets.button(button, false));
    this.#down.clear();
    this.#pressed.clear();
    this.#buttons.clear();
    this.#at = undefined;
    return [...keys, ...buttons];
  }

  #move({ x, y }: { x: number; y: number }): Packet[] {
    const { width, height } = this.#deps.size();
    const at = { x: Math.round(x * (width - 1)), y: Math.round(y * (height - 1)) };
    if (this.#at?.x === at.x && this.#at.y === at.y) return [];
    this.#at = at;
    return [packets.move(at)];
  }

  #button(button: 0 | 1 | 2, isDown: boolean): Packet[] {
    if (isDown) this.#buttons.add(button);
    else this.#buttons.delete(button);
    return [packets.button(button, isDown)];
  }

  /** A wheel over there turns in clicks; what is less than one counts towards the next. */
  #wheel({ dx, dy }: { dx: number; dy: number }): Packet[] {
    const add = (rest: number, turn: number) => (rest * turn < 0 ? turn : rest + turn);
    const right = add(this.#turned.right, dx / CLICK_PX);
    const down = add(this.#turned.down, dy / CLICK_PX);
    const clicks = (turn: number) => Math.max(-MOST_CLICKS, Math.min(MOST_CLICKS, Math.trunc(turn)));
    this.#turned = { right: right % 1, down: down % 1 };
    const [toRight, downward] = [clicks(right), clicks(down)];
    return toRight === 0 && downward === 0 ? [] : [packets.scroll(toRight, downward)];
  }

  #key(event: BrowserInput & { type: 'key' }): Packet[] {
    const id = event.code || event.key;
    const pressed = this.#pressed.get(id);
    if (!event.down) {
      this.#pressed.delete(id);
      return pressed === undefined ? [] : this.#set(pressed, false);
    }
    const isCharacter = [...event.key].length === 1;
    const isTyped = isCharacter && (event.modifiers & (ALT | CTRL | META)) === 0;
    const isShifted = (event.modifiers & SHIFT) !== 0;
    // With a modifier the key here is named without Shift.
    const key = isCharacter && !isTyped && isShifted ? event.key.toUpperCase() : event.key;
    const keysym = pressed ?? keysymOf(key, event.code);
    if (keysym === undefined) return [];
    this.#pressed.set(id, keysym);
    if (OF_MODIFIERS.has(keysym)) return this.#set(keysym, true);
    if (isTyped && isForeign(key) && pressed === undefined) this.#foreign.add(key.toLowerCase());
    const wanted = isTyped ? typedWith(key) : modifiersOf(event.modifiers);
    return this.#with(wanted, () => this.#set(keysym, true));
  }

  #text(text: string): Sent {
    if (!this.#isTypable(text)) return { packets: [], paste: text };
    return {
      packets: [...text].flatMap((character) => {
        if (isForeign(character)) this.#foreign.add(character.toLowerCase());
        return this.#tap(keysymOfCharacter(character) ?? 0, typedWith(character));
      }),
    };
  }

  #isTypable(text: string): boolean {
    const characters = [...text];
    if (characters.length > TYPED_LENGTH) return false;
    const foreign = new Set([...this.#foreign, ...characters.filter(isForeign).map((one) => one.toLowerCase())]);
    // A line that ends may send a form.
    return foreign.size <= FOREIGN_CHARACTERS && characters.every((one) => one >= ' ' && keysymOfCharacter(one));
  }

  /** A key goes down and up, unless it is down already. */
  #tap(keysym: number, wanted: Wanted): Packet[] {
    return this.#with(wanted, () => [
      ...this.#set(keysym, false),
      ...this.#set(keysym, true),
      ...this.#set(keysym, false),
    ]);
  }

  #set(keysym: number, isDown: boolean): Packet[] {
    const since = this.#down.get(keysym);
    if (!isDown) return this.#down.delete(keysym) ? [packets.key(keysym, false)] : [];
    const now = this.#deps.now();
    // The screen over there repeats keys by itself.
    if (since !== undefined && now - since < AGAIN_AFTER_MS) return [];
    this.#down.set(keysym, now);
    return [packets.key(keysym, true)];
  }

  /** Changes modifiers for the time of what is done, and puts them back. */
  #with(wanted: Wanted, act: () => Packet[]): Packet[] {
    const done = act();
    if (done.length === 0) return [];
    const before: Packet[] = [];
    const after: Packet[] = [];
    for (const [name, { keysym, all }] of Object.entries(MODIFIERS)) {
      const want = wanted[name as keyof typeof MODIFIERS];
      const held = all.filter((each) => this.#down.has(each));
      if (want === undefined || want === held.length > 0) continue;
      const changed = want ? [keysym] : held;
      before.push(...changed.map((each) => packets.key(each, want)));
      after.push(...changed.map((each) => packets.key(each, !want)));
    }
    return [...before, ...done, ...after];
  }
}

/** Not on the layout over there, which is the American one. */
const isForeign = (character: string) => character > '~';

/** A letter needs Shift as its case says. What else a key types is found whatever Shift says. */
function typedWith(character: string): Wanted {
  const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
  const isLetter = lower !== upper && [...upper].length === 1;
  return { ctrl: false, alt: false, ...(isLetter ? { shift: character === upper } : {}) };
}

function modifiersOf(modifiers: number): Wanted {
  const has = (bits: number) => (modifiers & bits) !== 0;
  return { ctrl: has(CTRL | META), alt: has(ALT), shift: has(SHIFT) };
}
