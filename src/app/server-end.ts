import { SECOND_MS } from '../core/durations.ts';
import type { LogFields, Logger } from '../core/logger.ts';

/** Why the server stops, and its exit status. */
export type End = { status: number; fields: LogFields };

/** A service manager waits this long, too. */
const LAST_MS = 30 * SECOND_MS;

/**
 * Resolves when the server has to stop. The first signal stops it in good order, a second one at once. After an uncaught exception
 * the state of the process is unknown: it stops in good order with status 1, so that a service manager restarts it. An unhandled
 * rejection is only logged, because it is the failure of one piece of work.
 */
export function watchForEnd(logger: Logger): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  let isAsked = false;

  function stop(signal: NodeJS.Signals): void {
    if (isAsked) process.exit(1);
    isAsked = true;
    resolve({ status: 0, fields: { signal } });
  }

  // A closing terminal sends SIGHUP. To a service, log rotation sends it, and there is no log file to reopen.
  const hasTerminal = process.stdin.isTTY === true;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, stop);
  process.on('SIGHUP', (signal) => (hasTerminal ? stop(signal) : undefined));
  // SIGXFSZ: the write that exceeds the file size limit fails by itself.
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGXFSZ'] as const) process.on(signal, () => {});

  process.on('unhandledRejection', (error) => logger.error('unhandled promise rejection', { error }));
  process.on('uncaughtException', (error) => {
    logger.error('an exception was not caught; the server stops, because its state is unknown', { error });
    resolve({ status: 1, fields: { error: String(error) } });
    setTimeout(() => process.exit(1), LAST_MS).unref();
  });
  return promise;
}

/** The steps of a shutdown, run in reverse order. A failed step does not skip the rest. */
export class Ending implements AsyncDisposable {
  readonly #steps: { name: string; act: () => Promise<void> }[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, act: () => Promise<void>): void {
    this.#steps.push({ name, act });
  }

  /** Runs every step that has not run yet. False if one failed. */
  async run(): Promise<boolean> {
    let isClean = true;
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step.act();
      } catch (error) {
        isClean = false;
        this.#logger.error('a step of the shutdown failed', { step: step.name, error });
      }
    }
    return isClean;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run();
  }
}
