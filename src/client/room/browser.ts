import type { ScreenshotQuery, SharedBrowsers } from '../api/browser.ts';
import type { CallOptions } from '../api/route.ts';
import type {
  BrowserAction,
  BrowserDialog,
  BrowserInput,
  BrowserNotice,
  BrowserPage,
  BrowserProgress,
  BrowserStarted,
  BrowserState,
  ControlState,
  StopReason,
} from '../browser-wire.ts';
import { Emitter } from '../emitter.ts';
import { isPortalError, PortalError } from '../errors.ts';
import type { BrowserPayloads } from '../events.ts';
import type { Link } from '../link/socket-link.ts';
import { BrowserControl } from './browser-control.ts';
import { FrameFeed, type FrameListener } from './frame-feed.ts';
import { inputBatches } from './input-batches.ts';

export type RoomBrowserEvents = {
  /** The browser is on, or is on again after a crash. */
  started: { browser: BrowserState };
  stopped: { reason: StopReason; error: string | null };
  /** How far a start is. */
  progress: BrowserProgress;
  /** The browser is about to stop; `stopsAt` null: it goes on. `keep()` keeps an idle one. */
  idle: { stopsAt: string | null; reason: 'idle' | 'max' };
  /** The browser crashed and is being started again. */
  recovering: { chatId: number };
  control: ControlState;
  /** The following reach those who watch. */
  page: BrowserPage;
  /** The pointer of the one who has the mouse. */
  cursor: { userId: number; x: number; y: number };
  /** The pointer of someone who watches. */
  pointer: { userId: number; x: number; y: number };
  /** Something that the page wanted and did not get, or that happened to it. */
  notice: BrowserNotice;
  /** The page asks something; whoever has the mouse can answer within 30 s. */
  dialog: BrowserDialog;
  /** It was answered or dismissed, or its page is gone. */
  dialogClosed: { id: string };
  /** A failure in the background: a picture that cannot be shown, or watching that was refused after a reconnect. */
  error: unknown;
};

/** Failures after which the next join or start asks again. */
const MENDED_LATER = ['ERR_DISCONNECTED', 'ERR_NOT_CONNECTED', 'ERR_NOT_JOINED', 'ERR_BROWSER_NOT_RUNNING'];

type Handlers = { [Name in keyof BrowserPayloads]: (payload: BrowserPayloads[Name]) => void };

export type RoomBrowserDeps = {
  chatId: number;
  link: Link;
  rest: { readonly url: string; readonly browser: SharedBrowsers };
};

/** The shared browser of a chat: `room.browser`. */
export class RoomBrowser extends Emitter<RoomBrowserEvents> {
  readonly control: BrowserControl;
  readonly #deps: RoomBrowserDeps;
  readonly #feed: FrameFeed;
  readonly #handlers: Handlers;
  #state: BrowserState | null = null;
  #page: BrowserPage | null = null;
  /** Those who hear of the browser without its pictures. */
  #followers = 0;

  /** @internal */
  constructor(deps: RoomBrowserDeps) {
    super();
    this.#deps = deps;
    this.control = new BrowserControl(deps);
    this.#feed = new FrameFeed({
      seen: (seq) => deps.link.tell('browser:seen', { chat_id: deps.chatId, seq }),
      failed: (error) => this.emit('error', error),
    });
    this.#handlers = this.#createHandlers();
  }

  /** Null while the browser is off. */
  get state(): BrowserState | null {
    return this.#state;
  }

  get isRunning(): boolean {
    return this.#state !== null;
  }

  /** The instance's own page, which shows the browser and takes input, to be put into a frame; null while it is off. */
  get url(): string | null {
    return this.#state && this.#deps.rest.url + this.#state.url;
  }

  /** The page that is open, as last told to those who watch. */
  get page(): BrowserPage | null {
    return this.#page;
  }

  /**
   * Starts the browser, for the chat's owner. Resolves once it shows a picture, or with `state: 'pulling'`, and then
   * `progress` and `started` tell the rest.
   * @throws PortalError `ERR_BROWSER_UNAVAILABLE`, `ERR_BROWSER_START_FAILED`, `ERR_BROWSER_CAPACITY`, …
   */
  start(options?: CallOptions): Promise<BrowserStarted> {
    return this.#deps.rest.browser.start(this.#deps.chatId, options);
  }

  /** Stops the browser, for the chat's owner. */
  async stop(options?: CallOptions): Promise<void> {
    await this.#deps.rest.browser.stop(this.#deps.chatId, options);
  }

  /** Keeps the browser from stopping because nobody watches. */
  async keep(): Promise<void> {
    await this.#deps.link.request('browser:keep', { chat_id: this.#deps.chatId });
  }

  /**
   * Watches: `onFrame` is called with each picture, beginning with the present one, and gets the next once it has
   * returned or resolved. Of pictures that come meanwhile, only the newest is kept. Begins when the browser starts if it
   * is off, and when the room is joined again if the connection is lost; goes on after a reconnect and after a crash.
   * @returns a function that stops watching
   * @throws PortalError `ERR_NO_FRAMES` when the browser sends picture and sound by WebRTC (`frames` of its state is
   *   false): show the page at `url` instead. When such a browser starts later, an `error` event says so.
   */
  async watch(onFrame: FrameListener): Promise<() => void> {
    if (this.#state?.frames === false) throw this.#noFrames();
    return this.#hear({ begin: () => this.#feed.add(onFrame), end: () => this.#feed.remove(onFrame) });
  }

  /**
   * Hears of the page, dialogs, notices and pointers without pictures, whatever engine the browser has.
   * @returns a function that ends it
   */
  follow(): Promise<() => void> {
    return this.#hear({
      begin: () => {
        this.#followers += 1;
      },
      end: () => {
        this.#followers -= 1;
      },
    });
  }

  async #hear({ begin, end }: { begin(): void; end(): void }): Promise<() => void> {
    const isFirst = !this.#isHeard;
    begin();
    try {
      if (isFirst && this.#state) await this.#ask();
    } catch (error) {
      if (!isPortalError(error, ...MENDED_LATER)) {
        end();
        throw error;
      }
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      end();
      if (!this.#isHeard && this.#state) this.#deps.link.tell('browser:unwatch', { chat_id: this.#deps.chatId });
    };
  }

  /**
   * Sends input, for the one who has the mouse; the server drops that of others. A browser without `frames` takes input
   * from the page at `url` alone.
   */
  input(...events: readonly BrowserInput[]): void {
    const { chatId, link } = this.#deps;
    for (const batch of inputBatches(events)) link.tell('browser:input', { chat_id: chatId, events: batch });
  }

  /** Shows the others where this person points, in chats with `inactive_cursors`; 20 times a second at most. */
  point(x: number, y: number): void {
    this.#deps.link.tell('browser:pointer', { chat_id: this.#deps.chatId, x, y });
  }

  /** Goes back, forward or to an address, or loads the page again: for the one who has the mouse. */
  async navigate(to: BrowserAction | { url: string }): Promise<void> {
    const target = typeof to === 'string' ? { action: to } : to;
    await this.#deps.link.request('browser:navigate', { chat_id: this.#deps.chatId, ...target });
  }

  /** Opens an http or https address: for the one who has the mouse, and for those who manage the chat. */
  async open(url: string, options?: CallOptions): Promise<void> {
    await this.#deps.rest.browser.open(this.#deps.chatId, { url }, options);
  }

  /** Answers a dialog of the page: for the one who has the mouse. */
  async answer(id: string, answer: { accept: boolean; text?: string }): Promise<void> {
    await this.#deps.link.request('browser:answer', { chat_id: this.#deps.chatId, id, ...answer });
  }

  /** The clipboard over there. Everyone in the chat may read it; writing needs the mouse, or a chat of one's own. */
  readonly clipboard = {
    get: async (options?: CallOptions): Promise<string> =>
      (await this.#deps.rest.browser.readClipboard(this.#deps.chatId, options)).text,
    set: async (text: string, options?: CallOptions): Promise<void> => {
      await this.#deps.rest.browser.writeClipboard(this.#deps.chatId, { text }, options);
    },
  };

  /** A JPEG picture, at most one second old; a preview at most 20. */
  screenshot(query: ScreenshotQuery = {}, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#deps.rest.browser.screenshot(this.#deps.chatId, query, options);
  }

  /** @internal Takes what a join answered. Watching begins anew: the server does not know this socket yet. */
  reset(state: BrowserState | null, control: ControlState | null): void {
    const wasRunning = this.isRunning;
    this.#state = state;
    this.control.update(control);
    if (state && !wasRunning) this.emit('started', { browser: state });
    if (!state && wasRunning) this.emit('stopped', { reason: 'stopped', error: null });
    this.emit('control', this.control.state);
    this.#watchAgain();
  }

  /** @internal */
  receive<Name extends keyof BrowserPayloads>(name: Name, payload: BrowserPayloads[Name]): void {
    this.#handlers[name](payload);
  }

  async #ask(): Promise<void> {
    const { page } = await this.#deps.link.request('browser:watch', { chat_id: this.#deps.chatId });
    this.#setPage(page);
  }

  get #isHeard(): boolean {
    return this.#feed.isWatched || this.#followers > 0;
  }

  #noFrames(): PortalError {
    const message = `This browser sends its picture by WebRTC: show ${this.url} in a frame`;
    return new PortalError({ code: 'ERR_NO_FRAMES', message });
  }

  #watchAgain(): void {
    if (!this.#state || !this.#isHeard) return;
    if (!this.#state.frames && this.#feed.isWatched) this.emit('error', this.#noFrames());
    this.#ask().catch((error: unknown) => {
      if (!isPortalError(error, ...MENDED_LATER)) this.emit('error', error);
    });
  }

  #setPage(page: BrowserPage): void {
    this.#page = page;
    this.emit('page', page);
  }

  #createHandlers(): Handlers {
    return {
      'room:started': ({ browser }) => {
        // Without `can_control`, which is each person's own.
        const state = { ...this.#state, ...browser };
        this.#state = state;
        this.emit('started', { browser: state });
        this.#watchAgain();
      },
      'room:stopped': ({ reason, error = null }) => {
        this.#state = null;
        this.#page = null;
        this.emit('stopped', { reason, error });
      },
      'room:browser_progress': ({ step, percent }) => this.emit('progress', { step, percent }),
      'room:browser_idle': ({ stops_at: stopsAt, reason }) => this.emit('idle', { stopsAt, reason }),
      'room:browser_recovering': ({ chat_id: chatId }) => this.emit('recovering', { chatId }),
      'control:state': ({ chat_id: _, ...state }) => {
        this.control.update(state);
        this.emit('control', state);
      },
      'browser:frame': (frame) => this.#feed.take(frame),
      'browser:page': ({ chat_id: _, ...page }) => this.#setPage(page),
      'browser:cursor': ({ user_id: userId, x, y }) => this.emit('cursor', { userId, x, y }),
      'browser:pointer': ({ user_id: userId, x, y }) => this.emit('pointer', { userId, x, y }),
      'browser:notice': ({ kind, host }) => this.emit('notice', { kind, host }),
      'browser:dialog': ({ chat_id: _, ...dialog }) => this.emit('dialog', dialog),
      'browser:dialog_closed': ({ id }) => this.emit('dialogClosed', { id }),
    };
  }
}
