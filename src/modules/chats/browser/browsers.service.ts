import { SECOND_MS } from '../../../core/durations.ts';
import { invalid } from '../../../core/errors.ts';
import type { BrowserEngine, EngineChoice, FoundBrowser, StartRequest } from '../../../ports/browser-engine.ts';
import { asSentence, browserErrors } from './browser.errors.ts';
import type { StopReason } from './browser.events.ts';
import { type Confirm, Run, type RunDeps } from './run.ts';

type Deps = Omit<RunDeps, 'engine'> & {
  engineChoice: EngineChoice;
  maxRunning: number;
  /** Whether the chat is still there to have a browser. */
  mayGoOn(chatId: number): Promise<boolean>;
};

/** How a start stands when it is answered: `pulling` goes on by itself. */
export type Started = 'ready' | 'pulling';

const CLEAR_AGAIN_MS = 15 * SECOND_MS;

const END_MS = 15 * SECOND_MS;

export type Browsers = ReturnType<typeof createBrowsers>;

/** Starts and stops the browsers of chats, without asking who wants it. */
export function createBrowsers({ engineChoice, maxRunning, mayGoOn, ...deps }: Deps) {
  const { logger, timers } = deps;
  /** From the first moment of a start until its processes are gone. */
  const runs = new Map<number, Run>();
  let isClosing = false;

  function requireEngine(): BrowserEngine {
    if (isClosing) throw browserErrors.stopping();
    const { engine, missing } = engineChoice;
    const why = missing();
    if (engine === null || why !== undefined) throw browserErrors.unavailable.saying(asSentence(why ?? ''))();
    return engine;
  }

  function begin(engine: BrowserEngine, request: StartRequest, confirm: Confirm): Run {
    if (!engine.browsers.includes(request.browser)) {
      const field = 'browser_config.browser';
      const sentence = `${field} is ${request.browser}, and this server has ${engine.browsers.join(', ')}`;
      throw invalid.saying(sentence)({ field });
    }
    if ([...runs.values()].filter(({ isEnding }) => !isEnding).length >= maxRunning) throw browserErrors.capacity();
    return keep(new Run({ ...deps, engine }, request, confirm));
  }

  function keep(run: Run): Run {
    runs.set(run.chatId, run);
    void run.ended.finally(() => runs.get(run.chatId) === run && runs.delete(run.chatId));
    return run;
  }

  /** Takes over what goes on from an earlier run of the server. A chat that has gone has no browser. */
  async function adopt(engine: BrowserEngine, found: FoundBrowser): Promise<void> {
    const { request } = found;
    const isWanted = await mayGoOn(request.chatId);
    if (isClosing) return;
    if (isWanted && !runs.has(request.chatId)) keep(new Run({ ...deps, engine }, request, async () => {}, found));
    else await found.stop();
  }

  async function clear(): Promise<void> {
    const { engine } = engineChoice;
    if (!engine || isClosing) return;
    try {
      const all = await engine.clear();
      if (all.length > 0) logger.info('shared browsers of an earlier run go on', { count: all.length });
      await Promise.all(all.map((found) => adopt(engine, found)));
    } catch (error) {
      logger.warn('what an earlier run of the shared browsers left could not be looked at', { error });
      timers.after(CLEAR_AGAIN_MS, () => void clear());
    }
  }

  /** A start does not wait for ever for a browser that will not end. */
  async function endOf(run: Run): Promise<void> {
    const tooLate = Promise.withResolvers<never>();
    const cancel = deps.timers.after(END_MS, () => tooLate.reject(browserErrors.stillEnding()));
    try {
      await Promise.race([run.ended, tooLate.promise]);
    } finally {
      cancel();
    }
  }

  function silence(): void {
    isClosing = true;
    for (const run of runs.values()) void run.end('stopped', { why: browserErrors.stopping(), isSilent: true });
  }

  return {
    /** Throws `ERR_BROWSER_UNAVAILABLE` while there is no engine. */
    requireEngine,

    /** Whether a browser runs or is being started. */
    isOn(chatId: number): boolean {
      return runs.get(chatId)?.isEnding === false;
    },

    /**
     * Starts the chat's browser and resolves when it can be watched, or once its image is being pulled; a start that is under
     * way is joined. Throws `ERR_BROWSER_UNAVAILABLE`, `ERR_BROWSER_CAPACITY`, `ERR_BROWSER_START_FAILED`,
     * `ERR_BROWSER_UNFENCED`, and what `confirm` throws.
     */
    async start(request: StartRequest, confirm: Confirm): Promise<Started> {
      for (;;) {
        const engine = requireEngine();
        const present = runs.get(request.chatId);
        if (present?.isEnding) {
          await endOf(present);
          continue;
        }
        const run = present ?? begin(engine, request, confirm);
        run.touched();
        return Promise.race([run.ready.then(() => 'ready' as const), run.pulling.then(() => 'pulling' as const)]);
      }
    },

    /** Stops the chat's browser, or its start. Resolves when it is gone. */
    end: async (chatId: number, reason: StopReason): Promise<void> => runs.get(chatId)?.end(reason),

    /** This many people watch the chat's browser now. */
    watched: (chatId: number, count: number): void => runs.get(chatId)?.watched(count),

    /** Somebody uses the chat's browser: its idle time begins anew. */
    touched: (chatId: number): void => runs.get(chatId)?.touched(),

    /** Removes what a server left that was killed, and takes over what goes on. */
    open: clear,

    /** Ends all browsers and starts, so that no request waits for one: the server stops. Nobody is told. */
    silence,

    /** As `silence`; resolves when all processes are gone. */
    async close(): Promise<void> {
      silence();
      const all = [...runs.values()].map(({ ended }) => ended);
      try {
        await engineChoice.engine?.close();
      } catch (error) {
        logger.error('the browser engine did not close', { error });
      }
      await Promise.all(all);
    },
  };
}
