import type { Cancel, Timers } from '../../core/clock.ts';
import type { Frame } from '../../ports/browser-engine.ts';
import type { DevToolsEvent, DevToolsPipe } from './devtools-pipe.ts';
import { PageSession } from './page-session.ts';

export type CastShape = { width: number; height: number; quality: number };
type Options = {
  pipe: DevToolsPipe;
  timers: Timers;
  shape: CastShape;
  /** The shortest time from one picture to the next. */
  paceMs: number;
  onFrame(frame: Frame): void;
};

/** Chromium begins each cast with a picture. A page that draws none in this time gets the last one. */
const FIRST_FRAME_MS = 500;

/**
 * The pictures of one page in one size. Each cast has its own line to the page, which Chromium lets draw for several casts at once.
 * Chromium has at most three pictures under way; the pace is set by when they are acknowledged, because leaving some out
 * (`everyNthFrame`) would lose the last state of a page that has come to rest.
 */
export class Cast {
  readonly #options: Options;
  #targetId: string | undefined;
  #session: PageSession | undefined;
  #isOn = false;
  #isCasting = false;
  #work: Promise<void> = Promise.resolve();
  #seq = 0;
  #last: Frame | undefined;
  #nextAck = 0;
  readonly #alarms = new Set<Cancel>();

  constructor(options: Options) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** The newest picture, which may be of a page that is gone. */
  get last(): Frame | undefined {
    return this.#last;
  }

  switch(on: boolean): void {
    if (on === this.#isOn) return;
    this.#isOn = on;
    this.#enqueue();
  }

  /** The page has been replaced by another. */
  moveTo(targetId: string): void {
    this.#targetId = targetId;
    this.#enqueue();
  }

  handle({ method, params, sessionId }: DevToolsEvent): void {
    if (method !== 'Page.screencastFrame' || sessionId === undefined || sessionId !== this.#session?.id) return;
    this.#acknowledge(this.#session, params.sessionId);
    if (this.#isOn) this.#tell(Buffer.from(params.data, 'base64'));
  }

  close(): void {
    this.#isOn = false;
    this.#session = undefined;
    this.#cancelAlarms();
  }

  #enqueue(): void {
    this.#work = this.#work.then(() => this.#apply()).catch(() => {});
  }

  async #apply(): Promise<void> {
    if (this.#session && this.#session.targetId !== this.#targetId) {
      this.#session = undefined;
      this.#isCasting = false;
    }
    if (this.#isOn === this.#isCasting || this.#targetId === undefined) return;
    if (!this.#isOn) {
      this.#isCasting = false;
      this.#cancelAlarms();
      await this.#session?.send('Page.stopScreencast');
      return;
    }
    this.#session ??= await PageSession.attach(this.#options.pipe, this.#targetId);
    await startScreencast(this.#session, this.#options.shape);
    this.#isCasting = true;
    const before = this.#seq;
    this.#after(FIRST_FRAME_MS, () => {
      if (this.#seq === before && this.#last) this.#tell(this.#last.data);
    });
  }

  #tell(data: Uint8Array): void {
    const { width, height } = this.#options.shape;
    const frame = { seq: ++this.#seq, width, height, data };
    this.#last = frame;
    this.#options.onFrame(frame);
  }

  /** One after the other, not each a while after its picture: with several under way that would be several times the pace. */
  #acknowledge(session: PageSession, number: number): void {
    const now = this.#options.timers.elapsed();
    this.#nextAck = Math.max(this.#nextAck + this.#options.paceMs, now);
    const acknowledge = () => session.tell('Page.screencastFrameAck', { sessionId: number });
    if (this.#nextAck <= now) acknowledge();
    else this.#after(this.#nextAck - now, acknowledge);
  }

  #after(delayMs: number, act: () => void): void {
    const cancel = this.#options.timers.after(delayMs, () => {
      this.#alarms.delete(cancel);
      act();
    });
    this.#alarms.add(cancel);
  }

  #cancelAlarms(): void {
    for (const cancel of this.#alarms) cancel();
    this.#alarms.clear();
  }
}

/** Starts a cast on a line of its own. */
export async function startScreencast(session: PageSession, { width, height, quality }: CastShape): Promise<void> {
  const size = { maxWidth: width, maxHeight: height };
  await session.send('Page.startScreencast', { format: 'jpeg', quality, ...size, everyNthFrame: 1 });
}
