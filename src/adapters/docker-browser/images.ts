import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Timers } from '../../core/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/durations.ts';
import { EngineError } from '../../ports/browser-engine.ts';
import type { Docker } from './docker.ts';
import { asDockerError, DockerError, knownWords } from './docker-error.ts';

type Options = { docker: Docker; isUnchecked: boolean; timers: Timers };
/** From 0 to 100; null while nothing is known yet. */
export type Percent = number | null;

const API_LABEL = 'net.m1k1o.neko.api-version';
const VERSION_LABEL = 'org.opencontainers.image.version';
const OLDEST = [3, 1, 2] as const;
const SILENT_MS = SECOND_MS;
/** A pull of which nothing is heard for so long is given up. */
const STALL_MS = 2 * MINUTE_MS;

/** The images of the browsers: pulled when they are missing, and looked at before they are used. */
export class Images {
  readonly #options: Options;
  readonly #pulls = new Map<string, Pull>();

  constructor(options: Options) {
    this.#options = options;
  }

  /**
   * Resolves when the daemon has the image. Those who ask while it is being pulled join the same pull.
   *
   * @throws EngineError when it cannot be pulled, or must not be used
   */
  async require(image: string, progress: (percent: Percent) => void): Promise<void> {
    const { docker } = this.#options;
    let labels = await docker.imageLabels(image);
    if (!labels) {
      await this.#pull(image, progress);
      labels = await docker.imageLabels(image);
    }
    if (!labels) throw new EngineError(`The image ${image} was pulled, and is not there`);
    const problem = imageProblem(image, labels, this.#options.isUnchecked);
    if (problem !== undefined) throw new EngineError(problem);
  }

  close(): void {
    for (const pull of this.#pulls.values()) pull.abort();
  }

  #pull(image: string, progress: (percent: Percent) => void): Promise<void> {
    let pull = this.#pulls.get(image);
    if (!pull) {
      pull = new Pull(this.#options, image);
      this.#pulls.set(image, pull);
      const over = () => this.#pulls.delete(image);
      pull.done.then(over, over);
    }
    return pull.join(progress);
  }
}

/** Why an image must not be used; undefined when it may. */
export function imageProblem(image: string, labels: Record<string, string>, isUnchecked: boolean): string | undefined {
  const api = labels[API_LABEL];
  const version = labels[VERSION_LABEL];
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number);
  if (api !== undefined && api !== '3') {
    return `The image ${image} is n.eko with API version ${api}, and Portal needs version 3`;
  }
  if (parts && isOlder(parts)) {
    return `The image ${image} is n.eko ${version}, and Portal needs ${OLDEST.join('.')} or newer`;
  }
  if (api !== undefined || parts || isUnchecked) return undefined;
  return `The image ${image} does not say which n.eko it is; PORTAL_BROWSER_IMAGE_UNCHECKED=1 takes it as it is`;
}

function isOlder(parts: readonly number[]): boolean {
  const at = OLDEST.findIndex((part, index) => part !== parts[index]);
  return at >= 0 && (parts[at] ?? 0) < (OLDEST[at] ?? 0);
}

/** Of a layer: the rest is unpacking it. */
const DOWNLOADED = 0.9;
const PARTS_DONE: Partial<Record<string, number>> = {
  'Pulling fs layer': 0,
  'Download complete': DOWNLOADED,
  'Pull complete': 1,
  'Already exists': 1,
};

type Line = {
  id?: string;
  error?: string;
  errorDetail?: { message?: string };
  progressDetail?: { current?: number; total?: number };
  status?: string;
};

class Pull {
  readonly done: Promise<void>;
  readonly #options: Options;
  readonly #image: string;
  readonly #aborting = new AbortController();
  readonly #hearers = new Set<(percent: Percent) => void>();
  /** How much of each is done, from 0 to 1. */
  readonly #layers = new Map<string, number>();
  #percent: Percent = null;

  constructor(options: Options, image: string) {
    this.#options = options;
    this.#image = image;
    this.done = this.#run();
    this.done.catch(() => {});
  }

  /** A pull that fails at once is never told of: the start itself says why. */
  async join(progress: (percent: Percent) => void): Promise<void> {
    let isTold = false;
    const tell = (percent: Percent) => {
      isTold = true;
      progress(percent);
    };
    const cancel = this.#options.timers.after(SILENT_MS, () => {
      if (!isTold) tell(this.#percent);
    });
    this.#hearers.add(tell);
    try {
      await this.done;
    } finally {
      cancel();
      this.#hearers.delete(tell);
    }
  }

  abort(): void {
    this.#aborting.abort();
  }

  async #run(): Promise<void> {
    const { docker, timers } = this.#options;
    let cancel = () => {};
    const stalled = Promise.withResolvers<never>();
    const wait = () => {
      cancel();
      cancel = timers.after(STALL_MS, () => {
        stalled.reject(new EngineError(`${this.#failing}: the registry does not answer any more`));
        this.abort();
      });
    };
    wait();
    const pulling = (async () => {
      const stream = await docker.pull(this.#image, this.#aborting.signal);
      for await (const text of createInterface({ input: Readable.from(stream) })) {
        wait();
        this.#hear(text);
      }
    })();
    pulling.catch(() => {});
    try {
      await Promise.race([pulling, stalled.promise]);
    } catch (error) {
      throw this.#failure(error);
    } finally {
      cancel();
    }
  }

  get #failing(): string {
    return `The image ${this.#image} could not be pulled`;
  }

  #failure(error: unknown): EngineError {
    if (error instanceof EngineError && !(error instanceof DockerError)) return error;
    if (this.#aborting.signal.aborted) return new EngineError(`${this.#failing}: the server is ending`);
    const failed = asDockerError(error, 'pull the image', this.#options.docker.host);
    const why = failed.status === undefined ? failed.message : knownWords(failed.words);
    return new EngineError(why === undefined ? this.#failing : `${this.#failing}: ${lowerFirst(why)}`, {
      cause: error,
    });
  }

  /** The answer is 200 before anything was pulled: failures come as lines. */
  #hear(text: string): void {
    const line = lineOf(text);
    const problem = line.error ?? line.errorDetail?.message;
    if (problem !== undefined) throw new DockerError(problem, { status: 500, words: problem });
    const { id, status = '', progressDetail } = line;
    if (id === undefined) return;
    const done = PARTS_DONE[status];
    if (done !== undefined) this.#layers.set(id, done);
    else if (status === 'Downloading' && progressDetail?.total) {
      this.#layers.set(id, DOWNLOADED * Math.min(1, (progressDetail.current ?? 0) / progressDetail.total));
    } else return;
    this.#tell();
  }

  /** Layers count alike: how large they are is known only once they come. */
  #tell(): void {
    const parts = [...this.#layers.values()];
    const percent = Math.floor((100 * parts.reduce((sum, part) => sum + part, 0)) / parts.length);
    if (percent <= (this.#percent ?? 0)) return;
    this.#percent = percent;
    for (const hearer of this.#hearers) hearer(percent);
  }
}

function lineOf(text: string): Line {
  try {
    return (JSON.parse(text) ?? {}) as Line;
  } catch {
    return {};
  }
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
