import type {
  BrowserEngine,
  BrowserListener,
  CastWidth,
  Dialog,
  Frame,
  NoticeKind,
  PageState,
  RunningBrowser,
  StartProgress,
} from '../../src/ports/browser-engine.ts';
import { eventually } from '../support/waiting.ts';
import type { BrowserSite } from './browser-site.ts';

/** Keeps all that a browser tells. */
export class BrowserViewer implements BrowserListener {
  readonly frames: { width: CastWidth; frame: Frame }[] = [];
  readonly pages: PageState[] = [];
  readonly notices: { kind: NoticeKind; host: string | null }[] = [];
  readonly dialogs: Dialog[] = [];
  readonly closedDialogs: string[] = [];
  readonly goneFor: string[] = [];

  frame(width: CastWidth, frame: Frame): void {
    this.frames.push({ width, frame });
  }

  page(page: PageState): void {
    this.pages.push(page);
  }

  notice(kind: NoticeKind, host: string | null): void {
    this.notices.push({ kind, host });
  }

  dialog(dialog: Dialog): void {
    this.dialogs.push(dialog);
  }

  dialogClosed(id: string): void {
    this.closedDialogs.push(id);
  }

  gone(reason: string): void {
    this.goneFor.push(reason);
  }

  forget(): void {
    const { frames, pages, notices, dialogs, closedDialogs, goneFor } = this;
    for (const list of [frames, pages, notices, dialogs, closedDialogs, goneFor]) list.length = 0;
  }

  of(width: CastWidth): Frame[] {
    return this.frames.filter((one) => one.width === width).map(({ frame }) => frame);
  }

  /** The number of all that was told. */
  get told(): number {
    const { frames, pages, notices, dialogs, closedDialogs, goneFor } = this;
    return [frames, pages, notices, dialogs, closedDialogs, goneFor].reduce((sum, list) => sum + list.length, 0);
  }

  async noticed(kind: NoticeKind): Promise<string | null> {
    const found = () => this.notices.find((notice) => notice.kind === kind);
    await eventually(() => found() !== undefined, { found: () => this.notices });
    return found()?.host ?? null;
  }

  async asked(): Promise<Dialog> {
    await eventually(() => this.dialogs.length > this.closedDialogs.length);
    return this.dialogs.at(-1) as Dialog;
  }
}

export type Room = AsyncDisposable & { browser: RunningBrowser; viewer: BrowserViewer; progress: StartProgress[] };

/** A browser that shows a page of the site, once the page is there. */
export async function openRoom(engine: BrowserEngine, site: BrowserSite, path: string | null): Promise<Room> {
  const viewer = new BrowserViewer();
  const progress: StartProgress[] = [];
  const startUrl = path === null ? null : site.url(path);
  const browser = await engine.start({ chatId: 1, browser: 'chromium', startUrl, kiosk: false }, viewer, (at) =>
    progress.push(at),
  );
  if (startUrl !== null) await loaded(browser, startUrl);
  return { browser, viewer, progress, [Symbol.asyncDispose]: () => browser.stop() };
}

export type SuiteStage = AsyncDisposable & { engine: BrowserEngine; site: BrowserSite };

/** One browser for several tests, since a start takes long; each begins with a page of its own and with nothing told yet. */
export class SharedRoom {
  readonly #open: () => SuiteStage;
  #stage: SuiteStage | undefined;
  #room: Room | undefined;

  constructor(open: () => SuiteStage) {
    this.#open = open;
  }

  async at(body: string, title = 'a page'): Promise<Room & SuiteStage> {
    this.#stage ??= this.#open();
    const { site, engine } = this.#stage;
    if (this.#room?.viewer.goneFor.length !== 0) this.#room = undefined;
    this.#room ??= await openRoom(engine, site, null);
    const { browser, viewer } = this.#room;
    browser.cast('full', false);
    browser.cast('half', false);
    pages += 1;
    const url = site.url(site.page(`/${pages}`, body, title));
    await browser.navigate({ url });
    await loaded(browser, url);
    await eventually(() => viewer.pages.at(-1)?.url === url && !viewer.pages.at(-1)?.loading);
    viewer.forget();
    site.asked.length = 0;
    return { ...this.#room, ...this.#stage };
  }

  async close(): Promise<void> {
    await this.#stage?.[Symbol.asyncDispose]();
  }
}

let pages = 0;

/** Waits until a page is there. */
export async function loaded(browser: RunningBrowser, url: string): Promise<void> {
  await eventually(() => browser.page.url === url && !browser.page.loading, { found: () => browser.page });
}

/** Waits until the page has said something. */
export async function heard(site: BrowserSite, what: string): Promise<void> {
  await eventually(() => site.said.includes(what), { found: () => site.said.slice(-10) });
}

/** A click in the middle of a box, in pixels of the page. */
export function click(browser: RunningBrowser, x: number, y: number): void {
  const at = { x: x / browser.width, y: y / browser.height };
  browser.input([
    { type: 'move', ...at },
    { type: 'down', ...at, button: 0 },
    { type: 'up', ...at, button: 0 },
  ]);
}

/** The width and height that a JPEG says of itself. */
export function jpegSize(data: Uint8Array): { width: number; height: number } {
  const bytes = Buffer.from(data);
  for (let at = 2; bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xc3)
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
  }
  throw new Error('this is no JPEG');
}
