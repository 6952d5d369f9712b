import { compareMessageIds } from './message-id.ts';
import type { RoomMessage } from './room-message.ts';

/** A chat's messages in the order of their ids, without duplicates. */
export class MessageLog {
  readonly #messages: RoomMessage[] = [];

  get messages(): readonly RoomMessage[] {
    return this.#messages;
  }

  has(id: string): boolean {
    return this.#messages[this.#placeOf(id)]?.id === id;
  }

  /** The first id and how many there are up to this one; undefined if there is none. */
  upTo(id: string): { from: string; count: number } | undefined {
    const place = this.#placeOf(id);
    const count = this.#messages[place]?.id === id ? place + 1 : place;
    const [first] = this.#messages;
    return first && count > 0 ? { from: first.id, count } : undefined;
  }

  /** False if the message is already there. */
  add(message: RoomMessage): boolean {
    const place = this.#placeOf(message.id);
    if (this.#messages[place]?.id === message.id) return false;
    this.#messages.splice(place, 0, message);
    return true;
  }

  remove(ids: Iterable<string>): void {
    for (const id of ids) {
      const place = this.#placeOf(id);
      if (this.#messages[place]?.id === id) this.#messages.splice(place, 1);
    }
  }

  clear(): void {
    this.#messages.length = 0;
  }

  /** Drops the oldest messages beyond this number, and returns their ids. */
  trim(maxMessages: number): string[] {
    return this.#messages.splice(0, Math.max(0, this.#messages.length - maxMessages)).map(({ id }) => id);
  }

  /** The message with this id. */
  find(id: string): RoomMessage | undefined {
    const message = this.#messages[this.#placeOf(id)];
    return message?.id === id ? message : undefined;
  }

  /** Puts another version of a message in its place. False if it is not there. */
  replace(message: RoomMessage): boolean {
    const place = this.#placeOf(message.id);
    if (this.#messages[place]?.id !== message.id) return false;
    this.#messages[place] = message;
    return true;
  }

  /** The index of this id, or where it belongs. Checks the end first, where new messages go. */
  #placeOf(id: string): number {
    const last = this.#messages.at(-1);
    if (!last || compareMessageIds(last.id, id) < 0) return this.#messages.length;
    let [low, high] = [0, this.#messages.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      const message = this.#messages[middle];
      if (message && compareMessageIds(message.id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
