import type { BrowserPicture } from '../browser-wire.ts';

/** A JPEG picture of the shared browser. On a slow line it is half as wide and high. */
export type BrowserFrame = { seq: number; width: number; height: number; data: Uint8Array<ArrayBuffer> };

/** Shows a frame. The next one comes once this has returned, or resolved. */
export type FrameListener = (frame: BrowserFrame) => unknown;

type Deps = {
  /** Tells the server that this frame, and all before it, have been shown. */
  seen(seq: number): void;
  failed(error: unknown): void;
};

/** Hands frames to their listeners, one at a time: of those that come meanwhile, only the newest. */
export class FrameFeed {
  readonly #deps: Deps;
  readonly #listeners = new Set<FrameListener>();
  #next: BrowserFrame | undefined;
  #isShowing: boolean = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  add(listener: FrameListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: FrameListener): void {
    this.#listeners.delete(listener);
  }

  take({ seq, width, height, data }: BrowserPicture): void {
    if (!this.isWatched) return;
    this.#next = { seq, width, height, data: bytesOf(data) };
    if (!this.#isShowing) void this.#show();
  }

  async #show(): Promise<void> {
    this.#isShowing = true;
    for (let frame = this.#next; frame; frame = this.#next) {
      this.#next = undefined;
      for (const listener of this.#listeners) {
        try {
          await listener(frame);
        } catch (error) {
          // Seen all the same: a picture that cannot be shown must not be the last one.
          this.#deps.failed(error);
        }
      }
      this.#deps.seen(frame.seq);
    }
    this.#isShowing = false;
  }
}

function bytesOf(data: ArrayBuffer | Uint8Array): Uint8Array<ArrayBuffer> {
  return data instanceof Uint8Array ? (data as Uint8Array<ArrayBuffer>) : new Uint8Array(data);
}
