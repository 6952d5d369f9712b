import type { Timers } from '../../../core/clock.ts';
import type { AppError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import {
  type BrowserEngine,
  type BrowserListener,
  type Dialog,
  EngineError,
  type FoundBrowser,
  type PageState,
  type RunningBrowser,
  type StartProgress,
  type StartRequest,
} from '../../../ports/browser-engine.ts';
import { attemptStart, pauseUnless, startError } from './attempt.ts';
import { asSentence, browserErrors } from './browser.errors.ts';
import type { BrowserEvent, StopReason } from './browser.events.ts';
import { Failures } from './failures.ts';
import { hearWhile } from './hear-while.ts';
import { type EndOfTime, Lifetime } from './lifetime.ts';
import type { RunningBrowsers, RunningChat } from './running.ts';

export type RunDeps = {
  engine: BrowserEngine;
  running: RunningBrowsers;
  timers: Timers;
  logger: Logger;
  idleMs: number;
  maxMs: number;
  emit(event: BrowserEvent): void;
  progress(chatId: number, at: StartProgress): void;
  warn(chatId: number, stopsAt: number | null, reason: EndOfTime): void;
};

/** Called when a first start has succeeded, before anybody sees the browser. What it throws undoes the start. */
export type Confirm = () => Promise<void>;

const GAVE_UP = 'The browser failed three times within ten minutes';

type Ending = {
  /** For people. */
  error?: string;
  /** What those are told who wait for the start. */
  why?: AppError;
  /** The server ends: nobody is told, and the browser is the engine's to stop, or to let go on. */
  isSilent?: boolean;
};

type Attempt = { goneBecause: string | undefined };

/** The browser of one chat, from the first moment of its start to its end, over crashes. */
export class Run implements RunningChat {
  readonly chatId: number;
  readonly engine: BrowserEngine['name'];
  readonly dialogs = new Map<string, Dialog>();
  /** Resolves when it has started; rejects when it will not. */
  readonly ready: Promise<void>;
  /** Resolves when it is known that an image has to be pulled first. */
  readonly pulling: Promise<void>;
  browser: RunningBrowser | undefined;
  page: PageState;
  width = 0;
  height = 0;
  readonly #deps: RunDeps;
  readonly #request: StartRequest;
  readonly #began: number;
  readonly #over = Promise.withResolvers<never>();
  #attempt: Attempt = { goneBecause: undefined };
  #lifetime: Lifetime | undefined;
  readonly #failures: Failures;
  #lastUrl: string | null;
  #isEnding = false;
  #isAway = false;
  readonly #ended = Promise.withResolvers<void>();
  /** Resolves when it has ended. */
  readonly ended = this.#ended.promise;
  readonly #pulls = Promise.withResolvers<void>();
  #found: FoundBrowser | undefined;

  /** `found`: one that goes on from an earlier run of the server, to be taken over instead of started. */
  constructor(deps: RunDeps, request: StartRequest, confirm: Confirm, found?: FoundBrowser) {
    this.#deps = deps;
    this.#request = request;
    this.#found = found;
    this.#failures = new Failures(deps.timers);
    this.pulling = this.#pulls.promise;
    this.#began = deps.timers.elapsed();
    this.chatId = request.chatId;
    this.engine = deps.engine.name;
    this.#lastUrl = request.startUrl;
    this.page = { url: request.startUrl ?? 'about:blank', title: '', loading: true };
    this.#over.promise.catch(() => {});
    this.ready = this.#begin(confirm);
    this.ready.catch(() => {});
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  watched(count: number): void {
    this.#lifetime?.watched(count);
  }

  touched(): void {
    this.#lifetime?.touched();
  }

  /** Stops it, also in the middle of its start. Resolves when its processes are gone. */
  end(reason: StopReason, how: Ending = {}): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#end(reason, how).then(this.#ended.resolve, this.#ended.reject);
    }
    return this.#ended.promise;
  }

  async #begin(confirm: Confirm): Promise<void> {
    const { emit, timers } = this.#deps;
    const isFound = this.#found !== undefined;
    try {
      await this.#bringUp(confirm).catch((error: unknown) => {
        if (!isFound || this.#isEnding || !(error instanceof EngineError)) throw error;
        // One that an earlier run of the server left cannot be taken over: another takes its place.
        return this.#bringUp(confirm);
      });
    } catch (error) {
      if (this.#isEnding) throw error;
      throw this.#didNotStart(error);
    }
    const tookMs = isFound ? null : timers.elapsed() - this.#began;
    emit({ name: 'browser.started', chatId: this.chatId, tookMs });
  }

  /** One attempt, until everyone sees its browser. */
  async #bringUp(confirm?: Confirm): Promise<void> {
    const browser = await this.#start();
    try {
      if (confirm) await Promise.race([confirm(), this.#over.promise]);
      // It may have been stopped, or have ended, after the promise was settled and before this line.
      if (this.#isEnding) await this.#over.promise;
      if (this.#attempt.goneBecause !== undefined) throw new EngineError(this.#attempt.goneBecause);
    } catch (error) {
      await browser.stop().catch((problem: unknown) => this.#log(problem));
      throw error;
    }
    this.#up(browser);
  }

  /** An engine's own words go to people; of anything else they learn that it failed. */
  #didNotStart(error: unknown): unknown {
    if (!(error instanceof EngineError)) {
      void this.end('failed');
      return error;
    }
    this.#deps.emit({ name: 'browser.failed', chatId: this.chatId, what: 'start', reason: error.message });
    const sentence = asSentence(error.message);
    void this.end('failed', { error: sentence });
    return startError(error, sentence);
  }

  async #start(): Promise<RunningBrowser> {
    const { engine, timers } = this.#deps;
    const attempt: Attempt = { goneBecause: undefined };
    this.#attempt = attempt;
    const request = { ...this.#request, startUrl: this.#lastUrl };
    const isFirst = this.#lifetime === undefined;
    const found = this.#found;
    this.#found = undefined;
    const listener = this.#listener(attempt);
    const browser = await attemptStart({
      timers,
      over: this.#over.promise,
      begin: (progress, abandoned) => found?.adopt(listener) ?? engine.start(request, listener, progress, abandoned),
      progress: (at) => {
        if (at.step === 'pull') this.#pulls.resolve();
        if (isFirst && !this.#isEnding) this.#deps.progress(this.chatId, at);
      },
      couldNotStop: (error) => this.#log(error),
    });
    if (attempt.goneBecause === undefined) return browser;
    await browser.stop();
    throw new EngineError(attempt.goneBecause);
  }

  #listener(attempt: Attempt): BrowserListener {
    const { running } = this.#deps;
    const { chatId } = this;
    const isCurrent = () => this.#attempt === attempt && !this.#isEnding && attempt.goneBecause === undefined;
    return hearWhile(isCurrent, {
      frame: (width, frame) => running.tell(chatId, 'frame', width, frame),
      page: (page) => {
        this.page = page;
        if (/^https?:/.test(page.url)) this.#lastUrl = page.url;
        running.tell(chatId, 'page', page);
      },
      notice: (kind, host) => running.tell(chatId, 'notice', kind, host),
      dialog: (dialog) => {
        this.dialogs.set(dialog.id, dialog);
        running.tell(chatId, 'dialog', dialog);
      },
      dialogClosed: (id) => {
        if (this.dialogs.delete(id)) running.tell(chatId, 'dialogClosed', id);
      },
      away: (reason) => {
        if (this.browser) this.#faltered(reason);
      },
      back: () => {
        if (!this.#isAway) return;
        this.#isAway = false;
        this.#deps.emit({ name: 'browser.started', chatId, tookMs: null });
      },
      gone: (reason) => {
        attempt.goneBecause = reason;
        if (this.browser) this.#crashed(reason);
      },
    });
  }

  #up(browser: RunningBrowser): void {
    const { timers, idleMs, maxMs, warn, running } = this.#deps;
    this.#lifetime ??= new Lifetime({
      timers,
      idleMs,
      maxMs,
      warn: (stopsAt, reason) => warn(this.chatId, stopsAt, reason),
      end: (reason) => void this.end(reason),
    });
    running.put(this);
    this.browser = browser;
    this.page = browser.page;
    this.width = browser.width;
    this.height = browser.height;
    running.tell(this.chatId, 'ready', browser);
  }

  #down(isOver: boolean): void {
    this.browser = undefined;
    for (const id of this.dialogs.keys()) this.#deps.running.tell(this.chatId, 'dialogClosed', id);
    this.dialogs.clear();
    this.#deps.running.tell(this.chatId, 'gone', isOver);
  }

  #crashed(reason: string): void {
    this.#down(false);
    this.#faltered(reason);
    if (this.#isEnding) return;
    this.#isAway = false;
    this.#recover().catch((error: unknown) => this.#log(error));
  }

  /** It gives no picture, and comes back by itself or by us. */
  #faltered(reason: string): void {
    if (this.#isAway) return;
    this.#isAway = true;
    if (!this.#mayFailAgain('crash', reason)) return;
    this.#deps.emit({ name: 'browser.recovering', chatId: this.chatId });
  }

  async #recover(): Promise<void> {
    while (!this.#isEnding) {
      try {
        await this.#bringUp();
        this.#deps.emit({ name: 'browser.started', chatId: this.chatId, tookMs: null });
        return;
      } catch (error) {
        if (this.#isEnding) return;
        if (!(error instanceof EngineError)) this.#log(error);
        if (!this.#mayFailAgain('start', error instanceof Error ? error.message : String(error))) return;
        await pauseUnless(this.#over.promise, this.#deps.timers);
      }
    }
  }

  /** Counts a failure. After too many the browser ends. */
  #mayFailAgain(what: 'start' | 'crash', reason: string): boolean {
    this.#deps.emit({ name: 'browser.failed', chatId: this.chatId, what, reason });
    if (!this.#failures.add()) return true;
    void this.end('failed', { error: GAVE_UP });
    return false;
  }

  async #end(reason: StopReason, { error, why = browserErrors.changed(), isSilent = false }: Ending): Promise<void> {
    const { running, emit } = this.#deps;
    const { browser } = this;
    const wasOn = this.#lifetime !== undefined;
    this.#lifetime?.stop();
    this.#over.reject(why);
    this.#down(true);
    if (wasOn) running.remove(this.chatId);
    if (!isSilent) emit({ name: 'browser.stopped', chatId: this.chatId, reason, error: error ?? null, wasOn });
    if (!isSilent) await browser?.stop().catch((problem: unknown) => this.#log(problem));
    await this.ready.catch(() => {});
  }

  #log(error: unknown): void {
    this.#deps.logger.error('a shared browser failed', { chat_id: this.chatId, error });
  }
}
