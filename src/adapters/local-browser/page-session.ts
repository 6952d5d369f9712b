import { DevToolsError, type DevToolsPipe, type Params, type Result } from './devtools-pipe.ts';

/** A page that is just being replaced takes no commands for a moment. */
const TRIES = 40;
const PAUSE_MS = 25;

/** One line to one page. Several may be open to the same page, each with a cast of its own. */
export class PageSession {
  readonly id: string;
  readonly targetId: string;
  readonly #pipe: DevToolsPipe;

  private constructor(pipe: DevToolsPipe, id: string, targetId: string) {
    this.#pipe = pipe;
    this.id = id;
    this.targetId = targetId;
  }

  /** @throws DevToolsError when there is no such page any more */
  static async attach(pipe: DevToolsPipe, targetId: string): Promise<PageSession> {
    const { sessionId } = await pipe.send('Target.attachToTarget', { targetId, flatten: true });
    return new PageSession(pipe, sessionId, targetId);
  }

  /** @throws DevToolsError when Chromium refuses, or does not answer in time: a page that hangs never answers some commands */
  async send(method: string, params?: Params, withinMs?: number): Promise<Result> {
    const options = { sessionId: this.id, ...(withinMs === undefined ? {} : { withinMs }) };
    for (let tries = 1; ; tries++) {
      try {
        return await this.#pipe.send(method, params, options);
      } catch (error) {
        if (tries === TRIES || !isBetweenPages(error)) throw error;
        await this.#pipe.pause(PAUSE_MS);
      }
    }
  }

  /** A line that Chromium has opened by itself. */
  static of(pipe: DevToolsPipe, id: string, targetId: string): PageSession {
    return new PageSession(pipe, id, targetId);
  }

  /** Waits, with the clock of the pipe. */
  pause(ms: number): Promise<void> {
    return this.#pipe.pause(ms);
  }

  /** The browser knows it: a page that hangs need not be asked. */
  async title(): Promise<string> {
    const { targetInfo } = await this.#pipe.send('Target.getTargetInfo', { targetId: this.targetId });
    return targetInfo.title;
  }

  /** Hears one kind of event of this page, until the returned function is called. */
  on(method: string, listener: (params: Params) => void): () => void {
    return this.#pipe.listen((event) => {
      if (event.sessionId === this.id && event.method === method) listener(event.params);
    });
  }

  /** Sends what may fail: the page may just be going. */
  tell(method: string, params?: Params): void {
    this.send(method, params).catch(() => {});
  }
}

const isBetweenPages = (error: unknown) =>
  error instanceof DevToolsError && error.message.endsWith('Not attached to an active page');
