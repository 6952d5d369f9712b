import type { BrowserInput } from '../../client/browser-wire.ts';
import type { Place } from './mouse.ts';

/** Where a finger is: on the screen in pixels, and in the picture. */
export type Finger = { clientX: number; clientY: number; place: Place };

/** A finger that moves less still taps. */
const SLOP_PX = 8;

type State =
  | { is: 'idle' | 'over' }
  | { is: 'pressed'; from: Finger }
  | { is: 'dragging'; at: Place }
  | { is: 'scrolling'; from: { clientX: number; clientY: number } };

/**
 * Turns what fingers do into mouse input: a tap is a click, a long press a click of the right button, one finger drags,
 * two scroll.
 */
export class Touch {
  readonly #fingers = new Map<number, Finger>();
  #state: State = { is: 'idle' };

  /** Whether a finger rests where it came down: time for a long press. */
  get isPressed(): boolean {
    return this.#state.is === 'pressed';
  }

  down(id: number, finger: Finger): BrowserInput[] {
    this.#fingers.set(id, finger);
    if (this.#fingers.size === 1) {
      this.#state = { is: 'pressed', from: finger };
      return [];
    }
    const ended = this.#endDrag();
    this.#state = this.#fingers.size === 2 ? { is: 'scrolling', from: this.#middle() } : { is: 'over' };
    return ended;
  }

  /** `scale`: pixels over there for one here. */
  move(id: number, finger: Finger, scale: number): BrowserInput[] {
    if (!this.#fingers.has(id)) return [];
    this.#fingers.set(id, finger);
    const state = this.#state;
    const move: BrowserInput = { type: 'move', ...finger.place };
    if (state.is === 'dragging') {
      this.#state = { is: 'dragging', at: finger.place };
      return [move];
    }
    if (state.is === 'pressed' && distance(state.from, finger) > SLOP_PX) {
      const { place } = state.from;
      this.#state = { is: 'dragging', at: finger.place };
      return [{ type: 'move', ...place }, { type: 'down', ...place, button: 0 }, move];
    }
    if (state.is !== 'scrolling') return [];
    const to = this.#middle();
    this.#state = { is: 'scrolling', from: to };
    const [dx, dy] = [(state.from.clientX - to.clientX) * scale, (state.from.clientY - to.clientY) * scale];
    return [{ type: 'wheel', ...finger.place, dx, dy }];
  }

  up(id: number): BrowserInput[] {
    if (!this.#fingers.delete(id)) return [];
    const state = this.#state;
    const done = state.is === 'pressed' ? click(state.from.place, 0) : this.#endDrag();
    this.#state = { is: this.#fingers.size === 0 ? 'idle' : 'over' };
    return done;
  }

  /** The finger has rested for long. */
  hold(): BrowserInput[] {
    if (this.#state.is !== 'pressed') return [];
    const { place } = this.#state.from;
    this.#state = { is: 'over' };
    return click(place, 2);
  }

  /** The system took the fingers for something of its own, or the mouse is lost: nothing is clicked. */
  release(): BrowserInput[] {
    const ended = this.#endDrag();
    this.#fingers.clear();
    this.#state = { is: 'idle' };
    return ended;
  }

  #endDrag(): BrowserInput[] {
    return this.#state.is === 'dragging' ? [{ type: 'up', ...this.#state.at, button: 0 }] : [];
  }

  #middle(): { clientX: number; clientY: number } {
    const fingers = [...this.#fingers.values()];
    const mean = (of: (finger: Finger) => number) => fingers.reduce((sum, one) => sum + of(one), 0) / fingers.length;
    return { clientX: mean(({ clientX }) => clientX), clientY: mean(({ clientY }) => clientY) };
  }
}

function click(place: Place, button: 0 | 2): BrowserInput[] {
  return [
    { type: 'move', ...place },
    { type: 'down', ...place, button },
    { type: 'up', ...place, button },
  ];
}

function distance(one: Finger, other: Finger): number {
  return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
}
