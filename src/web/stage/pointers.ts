import type { Place } from './mouse.ts';

const SVG = 'http://www.w3.org/2000/svg';
/** A pointer that rests this long fades. */
const RESTS_MS = 4000;

type Pointer = { element: HTMLElement; name: HTMLElement; fading: ReturnType<typeof setTimeout> | undefined };

/** Other people's pointers over the picture, each with its name. */
export class Pointers {
  readonly #layer: HTMLElement;
  readonly #shown = new Map<number, Pointer>();

  constructor(layer: HTMLElement) {
    this.#layer = layer;
  }

  show(userId: number, name: string, { x, y }: Place, isHost: boolean): void {
    const pointer = this.#shown.get(userId) ?? this.#create(userId);
    const { element } = pointer;
    pointer.name.textContent = name;
    element.toggleAttribute('data-host', isHost);
    element.style.setProperty('left', `${x * 100}%`);
    element.style.setProperty('top', `${y * 100}%`);
    element.removeAttribute('data-resting');
    clearTimeout(pointer.fading);
    pointer.fading = setTimeout(() => element.setAttribute('data-resting', ''), RESTS_MS);
  }

  remove(userId: number): void {
    const pointer = this.#shown.get(userId);
    clearTimeout(pointer?.fading);
    pointer?.element.remove();
    this.#shown.delete(userId);
  }

  clear(): void {
    for (const userId of [...this.#shown.keys()]) this.remove(userId);
  }

  #create(userId: number): Pointer {
    const element = document.createElement('div');
    element.className = 'pointer';
    element.dataset.hue = String(userId % 8);
    const arrow = document.createElementNS(SVG, 'svg');
    arrow.setAttribute('viewBox', '0 0 24 24');
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', 'M4 3l7 18 2.5-7.5L21 11z');
    arrow.append(path);
    const name = document.createElement('bdi');
    name.setAttribute('translate', 'no');
    element.append(arrow, name);
    this.#layer.append(element);
    const pointer: Pointer = { element, name, fading: undefined };
    this.#shown.set(userId, pointer);
    return pointer;
  }
}
