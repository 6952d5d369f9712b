import type { Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import { EngineError, type ViewerLine, type Viewers } from '../../../ports/browser-engine.ts';
import { MessageLimits } from './message-limits.ts';

/** The WebSocket of a page, as far as a line uses it. */
export type PageSocket = { send(text: string): void; close(code: number): void; ping(): void };

/** Why a line is over, for the page. */
export type Ending = {
  code: 'access' | 'session' | 'off' | 'lost' | 'server' | 'limit';
  sentence: string;
  retry: boolean;
};

export type Viewing = {
  readonly userId: number;
  readonly sessionId: string;
  readonly chatId: number;
  readonly number: number;
};

type Deps = {
  timers: Timers;
  logger: Logger;
  /** The present browser's viewers, once there is one. Rejects with the ending. */
  viewers(): Promise<Viewers>;
  /** Whether the chat shows where others point. */
  showsPointers(): boolean;
  onConnected(): void;
  onUsed(): void;
  /** It is over, from this moment on. */
  onOver(): void;
};

const LOST: Ending = { code: 'lost', sentence: 'The browser is not there at the moment', retry: true };
const FLOOD: Ending = { code: 'limit', sentence: 'This page sent too much at once', retry: true };

const NORMAL = 1000;
/** The page is told at this time at the latest, though the picture may not have been ended by then. */
const CLOSE_MS = SECOND_MS;
const USED_EVERY_MS = 250;
const MOST_EARLY = 32;
const INPUT = /^\s*\{\s*"event"\s*:\s*"portal\/input"/;
const POINTERS = '{"event":"session/cursors"';

/** One page's way to the browser: from its admission, over its WebSocket, to its end. */
export class PageLine {
  readonly viewing: Viewing;
  readonly id: string;
  /** When its person last used it. */
  usedAt = Number.NEGATIVE_INFINITY;
  readonly #deps: Deps;
  readonly #limits: MessageLimits;
  #socket: PageSocket | undefined;
  #line: ViewerLine | undefined;
  #ending: Ending | undefined;
  #isOver = false;
  /** Said by the page before its line was there. */
  #early: string[] = [];
  #closed: Promise<void> = Promise.resolve();

  constructor(deps: Deps, viewing: Viewing) {
    this.#deps = deps;
    this.viewing = viewing;
    this.id = `${viewing.userId}.${viewing.number}`;
    this.#limits = new MessageLimits(() => deps.timers.elapsed());
  }

  get isConnected(): boolean {
    return this.#line !== undefined && !this.#isOver;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when nothing of it is left over there. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** The WebSocket is there. What ended the line meanwhile is told now. */
  opened(socket: PageSocket): void {
    this.#socket = socket;
    if (this.#isOver) this.#tellEnd();
    else this.#closed = this.#connect();
  }

  ping(): void {
    this.#socket?.ping();
  }

  received(text: string): void {
    if (this.#isOver) return;
    const verdict = this.#limits.take();
    if (verdict === 'flood') this.end(FLOOD);
    if (verdict !== 'pass') return;
    if (INPUT.test(text)) this.#used();
    else if (this.#line) this.#line.receive(text);
    else if (this.#early.length < MOST_EARLY) this.#early.push(text);
  }

  /** The page has gone. */
  gone(): void {
    this.#socket = undefined;
    this.end(LOST);
  }

  /** The picture ends first, then the page is told, then its WebSocket is closed. */
  end(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ending = ending;
    const line = this.#line;
    // One that is still connecting closes itself.
    if (line) this.#closed = this.#close(line);
    const told = Promise.withResolvers<void>();
    const cancel = this.#deps.timers.after(CLOSE_MS, told.resolve);
    void Promise.race([line ? this.#closed : undefined, told.promise]).then(() => {
      cancel();
      this.#tellEnd();
    });
    // Its connections are about to be cut.
    if (ending.code === 'server') this.#tellEnd();
    this.#deps.onOver();
  }

  #tellEnd(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.send(JSON.stringify({ event: 'portal/ended', payload: this.#ending }));
    socket?.close(NORMAL);
  }

  async #connect(): Promise<void> {
    const { viewers, showsPointers, onConnected, logger } = this.#deps;
    try {
      const { userId } = this.viewing;
      const line = await (await viewers()).connect(
        { id: this.id, userId },
        {
          send: (message) => {
            if (this.#isOver || (message.startsWith(POINTERS) && !showsPointers())) return;
            this.#socket?.send(message);
          },
          lost: () => this.end(LOST),
        },
      );
      this.#line = line;
      if (this.#isOver) return await this.#close(line);
      onConnected();
      for (const text of this.#early.splice(0)) line.receive(text);
    } catch (error) {
      if (!(error instanceof EngineError)) logger.error('a line to a shared browser failed', { error });
      this.end(LOST);
    }
  }

  async #close(line: ViewerLine): Promise<void> {
    try {
      await line.close();
    } catch (error) {
      this.#deps.logger.error('a line to a shared browser did not close', { error });
    }
  }

  #used(): void {
    const now = this.#deps.timers.elapsed();
    if (now - this.usedAt < USED_EVERY_MS) return;
    this.usedAt = now;
    this.#deps.onUsed();
  }
}
