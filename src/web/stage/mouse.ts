import type { BrowserInput } from '../../client/browser-wire.ts';

/** A place in the picture: fractions of its width and height, from 0 to 1. */
export type Place = { x: number; y: number };

type Box = { left: number; top: number; width: number; height: number };

const PRECISION = 10_000;

/** Where in the picture something is. Beyond the edge it is at the edge: a drag may leave the picture. */
export function placeIn(box: Box, { clientX, clientY }: { clientX: number; clientY: number }): Place {
  const fraction = (distance: number, length: number) =>
    length > 0 ? Math.round(Math.min(1, Math.max(0, distance / length)) * PRECISION) / PRECISION : 0;
  return { x: fraction(clientX - box.left, box.width), y: fraction(clientY - box.top, box.height) };
}

/** The bits of `PointerEvent.buttons`, and what the buttons are called over there. */
const BUTTONS = [
  [1, 0],
  [4, 1],
  [2, 2],
] as const;

const LINE_PX = 16;

/** The distance of a turn of the wheel in pixels. */
export function wheelDistance(
  { deltaMode, deltaX, deltaY }: WheelLike,
  pageHeight: number,
): { dx: number; dy: number } {
  const unit = deltaMode === 0 ? 1 : deltaMode === 1 ? LINE_PX : pageHeight;
  return { dx: deltaX * unit, dy: deltaY * unit };
}
type WheelLike = { deltaMode: number; deltaX: number; deltaY: number };

/** Turns what a mouse or pen does into input. A second button is told by the state of all, not by an event of its own. */
export class Mouse {
  #pressed = 0;
  #place: Place = { x: 0, y: 0 };

  /** The pointer is here, with these buttons down (as in `PointerEvent.buttons`). */
  at(place: Place, buttons: number): BrowserInput[] {
    const hasMoved = place.x !== this.#place.x || place.y !== this.#place.y;
    this.#place = place;
    const moved: BrowserInput[] = hasMoved ? [{ type: 'move', ...place }] : [];
    return [...moved, ...this.#change(buttons)];
  }

  /** Lets go of every button. */
  release(): BrowserInput[] {
    return this.#change(0);
  }

  #change(buttons: number): BrowserInput[] {
    const before = this.#pressed;
    this.#pressed = buttons;
    return BUTTONS.flatMap(([bit, button]): BrowserInput[] => {
      if ((before & bit) === (buttons & bit)) return [];
      return [{ type: buttons & bit ? 'down' : 'up', ...this.#place, button }];
    });
  }
}
