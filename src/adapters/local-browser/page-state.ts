import type { Cancel, Timers } from '../../core/clock.ts';
import type { PageState } from '../../ports/browser-engine.ts';
import type { DevToolsEvent, Result } from './devtools-pipe.ts';
import type { PageSession } from './page-session.ts';

/** A page can change its title in an endless loop. */
const PACE_MS = 100;
const LONGEST_URL = 2048;
const LONGEST_TITLE = 256;

/** Where the page is. Told when it changes, ten times a second at most. */
export class PageStates {
  readonly #timers: Timers;
  readonly #tell: (state: PageState) => void;
  #state: PageState = { url: '', title: '', loading: false };
  #told = this.#state;
  #waiting: Cancel | undefined;
  #onMoved: (() => void)[] = [];

  constructor(timers: Timers, tell: (state: PageState) => void) {
    this.#timers = timers;
    this.#tell = tell;
  }

  get state(): PageState {
    return this.#state;
  }

  /** Resolves when the page has become another, or another part of it. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#onMoved.push(resolve));
  }

  /** Takes an event of this page. */
  handle({ method, params }: DevToolsEvent, session: PageSession): void {
    const isMain = params.frameId === session.targetId;
    if (method === 'Page.frameNavigated' && params.frame.parentId === undefined) this.#navigated(params.frame);
    if (method === 'Page.navigatedWithinDocument' && isMain) {
      this.#set({ url: shown(params.url) });
      this.#haveMoved();
    }
    if (method === 'Page.frameStartedLoading' && isMain) this.#set({ loading: true });
    if (method === 'Page.frameStoppedLoading' && isMain) this.#set({ loading: false });
    if (['Page.domContentEventFired', 'Page.frameStoppedLoading'].includes(method)) void this.readTitle(session);
  }

  /** Chromium has no event for a title that a script changes: it is asked now and then. */
  async readTitle(session: PageSession): Promise<void> {
    const title = await session.title().catch(() => undefined);
    if (title !== undefined) this.#set({ title: title.slice(0, LONGEST_TITLE) });
  }

  close(): void {
    this.#waiting?.();
  }

  #navigated({ url, urlFragment = '', unreachableUrl }: Result): void {
    this.#set({ url: shown(unreachableUrl ?? `${url}${urlFragment}`), title: '' });
    this.#haveMoved();
  }

  #haveMoved(): void {
    const waiting = this.#onMoved;
    this.#onMoved = [];
    for (const resolve of waiting) resolve();
  }

  #set(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    this.#waiting ??= this.#timers.after(PACE_MS, () => {
      this.#waiting = undefined;
      this.#tellChange();
    });
  }

  #tellChange(): void {
    const { url, title, loading } = this.#state;
    if (url === this.#told.url && title === this.#told.title && loading === this.#told.loading) return;
    this.#told = this.#state;
    this.#tell(this.#state);
  }
}

/** Without the name and the password that a link may hold, which are not for all who watch. An empty page has no address. */
function shown(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.username === '' && url.password === ''))
    return text === 'about:blank' ? '' : text.slice(0, LONGEST_URL);
  Object.assign(url, { username: '', password: '' });
  return url.href.slice(0, LONGEST_URL);
}
