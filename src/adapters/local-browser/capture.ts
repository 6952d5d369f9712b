import type { Timers } from '../../core/clock.ts';
import { EngineError } from '../../ports/browser-engine.ts';
import { startScreencast } from './cast.ts';
import type { DevToolsEvent, DevToolsPipe } from './devtools-pipe.ts';
import { PageSession } from './page-session.ts';

type Options = {
  pipe: DevToolsPipe;
  timers: Timers;
  width: number;
  height: number;
  /** The last picture that anyone got. */
  lastOf(): Uint8Array | undefined;
};

const AT_MOST_MS = 2000;

/**
 * Single pictures, each as the first of a cast in the size that is asked for. `Page.captureScreenshot` would resize the page under
 * everyone who watches, and waits for a page that hangs or shows a dialog.
 */
export class Capture {
  readonly #options: Options;
  #targetId: string | undefined;
  #session: PageSession | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #onFrame: ((data: Uint8Array) => void) | undefined;
  #last: Uint8Array | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The page has been replaced by another. */
  moveTo(targetId: string): void {
    this.#targetId = targetId;
  }

  handle({ method, params, sessionId }: DevToolsEvent): void {
    if (method !== 'Page.screencastFrame' || sessionId === undefined || sessionId !== this.#session?.id) return;
    this.#onFrame?.(Buffer.from(params.data, 'base64'));
  }

  /** @throws EngineError when there is no picture, not even an old one */
  async take({ quality, width }: { quality: number; width: number }): Promise<Uint8Array> {
    const before = this.#turn;
    const taking = (async () => {
      await before;
      return this.#take(quality, Math.max(1, Math.min(width, this.#options.width)));
    })();
    this.#turn = taking.catch(() => {});
    const { promise: tooLate, resolve } = Promise.withResolvers<undefined>();
    const cancel = this.#options.timers.after(AT_MOST_MS, () => resolve(undefined));
    const picture = await Promise.race([taking.catch(() => undefined), tooLate]);
    cancel();
    const shown = picture ?? this.#options.lastOf() ?? this.#last;
    if (shown === undefined) throw new EngineError('The browser gives no picture at the moment');
    return shown;
  }

  /** Whether there still are pictures: the smallest one is asked for, twice. */
  async hasPicture(): Promise<boolean> {
    for (let tries = 0; tries < 2; tries++) {
      const before = this.#turn;
      const taking = before.then(() => this.#take(1, 16, true));
      this.#turn = taking.catch(() => {});
      // A page that is just being replaced refuses: that is an answer.
      if (
        (await taking.then(
          (picture) => picture !== undefined,
          () => true,
        )) === true
      )
        return true;
    }
    return false;
  }

  async #take(quality: number, width: number, isTrial = false): Promise<Uint8Array | undefined> {
    const { pipe, timers, height } = this.#options;
    if (this.#targetId === undefined) return undefined;
    if (this.#session?.targetId !== this.#targetId) this.#session = await PageSession.attach(pipe, this.#targetId);
    const session = this.#session;
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    const cancel = timers.after(AT_MOST_MS, () => resolve(undefined));
    this.#onFrame = resolve;
    try {
      await startScreencast(session, { width, height, quality });
      const picture = await promise;
      if (!isTrial) this.#last = picture ?? this.#last;
      return picture;
    } finally {
      cancel();
      this.#onFrame = undefined;
      await session.send('Page.stopScreencast').catch(() => {});
    }
  }
}
