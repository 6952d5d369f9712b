import type { Timers } from '../../core/clock.ts';
import { hostOf, isWebAddress } from '../web-address.ts';
import type { DevToolsEvent, DevToolsPipe, Result } from './devtools-pipe.ts';
import { errorPage } from './error-page.ts';
import type { Notices } from './notices.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PageSession } from './page-session.ts';

type Options = {
  pipe: DevToolsPipe;
  timers: Timers;
  width: number;
  height: number;
  /** Where pages live: in memory alone. */
  contextId: string;
  notices: Notices;
  /** What the room began with. */
  startUrl: string | null;
  presentUrl(): string;
  isHelper(targetId: string): boolean;
  /** A page has come: the first, or one in the place of another. */
  onPage(session: PageSession): void;
  /** The page has gone, and with it what it asked. */
  onPageLost(): void;
  /** There is no page, and none to be had. */
  onFailure(reason: string): void;
};

/** A page that goes again so soon is not opened once more. */
const SOON_MS = 20_000;
/** Until then it is known whether a new page is our own. */
const STRANGER_MS = 100;
const SETUP_MS = 10_000;
const CRASH_MS = 2000;

/**
 * The one page of a browser: set up, followed when it opens others, brought back when it crashes or closes itself. Everything that
 * Chromium would show in a window of its own becomes a word to the viewers.
 */
export class PageLife {
  readonly #options: Options;
  readonly #frames = new Set<string>();
  #session: PageSession | undefined;
  #lostAt = Number.NEGATIVE_INFINITY;
  #isOpening = false;
  #isBroken = false;
  #onExpectedCrash: (() => void) | undefined;
  #isClosed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Whether the page has crashed, and the next one has not come yet. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  get session(): PageSession | undefined {
    return this.#session;
  }

  /**
   * @param first what has to be done before anything else
   * @throws DevToolsError when Chromium refuses or does not answer
   */
  async open(first?: (session: PageSession) => Promise<void>): Promise<PageSession> {
    const { pipe, contextId, width, height } = this.#options;
    const place = { browserContextId: contextId, newWindow: true, width, height };
    this.#isOpening = true;
    try {
      const created = await pipe.send('Target.createTarget', { url: 'about:blank', ...place }, { withinMs: SETUP_MS });
      const session = await PageSession.attach(pipe, created.targetId);
      this.#session = session;
      this.#frames.clear();
      await first?.(session);
      await this.#prepare(session);
      this.#options.onPage(session);
      return session;
    } finally {
      this.#isOpening = false;
    }
  }

  /**
   * Gets a page out of the way that answers nothing any more.
   *
   * @throws DevToolsError when there is no other to be had
   */
  async crashOnPurpose(): Promise<void> {
    const crashed = new Promise<boolean>((resolve) => {
      this.#onExpectedCrash = () => resolve(true);
    });
    // The command itself is never answered.
    this.#session?.tell('Page.crash');
    const hasCrashed = await Promise.race([crashed, this.#options.pipe.pause(CRASH_MS).then(() => false)]);
    this.#onExpectedCrash = undefined;
    this.#options.onPageLost();
    if (!hasCrashed) await this.#replace();
  }

  handle(event: DevToolsEvent): void {
    const { method, params, sessionId } = event;
    const session = this.#session;
    if (method === 'Target.targetCreated') this.#meet(params.targetInfo);
    if (method === 'Browser.downloadWillBegin') this.#options.notices.tell('download', hostOf(params.url));
    if (session === undefined) return;
    if (method === 'Target.targetDestroyed' && params.targetId === session.targetId) this.#closed();
    if (method === 'Target.detachedFromTarget') this.#detached(params.sessionId, session);
    if (sessionId !== session.id && !this.#frames.has(sessionId ?? '')) return;
    if (method === 'Target.attachedToTarget') void this.#enterFrame(params);
    if (method === 'Inspector.targetCrashed' && sessionId === session.id) this.#crashed(session);
    if (method === 'Page.frameNavigated' && sessionId === session.id) this.#navigated(session, params.frame);
    if (method === 'Page.windowOpen') this.#follow(session, params);
    if (method === 'Page.fileChooserOpened') this.#options.notices.tell('upload', hostOf(this.#options.presentUrl()));
  }

  close(): void {
    this.#isClosed = true;
  }

  async #prepare(session: PageSession): Promise<void> {
    const { width, height } = this.#options;
    await Promise.all([
      session.send('Inspector.enable'),
      session.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false }),
      session.send('Emulation.setFocusEmulationEnabled', { enabled: true }),
      // Only documents stop for us: it is they that ask for a name and a password.
      session.send('Fetch.enable', {
        patterns: [{ urlPattern: '*', resourceType: 'Document' }],
        handleAuthRequests: true,
      }),
      this.#prepareFrame(session),
    ]);
  }

  /** What a frame of another origin needs as well, since it lives in a process of its own. */
  async #prepareFrame(session: PageSession): Promise<void> {
    await Promise.all([
      session.send('Page.enable'),
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: PAGE_SCRIPT, runImmediately: true }),
      session.send('Page.setInterceptFileChooserDialog', { enabled: true, cancel: true }),
      session.send('Target.setAutoAttach', {
        autoAttach: true,
        waitForDebuggerOnStart: false,
        flatten: true,
        filter: [{ type: 'iframe' }],
      }),
    ]);
  }

  async #enterFrame({ sessionId, targetInfo }: Result): Promise<void> {
    this.#frames.add(sessionId);
    const frame = PageSession.of(this.#options.pipe, sessionId, targetInfo.targetId);
    // It may be gone already.
    await this.#prepareFrame(frame).catch(() => {});
  }

  /** The whole Chromium opens windows although it is told not to: no window but the page's stays. */
  #meet({ targetId, type }: { targetId: string; type: string }): void {
    if (type !== 'page') return;
    const { pipe, timers, isHelper } = this.#options;
    const look = () => {
      if (targetId === this.#session?.targetId || isHelper(targetId) || this.#isClosed) return;
      if (this.#isOpening) {
        timers.after(STRANGER_MS, look);
        return;
      }
      pipe.send('Target.closeTarget', { targetId }).catch(() => {});
    };
    timers.after(STRANGER_MS, look);
  }

  /** A window that somebody's click opens takes the page's place; one that opens by itself stays away. */
  #follow(session: PageSession, { url, userGesture }: { url: string; userGesture: boolean }): void {
    this.#options.notices.tell('popup', hostOf(url));
    if (userGesture && isWebAddress(url)) session.tell('Page.navigate', { url });
  }

  #crashed(session: PageSession): void {
    this.#isBroken = true;
    this.#onExpectedCrash?.();
    if (this.#onExpectedCrash || this.#isClosed) return;
    const url = this.#options.presentUrl();
    this.#options.notices.tell('crash', hostOf(url));
    this.#options.onPageLost();
    session.tell('Page.navigate', { url: this.#again(url) });
  }

  /** For a page whose process does not even crash. */
  async #replace(): Promise<void> {
    const targetId = this.#session?.targetId;
    this.#session = undefined;
    this.#options.pipe.send('Target.closeTarget', { targetId }).catch(() => {});
    try {
      await this.open();
    } catch (error) {
      this.#options.onFailure('A page that hangs cannot be ended');
      throw error;
    }
  }

  #detached(sessionId: string, session: PageSession): void {
    this.#frames.delete(sessionId);
    if (sessionId === session.id) this.#closed();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#session = undefined;
    this.#options.notices.tell('closed', hostOf(this.#options.presentUrl()));
    this.#options.onPageLost();
    const url = this.#again(this.#options.startUrl ?? '');
    this.open().then(
      (session) => session.tell('Page.navigate', { url }),
      (error: Error) => this.#options.onFailure(`There is no page any more, and no new one: ${error.message}`),
    );
  }

  /** The address to open after a page was lost. */
  #again(url: string): string {
    const now = this.#options.timers.elapsed();
    const isSoon = now - this.#lostAt < SOON_MS;
    this.#lostAt = now;
    return isSoon || !isWebAddress(url) ? 'about:blank' : url;
  }

  /** A page that did not come says so. */
  #navigated(session: PageSession, { id, parentId, unreachableUrl }: Result): void {
    if (parentId !== undefined) return;
    this.#isBroken = false;
    if (unreachableUrl === undefined) return;
    session.tell('Page.setDocumentContent', { frameId: id, html: errorPage(unreachableUrl) });
  }
}
