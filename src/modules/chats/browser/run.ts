import type { Cancel, Timers } from '../../../core/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/durations.ts';
import type { AppError } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import {
  type BrowserEngine,
  type BrowserListener,
  type Dialog,
  EngineError,
  type PageState,
  type RunningBrowser,
  type StartProgress,
  type StartRequest,
} from '../../../ports/browser-engine.ts';
import { asSentence, browserErrors } from './browser.errors.ts';
import type { BrowserEvent, StopReason } from './browser.events.ts';
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

const START_MS = 45 * SECOND_MS;
/** This many failures within that time, and the browser is not started again. */
const FAILURES = 3;
const FAILURES_WITHIN_MS = 10 * MINUTE_MS;
const PAUSE_MS = SECOND_MS;

const TOO_SLOW = 'The browser did not start within 45 seconds';
const GAVE_UP = 'The browser failed three times within ten minutes';

type Ending = {
  /** For people. */
  error?: string;
  /** What those are told who wait for the start. */
  why?: AppError;
  /** Nobody is told. */
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
  #failures: number[] = [];
  #lastUrl: string | null;
  #isEnding = false;
  #isAway = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor(deps: RunDeps, request: StartRequest, confirm: Confirm) {
    this.#deps = deps;
    this.#request = request;
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

  /** Resolves when it has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
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
    const { emit, timers, running } = this.#deps;
    let browser: RunningBrowser | undefined;
    try {
      browser = await this.#start();
      await Promise.race([confirm(), this.#over.promise]);
      if (this.#attempt.goneBecause !== undefined) throw new EngineError(this.#attempt.goneBecause);
    } catch (error) {
      await browser?.stop().catch((problem: unknown) => this.#log(problem));
      if (this.#isEnding) throw error;
      throw this.#didNotStart(error);
    }
    const { idleMs, maxMs, warn } = this.#deps;
    this.#lifetime = new Lifetime({
      timers,
      idleMs,
      maxMs,
      warn: (stopsAt, reason) => warn(this.chatId, stopsAt, reason),
      end: (reason) => void this.end(reason),
    });
    running.put(this);
    this.#up(browser);
    emit({ name: 'browser.started', chatId: this.chatId, tookMs: timers.elapsed() - this.#began });
  }

  /** An engine's own words go to people; of anything else they learn that it failed. */
  #didNotStart(error: unknown): unknown {
    if (!(error instanceof EngineError)) {
      void this.end('failed');
      return error;
    }
    this.#failed('start', error.message);
    void this.end('failed', { error: asSentence(error.message) });
    return browserErrors.startFailed.saying(asSentence(error.message))();
  }

  /** One attempt. Whatever comes of it too late is stopped again. */
  async #start(): Promise<RunningBrowser> {
    const { engine, timers } = this.#deps;
    const attempt: Attempt = { goneBecause: undefined };
    this.#attempt = attempt;
    const request = { ...this.#request, startUrl: this.#lastUrl };
    const isFirst = this.#lifetime === undefined;
    const tooSlow = Promise.withResolvers<never>();
    const cancel = timers.after(START_MS, () => tooSlow.reject(new EngineError(TOO_SLOW)));
    const starting = engine.start(request, this.#listener(attempt), (at) => {
      if (isFirst && !this.#isEnding && this.#attempt === attempt) this.#deps.progress(this.chatId, at);
    });
    try {
      const browser = await Promise.race([starting, tooSlow.promise, this.#over.promise]);
      if (attempt.goneBecause !== undefined) throw new EngineError(attempt.goneBecause);
      return browser;
    } catch (error) {
      starting.then((late) => late.stop()).catch((problem: unknown) => this.#log(problem));
      throw error;
    } finally {
      cancel();
    }
  }

  #listener(attempt: Attempt): BrowserListener {
    const { running } = this.#deps;
    const { chatId } = this;
    const whileCurrent =
      <About extends unknown[]>(hear: (...about: About) => void) =>
      (...about: About): void => {
        if (this.#attempt === attempt && !this.#isEnding && attempt.goneBecause === undefined) hear(...about);
      };
    return {
      frame: whileCurrent((width, frame) => running.tell(chatId, 'frame', width, frame)),
      page: whileCurrent((page) => {
        this.page = page;
        if (/^https?:/.test(page.url)) this.#lastUrl = page.url;
        running.tell(chatId, 'page', page);
      }),
      notice: whileCurrent((kind, host) => running.tell(chatId, 'notice', kind, host)),
      dialog: whileCurrent((dialog) => {
        this.dialogs.set(dialog.id, dialog);
        running.tell(chatId, 'dialog', dialog);
      }),
      dialogClosed: whileCurrent((id) => {
        if (this.dialogs.delete(id)) running.tell(chatId, 'dialogClosed', id);
      }),
      away: whileCurrent((reason) => {
        if (this.browser) this.#faltered(reason);
      }),
      back: whileCurrent(() => {
        if (!this.#isAway) return;
        this.#isAway = false;
        this.#deps.emit({ name: 'browser.started', chatId, tookMs: null });
      }),
      gone: whileCurrent((reason) => {
        attempt.goneBecause = reason;
        if (this.browser) this.#crashed(reason);
      }),
    };
  }

  #up(browser: RunningBrowser): void {
    this.browser = browser;
    this.page = browser.page;
    this.width = browser.width;
    this.height = browser.height;
    this.#deps.running.tell(this.chatId, 'ready', browser);
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
        this.#up(await this.#start());
        this.#deps.emit({ name: 'browser.started', chatId: this.chatId, tookMs: null });
        return;
      } catch (error) {
        if (this.#isEnding) return;
        if (!(error instanceof EngineError)) this.#log(error);
        if (!this.#mayFailAgain('start', error instanceof Error ? error.message : String(error))) return;
        await this.#pause();
      }
    }
  }

  /** Counts a failure. After too many the browser ends. */
  #mayFailAgain(what: 'start' | 'crash', reason: string): boolean {
    this.#failed(what, reason);
    const now = this.#deps.timers.elapsed();
    this.#failures = [...this.#failures.filter((at) => now - at < FAILURES_WITHIN_MS), now];
    if (this.#failures.length < FAILURES) return true;
    void this.end('failed', { error: GAVE_UP });
    return false;
  }

  async #pause(): Promise<void> {
    const over = Promise.withResolvers<void>();
    const cancel: Cancel = this.#deps.timers.after(PAUSE_MS, over.resolve);
    await Promise.race([over.promise, this.#over.promise]).catch(() => cancel());
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
    await browser?.stop().catch((problem: unknown) => this.#log(problem));
    await this.ready.catch(() => {});
  }

  #failed(what: 'start' | 'crash', reason: string): void {
    this.#deps.emit({ name: 'browser.failed', chatId: this.chatId, what, reason });
  }

  #log(error: unknown): void {
    this.#deps.logger.error('a shared browser failed', { chat_id: this.chatId, error });
  }
}
