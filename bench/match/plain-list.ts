import type { Asked } from './crowd.ts';

/** The yardstick: everyone in one list, which is searched from its head for somebody with a shared tag. */
export class PlainList {
  readonly #waiting: Asked[] = [];

  enqueue(asked: Asked): Asked | undefined {
    const index = this.#waiting.findIndex((other) => mayMeet(asked, other) && shareTag(asked, other));
    if (index >= 0) return this.#waiting.splice(index, 1)[0];
    this.#waiting.push(asked);
    return undefined;
  }

  /** Adds without looking, to fill the list. */
  add(asked: Asked): void {
    this.#waiting.push(asked);
  }

  dequeue(asked: Asked): void {
    const index = this.#waiting.findIndex(({ searcher }) => searcher === asked.searcher);
    if (index >= 0) this.#waiting.splice(index, 1);
  }
}

const shareTag = (one: Asked, other: Asked) => one.tags.some((tag) => other.tags.includes(tag));

const mayMeet = (one: Asked, other: Asked) =>
  one.person !== other.person && !one.avoids.some((key) => other.keys.includes(key));
