import {
  type BrowserEngine,
  type BrowserListener,
  type BrowserName,
  type CastWidth,
  type Dialog,
  type EngineCheck,
  EngineError,
  type FoundBrowser,
  type InputEvent,
  type NoticeKind,
  type PageState,
  type RunningBrowser,
  type StartProgress,
  type StartRequest,
  type Viewers,
} from '../../src/ports/browser-engine.ts';
import { eventually } from './waiting.ts';

/** The smallest JPEG there is: enough for what only passes pictures on. */
const PICTURE = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);

/** A browser that does what the test says. */
export class ScriptedBrowser implements RunningBrowser {
  readonly width = 1280;
  readonly height = 720;
  readonly viewers: Viewers | undefined;
  page: PageState;
  readonly casts = new Set<CastWidth>();
  /** All that came as input, flat. */
  readonly inputs: InputEvent[] = [];
  readonly navigations: ({ url: string } | { action: 'back' | 'forward' | 'reload' })[] = [];
  readonly answers: { id: string; accept: boolean; text?: string }[] = [];
  readonly captures: { quality: number; width: number }[] = [];
  clipboard = '';
  /** What a capture gives. */
  picture: Uint8Array = PICTURE;
  isStopped = false;
  /** How often it was asked for a picture or its clipboard. */
  asked = 0;
  /** Set: stopping, navigating, captures and reads of the clipboard wait for it. */
  held: Promise<void> | undefined;
  /** Set: capturing fails with it. */
  failure: string | undefined;
  readonly request: StartRequest;
  readonly #listener: BrowserListener;
  readonly #seqs = { full: 0, half: 0 };

  constructor(request: StartRequest, listener: BrowserListener, viewers?: Viewers) {
    this.viewers = viewers;
    this.request = request;
    this.#listener = listener;
    this.page = { url: request.startUrl ?? 'about:blank', title: '', loading: false };
  }

  // What the test makes happen.

  /** A new picture, to those casts that are on. */
  frame(data: Uint8Array = this.picture): void {
    for (const width of this.casts) {
      const [w, h] = width === 'full' ? [this.width, this.height] : [this.width / 2, this.height / 2];
      this.#listener.frame(width, { seq: ++this.#seqs[width], width: w, height: h, data });
    }
  }

  show(page: Partial<PageState>): void {
    this.page = { ...this.page, ...page };
    this.#listener.page(this.page);
  }

  notice(kind: NoticeKind, host: string | null = null): void {
    this.#listener.notice(kind, host);
  }

  open(dialog: Dialog): void {
    this.#listener.dialog(dialog);
  }

  closeDialog(id: string): void {
    this.#listener.dialogClosed(id);
  }

  /** It ends by itself. */
  crash(reason = 'killed by the test'): void {
    this.isStopped = true;
    this.#listener.gone(reason);
  }

  // What Portal asks of it.

  cast(width: CastWidth, on: boolean): void {
    if (this.viewers) return;
    if (!on) this.casts.delete(width);
    else if (!this.casts.has(width)) {
      this.casts.add(width);
      const isFull = width === 'full';
      const size = { width: isFull ? this.width : this.width / 2, height: isFull ? this.height : this.height / 2 };
      this.#listener.frame(width, { seq: ++this.#seqs[width], ...size, data: this.picture });
    }
  }

  input(events: readonly InputEvent[]): void {
    this.inputs.push(...events);
  }

  async navigate(to: { url: string } | { action: 'back' | 'forward' | 'reload' }): Promise<void> {
    await this.held;
    this.navigations.push(to);
    if ('url' in to) this.show({ url: to.url });
  }

  async readClipboard(): Promise<string> {
    this.asked += 1;
    await this.held;
    return this.clipboard;
  }

  async writeClipboard(text: string): Promise<void> {
    this.clipboard = text;
  }

  async capture(options: { quality: number; width: number }): Promise<Uint8Array> {
    this.asked += 1;
    await this.held;
    if (this.failure !== undefined) throw new EngineError(this.failure);
    this.captures.push(options);
    return this.picture;
  }

  answerDialog(id: string, answer: { accept: boolean; text?: string }): void {
    this.answers.push({ id, ...answer });
    this.#listener.dialogClosed(id);
  }

  async stop(): Promise<void> {
    await this.held;
    this.isStopped = true;
    this.casts.clear();
  }
}

/** An engine without a browser: rules that do not depend on Chromium are tried with it. */
export class ScriptedEngine implements BrowserEngine {
  readonly name: 'docker' | 'local';
  readonly #viewers: Viewers | undefined;
  browsers: readonly BrowserName[] = ['chromium'];
  checks: readonly EngineCheck[] = [{ name: 'Chromium', ok: true, detail: 'scripted' }];
  /** Every browser that was started, the last one at the end. */
  readonly started: ScriptedBrowser[] = [];
  /** All calls of `start`, also those that failed. */
  readonly requests: StartRequest[] = [];
  isClosed = false;
  /** Starts tell first that they pull an image. */
  isPulling = false;
  /** What an earlier run of the server left, for the next `clear`. */
  left: { request: StartRequest; isAdoptable?: boolean }[] = [];
  /** Of what was left: those that were ended instead of taken over. */
  readonly ended: StartRequest[] = [];
  /** The next calls of `clear` fail, so many. */
  clearFailures = 0;
  /** Browsers outlive the server, as containers do. */
  letsGo = false;
  #failures: (string | EngineError)[] = [];
  #held: { promise: Promise<void>; resolve(): void } | undefined;

  /** With `viewers`, its browsers send their picture by themselves. */
  constructor(viewers?: Viewers) {
    this.#viewers = viewers;
    this.name = viewers ? 'docker' : 'local';
  }

  /** The last browser that was started. */
  get browser(): ScriptedBrowser {
    const last = this.started.at(-1);
    if (!last) throw new Error('no browser was started');
    return last;
  }

  /** Those that have not ended. */
  get alive(): ScriptedBrowser[] {
    return this.started.filter(({ isStopped }) => !isStopped);
  }

  /** The next starts fail, one for each sentence. */
  failWith(...sentences: (string | EngineError)[]): void {
    this.#failures.push(...sentences);
  }

  /** Starts wait from now on, until the returned function is called. */
  hold(): () => void {
    const held = Promise.withResolvers<void>();
    this.#held = held;
    return () => {
      this.#held = undefined;
      held.resolve();
    };
  }

  /** Resolves when this many starts were asked for. */
  async asked(count: number): Promise<void> {
    await eventually(() => this.requests.length >= count);
  }

  async check(): Promise<readonly EngineCheck[]> {
    return this.checks;
  }

  async start(
    request: StartRequest,
    listener: BrowserListener,
    progress: (at: StartProgress) => void,
  ): Promise<RunningBrowser> {
    this.requests.push(request);
    if (this.isPulling) progress({ step: 'pull', percent: null });
    else progress({ step: 'create', percent: null });
    await this.#held?.promise;
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure instanceof EngineError ? failure : new EngineError(failure);
    progress({ step: 'boot', percent: null });
    const browser = this.#running(request, listener);
    progress({ step: 'ready', percent: 100 });
    return browser;
  }

  async clear(): Promise<readonly FoundBrowser[]> {
    if (this.clearFailures > 0) {
      this.clearFailures--;
      throw new EngineError('The daemon does not answer');
    }
    return this.left.splice(0).map(({ request, isAdoptable = true }) => ({
      request,
      adopt: async (listener) => {
        if (!isAdoptable) throw new EngineError('It does not answer');
        return this.#running(request, listener);
      },
      stop: async () => {
        this.ended.push(request);
      },
    }));
  }

  #running(request: StartRequest, listener: BrowserListener): ScriptedBrowser {
    const browser = new ScriptedBrowser(request, listener, this.#viewers);
    this.started.push(browser);
    return browser;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.letsGo) return;
    await Promise.all(this.started.map((browser) => browser.stop()));
  }
}
