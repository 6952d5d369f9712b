import type { Timers } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { BrowserListener, CastWidth, InputEvent, PageState, RunningBrowser } from '../../ports/browser-engine.ts';
import type { Gate } from '../egress/gate.ts';
import { hostOf } from '../web-address.ts';
import { Capture } from './capture.ts';
import { Cast } from './cast.ts';
import type { ChromiumProcess } from './chromium-process.ts';
import { Clipboard } from './clipboard.ts';
import type { DevToolsEvent } from './devtools-pipe.ts';
import { Dialogs } from './dialogs.ts';
import { Heartbeat } from './heartbeat.ts';
import { InputQueue } from './input-queue.ts';
import { Navigation } from './navigation.ts';
import { Notices } from './notices.ts';
import { PageLife } from './page-life.ts';
import type { PageSession } from './page-session.ts';
import { PageStates } from './page-state.ts';
import { Unlocking } from './unlocking.ts';

export type PictureSize = { width: number; height: number; fps: number };

type Options = {
  gate: Gate;
  chromium: ChromiumProcess;
  size: PictureSize;
  timers: Timers;
  logger: Logger;
  startUrl: string | null;
  listener: BrowserListener;
  /** Removes what the browser leaves, when its last process has gone. */
  cleanUp(): Promise<void>;
};

/** More than this costs as much again and shows hardly more. */
const MOST_FPS = 15;
const QUALITY = 60;
/** A page at rest. */
const STILL_MS = 500;

/** A browser that runs: its parts, and who hears of which event. */
export class LocalBrowser implements RunningBrowser {
  readonly width: number;
  readonly height: number;
  readonly viewers = undefined;
  readonly #options: Options;
  readonly #casts: Record<CastWidth, Cast>;
  readonly #capture: Capture;
  readonly #clipboard: Clipboard;
  readonly #dialogs: Dialogs;
  readonly #input: InputQueue;
  readonly #states: PageStates;
  readonly #life: PageLife;
  readonly #navigation: Navigation;
  readonly #unlocking: Unlocking;
  #heartbeat: Heartbeat | undefined;
  readonly #onAuthAsked = new Set<() => void>();
  #lastFrameAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #hasBegun = false;
  #isSilent = false;
  #ending: Promise<void> | undefined;

  /**
   * Opens the first page of a Chromium that has just started.
   *
   * @throws DevToolsError when Chromium ends or does not answer
   */
  static async open(options: Options): Promise<LocalBrowser> {
    const { pipe } = options.chromium;
    const { targetInfos } = await pipe.send('Target.getTargets', {}, { withinMs: START_MS });
    const first = targetInfos.find(({ type }: { type: string }) => type === 'page')?.targetId;
    const { browserContextId } = await pipe.send('Target.createBrowserContext');
    const browser = new LocalBrowser(options, browserContextId, first);
    await Promise.all([
      pipe.send('Target.setDiscoverTargets', { discover: true }),
      ...[undefined, browserContextId].map((contextId) =>
        pipe.send('Browser.setDownloadBehavior', {
          behavior: 'deny',
          eventsEnabled: true,
          ...(contextId === undefined ? {} : { browserContextId: contextId }),
        }),
      ),
    ]);
    browser.#begin(await browser.#life.open((session) => browser.#unlocking.with(session)));
    return browser;
  }

  private constructor(options: Options, contextId: string, helperId: string | undefined) {
    const { chromium, gate, size, timers, startUrl } = options;
    const { pipe } = chromium;
    this.#options = options;
    this.width = size.width;
    this.height = size.height;
    const listener = this.#heardOnly(options.listener);
    const notices = new Notices(timers, listener);
    const picture = { width: size.width, height: size.height };
    this.#casts = { full: this.#castOf('full', listener), half: this.#castOf('half', listener) };
    const lastOf = () => (this.#casts.full.last ?? this.#casts.half.last)?.data;
    this.#capture = new Capture({ pipe, timers, ...picture, lastOf });
    this.#clipboard = new Clipboard(pipe, helperId);
    this.#input = new InputQueue({ timers, ...picture });
    this.#states = new PageStates(timers, (page) => listener.page(page));
    this.#dialogs = new Dialogs({
      timers,
      listener,
      credential: gate.credential,
      onChange: (isOpen) => this.#input.hold(isOpen),
      onPermissionAsked: () => notices.tell('permission', hostOf(this.#states.state.url)),
      onAuth: () => {
        for (const listener of this.#onAuthAsked) listener();
      },
    });
    this.#unlocking = new Unlocking({ pipe, clock: timers, gate, contextId });
    this.#life = new PageLife({
      pipe,
      timers,
      ...picture,
      contextId,
      startUrl,
      notices,
      presentUrl: () => this.#states.state.url,
      isHelper: (targetId) => this.#clipboard.isOwn(targetId) || this.#unlocking.isOwn(targetId),
      onPage: (session) => this.#moveTo(session),
      onPageLost: () => {
        this.#dialogs.dismissAll();
        this.#input.forget();
      },
      onFailure: (reason) => this.#fail(reason),
    });
    this.#navigation = new Navigation({
      timers,
      life: this.#life,
      states: this.#states,
      dismissDialogs: () => this.#dialogs.dismissAll(),
      onAsked: (listener) => {
        this.#onAuthAsked.add(listener);
        return () => this.#onAuthAsked.delete(listener);
      },
    });
    pipe.listen((event) => this.#handle(event));
    chromium.onEnd = () => this.#fail('Chromium has ended');
  }

  get page(): PageState {
    return this.#states.state;
  }

  cast(width: CastWidth, on: boolean): void {
    this.#casts[width].switch(on);
  }

  input(events: readonly InputEvent[]): void {
    this.#input.push(events);
  }

  navigate(to: { url: string } | { action: 'back' | 'forward' | 'reload' }): Promise<void> {
    return this.#navigation.go(to);
  }

  readClipboard(): Promise<string> {
    return this.#clipboard.read();
  }

  writeClipboard(text: string): Promise<void> {
    return this.#clipboard.write(text);
  }

  capture(options: { quality: number; width: number }): Promise<Uint8Array> {
    return this.#capture.take(options);
  }

  answerDialog(id: string, answer: { accept: boolean; text?: string }): void {
    this.#dialogs.answer(id, answer);
  }

  /** Its way out does not know it any more. */
  lockedOut(): void {
    void this.#unlocking.again();
  }

  stop(): Promise<void> {
    this.#isSilent = true;
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** From here on the listener hears how it ends. */
  #begin(session: PageSession): void {
    const { chromium, timers, startUrl } = this.#options;
    this.#hasBegun = true;
    this.#heartbeat = new Heartbeat({
      timers,
      pipe: chromium.pipe,
      onBeat: () => this.#look(),
      onSilence: () => this.#fail('Chromium does not answer any more'),
    });
    if (startUrl !== null) session.tell('Page.navigate', { url: startUrl });
  }

  /** Looks at what Chromium does not tell by itself. */
  #look(): void {
    const { session, isBroken } = this.#life;
    if (session === undefined) return;
    void this.#states.readTitle(session);
    const isWatched = this.#casts.full.isOn || this.#casts.half.isOn;
    const isStill = this.#options.timers.elapsed() - this.#lastFrameAt > STILL_MS;
    if (isWatched && isStill && !isBroken) void this.#lookForPicture();
  }

  /** A page at rest gives no pictures by itself, and neither does a Chromium that cannot draw any more. */
  async #lookForPicture(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const before = this.#lastFrameAt;
    const hasPicture = await this.#capture.hasPicture();
    this.#isLooking = false;
    if (!hasPicture && this.#lastFrameAt === before && !this.#life.isBroken) {
      this.#fail('Chromium gives no picture any more');
    }
  }

  #handle(event: DevToolsEvent): void {
    this.#casts.full.handle(event);
    this.#casts.half.handle(event);
    this.#capture.handle(event);
    this.#clipboard.handle(event);
    this.#life.handle(event);
    const { session } = this.#life;
    if (session === undefined) return;
    if (event.sessionId !== session.id) return;
    this.#states.handle(event, session);
    this.#dialogs.handle(event, session);
  }

  #moveTo(session: PageSession): void {
    this.#input.moveTo(session);
    this.#capture.moveTo(session.targetId);
    for (const cast of Object.values(this.#casts)) cast.moveTo(session.targetId);
  }

  #castOf(width: CastWidth, listener: BrowserListener): Cast {
    const { chromium, size, timers } = this.#options;
    const part = width === 'half' ? 2 : 1;
    return new Cast({
      pipe: chromium.pipe,
      timers,
      shape: { width: Math.round(size.width / part), height: Math.round(size.height / part), quality: QUALITY },
      paceMs: 1000 / Math.min(size.fps, MOST_FPS),
      onFrame: (frame) => {
        this.#lastFrameAt = timers.elapsed();
        listener.frame(width, frame);
      },
    });
  }

  /** It ended without being asked to. */
  #fail(reason: string): void {
    if (this.#isSilent || !this.#hasBegun) return;
    this.#isSilent = true;
    this.#ending = this.#end();
    this.#ending.then(
      () => this.#options.listener.gone(reason),
      () => this.#options.listener.gone(reason),
    );
  }

  async #end(): Promise<void> {
    const { chromium, cleanUp } = this.#options;
    this.#heartbeat?.close();
    this.#life.close();
    this.#states.close();
    for (const cast of Object.values(this.#casts)) cast.close();
    this.#dialogs.dismissAll();
    await chromium.stop();
    await cleanUp();
  }

  /** Nothing is told once the browser is to end. */
  #heardOnly(listener: BrowserListener): BrowserListener {
    const unlessSilent = (tell: () => void) => {
      if (!this.#isSilent) tell();
    };
    return {
      frame: (width, frame) => unlessSilent(() => listener.frame(width, frame)),
      page: (page) => unlessSilent(() => listener.page(page)),
      notice: (kind, host) => unlessSilent(() => listener.notice(kind, host)),
      dialog: (dialog) => unlessSilent(() => listener.dialog(dialog)),
      dialogClosed: (id) => unlessSilent(() => listener.dialogClosed(id)),
      gone: (reason) => unlessSilent(() => listener.gone(reason)),
    };
  }
}

const START_MS = 20_000;
