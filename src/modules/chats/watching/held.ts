import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { InputEvent } from '../../../ports/browser-engine.ts';

/** Of a key or a button. */
type Stroke = Extract<InputEvent, { type: 'key' } | { button: number }>;
type Holder = {
  socketId: string;
  userId: number;
  down: Map<string, Stroke>;
  heardAt: number;
  alarm: Cancel | undefined;
};

/** No hand holds more. */
const MOST = 32;
/** Who holds something and says nothing for so long has gone silent: keys that are held repeat, mice tremble. */
const SILENT_MS = 10 * SECOND_MS;
const MODIFIER = /^(Shift|Control|Alt|AltGraph|Meta|CapsLock)$/;

/**
 * The keys and buttons that are down in one browser, by the socket that pressed them. Whatever keeps a socket from letting go, they go up
 * with it: a key that stays down would repeat for everyone.
 */
export class Held {
  readonly #timers: Timers;
  readonly #release: (events: InputEvent[]) => void;
  readonly #holders = new Map<string, Holder>();

  /** `release` is given what ends by itself. */
  constructor(timers: Timers, release: (events: InputEvent[]) => void) {
    this.#timers = timers;
    this.#release = release;
  }

  /** Whether this lets go of something that is down. It must never get lost. */
  isRelease(socketId: string, event: InputEvent): boolean {
    return isStroke(event) && !isPress(event) && this.#holders.get(socketId)?.down.has(idOf(event)) === true;
  }

  /** Notes input that is about to go to the browser. Returns what must go up with it; undefined if it may not go. */
  note(socketId: string, userId: number, event: InputEvent): InputEvent[] | undefined {
    const holder = this.#holders.get(socketId);
    if (holder) holder.heardAt = this.#timers.elapsed();
    if (!isStroke(event)) return [];
    if (isPress(event)) return this.#press(holder ?? this.#begin(socketId, userId), event) ? [] : undefined;
    holder?.down.delete(idOf(event));
    // A Mac never tells that a letter is up which was pressed with ⌘.
    const also = event.type === 'key' && event.key === 'Meta' && holder ? takeLetters(holder) : [];
    if (holder?.down.size === 0) this.#end(holder);
    return also;
  }

  /** The socket has gone. */
  dropSocket(socketId: string): void {
    const holder = this.#holders.get(socketId);
    if (holder) this.#letGo(holder);
  }

  /** Only this user may hold anything now. */
  keepOnly(userId: number | null): void {
    for (const holder of [...this.#holders.values()]) if (holder.userId !== userId) this.#letGo(holder);
  }

  /** The browser has gone, and with it everything that was down. */
  forget(): void {
    for (const holder of [...this.#holders.values()]) this.#end(holder);
  }

  #begin(socketId: string, userId: number): Holder {
    const holder: Holder = {
      socketId,
      userId,
      down: new Map(),
      heardAt: this.#timers.elapsed(),
      alarm: undefined,
    };
    this.#holders.set(socketId, holder);
    this.#watch(holder, SILENT_MS);
    return holder;
  }

  #press(holder: Holder, event: Stroke): boolean {
    const id = idOf(event);
    if (holder.down.size >= MOST && !holder.down.has(id)) return false;
    holder.down.set(id, event);
    return true;
  }

  #watch(holder: Holder, forMs: number): void {
    holder.alarm = this.#timers.after(forMs, () => {
      const silentFor = this.#timers.elapsed() - holder.heardAt;
      if (silentFor >= SILENT_MS) this.#letGo(holder);
      else this.#watch(holder, SILENT_MS - silentFor);
    });
  }

  #letGo(holder: Holder): void {
    this.#end(holder);
    const events = [...holder.down.values()].map(opposite);
    if (events.length > 0) this.#release(events);
  }

  #end(holder: Holder): void {
    holder.alarm?.();
    if (this.#holders.get(holder.socketId) === holder) this.#holders.delete(holder.socketId);
  }
}

/** Letters and other keys that are no modifiers, which go up. */
function takeLetters({ down }: Holder): InputEvent[] {
  const letters = [...down].filter(([, press]) => press.type === 'key' && !MODIFIER.test(press.key));
  for (const [id] of letters) down.delete(id);
  return letters.map(([, press]) => opposite(press));
}

function isStroke(event: InputEvent): event is Stroke {
  return event.type === 'key' || event.type === 'down' || event.type === 'up';
}

/** Names the key or button. */
function idOf(stroke: Stroke): string {
  return stroke.type === 'key' ? `key ${stroke.code || stroke.key}` : `button ${stroke.button}`;
}

function isPress(stroke: Stroke): boolean {
  return stroke.type === 'key' ? stroke.down : stroke.type === 'down';
}

function opposite(press: Stroke): InputEvent {
  return press.type === 'key' ? { ...press, down: false, modifiers: 0 } : { ...press, type: 'up' };
}
