import { SECOND_MS } from '../../../core/durations.ts';
import { invalid } from '../../../core/errors.ts';
import type { BrowserEngine, EngineChoice, StartRequest } from '../../../ports/browser-engine.ts';
import { asSentence, browserErrors } from './browser.errors.ts';
import type { StopReason } from './browser.events.ts';
import { type Confirm, Run, type RunDeps } from './run.ts';

type Deps = Omit<RunDeps, 'engine'> & { engineChoice: EngineChoice; maxRunning: number };

const END_MS = 15 * SECOND_MS;

export type Browsers = ReturnType<typeof createBrowsers>;

/** Starts and stops the browsers of chats, without asking who wants it. */
export function createBrowsers({ engineChoice, maxRunning, ...deps }: Deps) {
  const { logger } = deps;
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
    const run = new Run({ ...deps, engine }, request, confirm);
    runs.set(request.chatId, run);
    void run.ended.finally(() => runs.get(request.chatId) === run && runs.delete(request.chatId));
    return run;
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
     * Starts the chat's browser and resolves when it can be watched; a start that is under way is joined. Throws
     * `ERR_BROWSER_UNAVAILABLE`, `ERR_BROWSER_CAPACITY`, `ERR_BROWSER_START_FAILED`, and what `confirm` throws.
     */
    async start(request: StartRequest, confirm: Confirm): Promise<void> {
      for (;;) {
        const engine = requireEngine();
        const present = runs.get(request.chatId);
        if (present?.isEnding) {
          await endOf(present);
          continue;
        }
        const run = present ?? begin(engine, request, confirm);
        run.touched();
        return run.ready;
      }
    },

    /** Stops the chat's browser, or its start. Resolves when it is gone. */
    end: async (chatId: number, reason: StopReason): Promise<void> => runs.get(chatId)?.end(reason),

    /** This many people watch the chat's browser now. */
    watched: (chatId: number, count: number): void => runs.get(chatId)?.watched(count),

    /** Somebody uses the chat's browser: its idle time begins anew. */
    touched: (chatId: number): void => runs.get(chatId)?.touched(),

    /** Removes what a server left that was killed. */
    async open(): Promise<void> {
      try {
        await engineChoice.engine?.clear();
      } catch (error) {
        logger.warn('what an earlier run of the shared browsers left could not be removed', { error });
      }
    },

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
