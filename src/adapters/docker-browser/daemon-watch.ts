import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ContainerInfo } from 'dockerode';
import type { Timers } from '../../core/clock.ts';
import { SECOND_MS } from '../../core/durations.ts';
import type { Logger } from '../../core/logger.ts';
import type { Docker } from './docker.ts';

type Deps = {
  docker: Docker;
  /** Whose containers it is about. */
  label: string;
  timers: Timers;
  logger: Logger;
  /** The containers that are known, asked before the daemon is asked for its own list. */
  known(): readonly string[];
  /** A container has ended. */
  ended(id: string): void;
  /** The daemon answers, for the first time or again. */
  connected(): void;
};

const AGAIN_MS = SECOND_MS;

/**
 * Hears of containers that end, for as long as the server runs. When the daemon was away, its list is compared with what is
 * known, since nobody told what it took along.
 */
export class DaemonWatch {
  readonly #deps: Deps;
  readonly #over = new AbortController();
  #running: Promise<void> | undefined;
  #pause: (() => void) | undefined;
  #problem: string | undefined;
  #times = 0;
  /** While the daemon is away. */
  #back: PromiseWithResolvers<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Why the daemon cannot be used, as last seen. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How often it has been connected: with each time, rules of the firewall may have changed. */
  get times(): number {
    return this.#times;
  }

  /** Resolves when the daemon is not away, or has been away for so long. */
  async untilBack(limitMs: number): Promise<void> {
    if (this.#problem === undefined) return;
    this.#back ??= Promise.withResolvers<void>();
    const tooLong = Promise.withResolvers<void>();
    const cancel = this.#deps.timers.after(limitMs, tooLong.resolve);
    await Promise.race([this.#back.promise, tooLong.promise]);
    cancel();
  }

  open(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#pause?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { logger, docker } = this.#deps;
    while (!this.#over.signal.aborted) {
      try {
        await this.#listen();
        if (!this.#over.signal.aborted) logger.warn('the Docker daemon has gone', { host: docker.host });
        this.#problem = `The Docker daemon at ${docker.host} does not answer`;
      } catch (error) {
        if (this.#over.signal.aborted) return;
        if (this.#problem === undefined) logger.warn('the Docker daemon does not answer', { host: docker.host, error });
        this.#problem = (error as Error).message;
      }
      await this.#wait();
    }
  }

  async #listen(): Promise<void> {
    const { docker, label, known, ended, connected, logger } = this.#deps;
    const stream = await docker.events(label, this.#over.signal);
    const before = known();
    const running = new Set((await docker.list(label)).filter(isRunning).map(({ Id }) => Id));
    if (this.#problem !== undefined) logger.info('the Docker daemon is back', { host: docker.host });
    this.#problem = undefined;
    this.#times++;
    this.#back?.resolve();
    this.#back = undefined;
    for (const id of before) if (!running.has(id)) ended(id);
    connected();
    try {
      for await (const text of createInterface({ input: Readable.from(stream) })) {
        const id = containerOf(text);
        if (id !== undefined) ended(id);
      }
    } catch {
      // A connection that breaks has ended.
    }
  }

  async #wait(): Promise<void> {
    if (this.#over.signal.aborted) return;
    const over = Promise.withResolvers<void>();
    const cancel = this.#deps.timers.after(AGAIN_MS, over.resolve);
    this.#pause = () => {
      cancel();
      over.resolve();
    };
    await over.promise;
  }
}

const isRunning = ({ State }: ContainerInfo): boolean => State === 'running';

function containerOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { Actor?: { ID?: string } }).Actor?.ID;
  } catch {
    return undefined;
  }
}
