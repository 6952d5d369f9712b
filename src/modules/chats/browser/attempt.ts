import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { AppError } from '../../../core/errors.ts';
import {
  CapacityError,
  EngineError,
  type RunningBrowser,
  type StartProgress,
  UnfencedError,
} from '../../../ports/browser-engine.ts';
import { browserErrors } from './browser.errors.ts';

type Attempt = {
  timers: Timers;
  /** Rejects when nobody wants the browser any more. */
  over: Promise<never>;
  begin(progress: (at: StartProgress) => void, abandoned: AbortSignal): Promise<RunningBrowser>;
  progress(at: StartProgress): void;
  /** What comes too late could not be stopped. */
  couldNotStop(error: unknown): void;
};

const START_MS = 45 * SECOND_MS;
const TOO_SLOW = 'The browser did not start within 45 seconds';

/** One attempt at a start. It has 45 seconds besides the time of a pull. Whatever comes of it too late is stopped again. */
export async function attemptStart({ timers, over, begin, progress, couldNotStop }: Attempt): Promise<RunningBrowser> {
  const tooSlow = Promise.withResolvers<never>();
  const abandoned = new AbortController();
  let cancel: Cancel | undefined;
  const letTimeRun = () => {
    cancel ??= timers.after(START_MS, () => tooSlow.reject(new EngineError(TOO_SLOW)));
  };
  const stopTime = () => {
    cancel?.();
    cancel = undefined;
  };
  letTimeRun();
  let isDecided = false;
  const starting = begin((at) => {
    if (isDecided) return;
    if (at.step === 'pull') stopTime();
    else letTimeRun();
    progress(at);
  }, abandoned.signal);
  try {
    return await Promise.race([starting, tooSlow.promise, over]);
  } catch (error) {
    abandoned.abort();
    starting
      .then((late) => late.stop())
      .catch((problem: unknown) => {
        if (problem !== error && !(problem instanceof EngineError)) couldNotStop(problem);
      });
    throw error;
  } finally {
    isDecided = true;
    stopTime();
  }
}

const PAUSE_MS = SECOND_MS;

/** A moment before the next attempt, cut short when `over` rejects. */
export async function pauseUnless(over: Promise<never>, timers: Timers): Promise<void> {
  const passed = Promise.withResolvers<void>();
  const cancel = timers.after(PAUSE_MS, passed.resolve);
  await Promise.race([passed.promise, over]).catch(cancel);
}

/** What those are told who wait for a start that an engine could not make. */
export function startError(error: EngineError, sentence: string): AppError {
  if (error instanceof CapacityError) return browserErrors.capacity.saying(sentence)();
  return (error instanceof UnfencedError ? browserErrors.unfenced : browserErrors.startFailed).saying(sentence)();
}
