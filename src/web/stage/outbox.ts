import type { BrowserInput } from '../../client/browser-wire.ts';

/** Input on its way out: of moves and turns of the wheel that follow each other, one is sent at a time. */
export class Outbox {
  #waiting: BrowserInput[] = [];

  /** Returns true if the input should go out at once, with what waits before it. */
  add(event: BrowserInput): boolean {
    const last = this.#waiting.at(-1);
    if (event.type === 'move' && last?.type === 'move') this.#waiting.pop();
    if (event.type === 'wheel' && last?.type === 'wheel') {
      this.#waiting.pop();
      this.#waiting.push({ ...event, dx: event.dx + last.dx, dy: event.dy + last.dy });
    } else this.#waiting.push(event);
    return event.type !== 'move' && event.type !== 'wheel';
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  take(): BrowserInput[] {
    return this.#waiting.splice(0);
  }
}
