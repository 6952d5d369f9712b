import type { LogFields, Logger } from '../core/logger.ts';
import { SECOND_MS } from '../core/units.ts';

/** Why the server ends, and with which status. */
export type End = { status: number; fields: LogFields };

/** As long as a service manager waits, too. */
const LAST_MS = 30 * SECOND_MS;

/**
 * Waits until the server is to end. A signal to stop ends it in good order, a second one at once. After an exception that was
 * not caught its state is unknown: it ends in good order, with status 1, so that a service manager starts it again. A rejected
 * promise that nobody waits for is logged; what it was part of has failed by itself.
 */
export function watchForEnd(logger: Logger): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  let isAsked = false;

  function stop(signal: NodeJS.Signals): void {
    if (isAsked) process.exit(1);
    isAsked = true;
    resolve({ status: 0, fields: { signal } });
  }

  // A terminal that closes says SIGHUP; to a service it comes from log rotation, and there is no log file to open anew.
  const hasTerminal = process.stdin.isTTY === true;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, stop);
  process.on('SIGHUP', (signal) => (hasTerminal ? stop(signal) : undefined));
  // SIGXFSZ: a file that reaches a limit of its size is an error where it is written.
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGXFSZ'] as const) process.on(signal, () => {});

  process.on('unhandledRejection', (error) => logger.error('a promise was left to fail', { error }));
  process.on('uncaughtException', (error) => {
    logger.error('an exception was not caught; the server stops, because its state is unknown', { error });
    resolve({ status: 1, fields: { error: String(error) } });
    setTimeout(() => process.exit(1), LAST_MS).unref();
  });
  return promise;
}

/** The steps of an end in good order: the last that was added comes first, and each is taken although one before it failed. */
export class Ending implements AsyncDisposable {
  readonly #steps: { name: string; act: () => Promise<void> }[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, act: () => Promise<void>): void {
    this.#steps.push({ name, act });
  }

  /** Takes every step that has not been taken yet. False when one failed. */
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
