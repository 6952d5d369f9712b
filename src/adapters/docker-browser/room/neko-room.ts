import { SECOND_MS } from '../../../core/durations.ts';
import { EngineError, type PageState, type Viewers } from '../../../ports/browser-engine.ts';
import { webAddress } from '../../web-address.ts';
import { Clipboard } from './clipboard.ts';
import { Driver } from './driver.ts';
import { Lookout } from './lookout.ts';
import { Members } from './members.ts';
import { NekoApi, NekoRefusal, NekoSilence } from './neko-api.ts';
import { commandToOpen } from './open-address.ts';
import type { Room, RoomOptions } from './open-room.ts';
import { Shots } from './shots.ts';
import { ViewerLines } from './viewer-lines.ts';

const OPEN_MS = 10 * SECOND_MS;
const LEAVE_MS = 2 * SECOND_MS;

/** A room of n.eko: its parts, and who hears of what. */
export class NekoRoom implements Room {
  readonly width: number;
  readonly height: number;
  readonly viewers: Viewers;
  page: PageState;
  readonly #options: RoomOptions;
  readonly #lookout: Lookout;
  readonly #lines: ViewerLines;
  readonly #clipboard: Clipboard;
  readonly #shots: Shots;
  #isOver = false;
  #ending: Promise<void> | undefined;

  constructor(options: RoomOptions) {
    const { size, startUrl, timers, random, logger, ice, locate, listener } = options;
    this.#options = options;
    this.width = size.width;
    this.height = size.height;
    this.page = { url: startUrl ?? 'about:blank', title: '', loading: false };
    const api = new NekoApi(options);
    const members = new Members(api, random);
    this.#lookout = new Lookout({
      ...{ api, members, timers, locate },
      onAway: (reason) => {
        driver.forget();
        this.#lines.loseAll();
        if (!this.#isOver) listener.away?.(reason);
      },
      onBack: () => {
        if (!this.#isOver) listener.back?.();
      },
      onDead: (reason) => this.failed(reason),
    });
    this.#lines = new ViewerLines({
      ...{ api, members, lookout: this.#lookout, timers, ice },
      onGone: (viewerId) => driver.gone(viewerId),
      onDeaf: () => this.#fail('n.eko does not end a picture'),
    });
    const driver = new Driver({ members, logger, isThere: (viewerId) => this.#lines.has(viewerId) });
    this.viewers = {
      connect: (viewer, to) => this.#lines.connect(viewer, to),
      letDrive: (viewerId) => driver.letDrive(viewerId),
    };
    this.#clipboard = new Clipboard({ api, driver, tokenOf: (viewerId) => this.#lines.tokenOf(viewerId) });
    this.#shots = new Shots(api);
  }

  /** @throws NekoSilence, NekoRefusal */
  begin(): Promise<void> {
    return this.#lookout.begin();
  }

  /** It could not begin. */
  abandon(): void {
    this.#isOver = true;
    this.#lookout.close();
    this.#lines.close();
  }

  /** n.eko shows its picture itself. */
  cast(): void {}

  /** n.eko takes input itself. */
  input(): void {}

  /** n.eko tells of no dialogs. */
  answerDialog(): void {}

  async navigate(to: { url: string } | { action: 'back' | 'forward' | 'reload' }): Promise<void> {
    if (!('url' in to)) throw new EngineError('In this browser, use its own buttons to go back, forward or to reload');
    const url = webAddress(to.url);
    const command = commandToOpen(this.#options.browser, url);
    if (!command) throw new EngineError('This address cannot be opened');
    const { exec, listener } = this.#options;
    const { exitCode } = await this.#within(OPEN_MS, exec(command));
    if (exitCode !== 0) throw new EngineError('The browser did not open this address');
    this.page = { url, title: '', loading: false };
    if (!this.#isOver) listener.page(this.page);
  }

  readClipboard(): Promise<string> {
    return answered(this.#clipboard.read());
  }

  writeClipboard(text: string): Promise<void> {
    return answered(this.#clipboard.write(text));
  }

  capture(options: { quality: number; width: number }): Promise<Uint8Array> {
    return this.#shots.take(options);
  }

  failed(reason: string): void {
    void this.#fail(reason);
  }

  stop(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async leave(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#within(LEAVE_MS, this.#lines.leave()).catch(() => {});
    this.#lookout.close();
  }

  /** It ended without being asked to. Those who wait for its return hear of it before it has been cleared away. */
  async #fail(reason: string): Promise<void> {
    if (this.#isOver) {
      await this.#ending;
      return;
    }
    const { listener } = this.#options;
    this.#ending = this.#end();
    listener.away?.(reason);
    await this.#ending.catch(() => {});
    listener.gone(reason);
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    this.#lookout.close();
    this.#lines.close();
    await this.#options.remove();
  }

  async #within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
    const late = Promise.withResolvers<never>();
    const cancel = this.#options.timers.after(ms, () => late.reject(new EngineError('The browser does not answer')));
    try {
      return await Promise.race([work, late.promise]);
    } catch (error) {
      throw error instanceof EngineError ? error : new EngineError('The browser does not answer');
    } finally {
      cancel();
    }
  }
}

/** n.eko's own words are for the log, and hold nothing that people could use. */
async function answered<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    const isNekos = error instanceof NekoSilence || error instanceof NekoRefusal;
    throw isNekos ? new EngineError('The browser does not answer') : error;
  }
}
