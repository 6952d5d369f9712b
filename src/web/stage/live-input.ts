import type { BrowserInput } from '../../client/browser-wire.ts';
import { type After, Alarms } from './alarms.ts';
import { type Packet, packets } from './data-channel.ts';
import { DesktopInput } from './desktop-input.ts';
import type { Place } from './mouse.ts';

type Deps = {
  after: After;
  now(): number;
  /** Sends a packet over there; without a connection it is dropped. */
  send(packet: Packet): void;
  /** Says that this page is being used, so that it is the one that drives. */
  claim(): void;
  /** Puts text into the clipboard over there. False if it was refused. */
  setClipboard(text: string): Promise<boolean>;
};

/** Once in this time is enough to say that the page is being used. */
const CLAIM_EVERY_MS = 250;
/** What waits longer for the right to drive is not meant for what is on the screen by then. */
const WAITS_MS = 3000;
const MOST_WAITING = 500;

/**
 * Input on its way to a browser that takes it from one page alone. What comes before this page is that one, or while a
 * text is on its way into the clipboard over there, waits and goes in order.
 */
export class LiveInput {
  readonly #deps: Deps;
  readonly #alarms: Alarms<'forget'>;
  readonly #desktop: DesktopInput;
  #size = { width: 1280, height: 720 };
  #waiting: BrowserInput[] = [];
  #mayDrive: boolean = false;
  #isOpen: boolean = false;
  #isPasting: boolean = false;
  #claimedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#alarms = new Alarms(deps.after);
    this.#desktop = new DesktopInput({ size: () => this.#size, now: deps.now });
  }

  /** Whether what is done on this page counts over there. */
  get isDriving(): boolean {
    return this.#mayDrive && this.#isOpen;
  }

  setSize(size: { width: number; height: number }): void {
    this.#size = size;
  }

  /** Where a pixel over there is. */
  placeOf({ x, y }: { x: number; y: number }): Place {
    const { width, height } = this.#size;
    const fraction = (at: number, length: number) => Math.min(1, Math.max(0, at / Math.max(1, length - 1)));
    return { x: fraction(x, width), y: fraction(y, height) };
  }

  /** The browser over there takes this page's input from now on, or no longer; what was down went up then. */
  setMayDrive(mayDrive: boolean): void {
    if (this.#mayDrive === mayDrive) return;
    this.#mayDrive = mayDrive;
    if (!mayDrive) this.#desktop.release();
    this.#flush();
  }

  /** The data channel is open, or no longer. */
  setOpen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    // What went up meanwhile was not heard over there.
    if (isOpen) for (const packet of this.#desktop.release()) this.#deps.send(packet);
    this.#flush();
  }

  take(events: readonly BrowserInput[]): void {
    // What went down on another page, or went up over there with the right to drive, is nothing to wait for.
    if (!this.isDriving && this.#waiting.length === 0 && events.every(isRelease)) return;
    this.#waiting.push(...events);
    if (this.isDriving) {
      this.#flush();
      return;
    }
    if (this.#waiting.length > MOST_WAITING) this.#waiting = this.#waiting.filter(({ type }) => type !== 'move');
    this.#waiting = this.#waiting.slice(-MOST_WAITING);
    this.#claim();
  }

  /** Where someone points who does not have the mouse. */
  point({ x, y }: Place): void {
    const { width, height } = this.#size;
    if (!this.isDriving)
      this.#deps.send(packets.move({ x: Math.round(x * (width - 1)), y: Math.round(y * (height - 1)) }));
  }

  #claim(): void {
    const now = this.#deps.now();
    if (now - this.#claimedAt >= CLAIM_EVERY_MS) {
      this.#claimedAt = now;
      this.#deps.claim();
    }
    if (this.#alarms.has('forget')) return;
    this.#alarms.set('forget', WAITS_MS, () => {
      this.#waiting = [];
    });
  }

  #flush(): void {
    if (!this.isDriving) return;
    this.#alarms.clear('forget');
    while (!this.#isPasting) {
      const event = this.#waiting.shift();
      if (!event) return;
      const { packets: out, paste } = this.#desktop.take(event);
      for (const packet of out) this.#deps.send(packet);
      if (paste !== undefined) void this.#paste(paste);
    }
  }

  async #paste(text: string): Promise<void> {
    this.#isPasting = true;
    const isThere = await this.#deps.setClipboard(text);
    this.#isPasting = false;
    if (isThere && this.isDriving) for (const packet of this.#desktop.paste()) this.#deps.send(packet);
    this.#flush();
  }
}

const isRelease = (event: BrowserInput) => event.type === 'up' || (event.type === 'key' && !event.down);
