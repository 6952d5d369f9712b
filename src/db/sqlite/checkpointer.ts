import type { Database } from 'bun:sqlite';

type Counts = { frames: number; copied: number };
type Reply = { rows: [busy: number, frames: number, copied: number][] } | { error: string };

/** Runs in a thread of its own: copying pages and syncing would stop the event loop. A text, so that the binary carries it. */
const THREAD = `
import { Database } from 'bun:sqlite';
let connection;
self.onmessage = ({ data }) => {
  try {
    if (data.path) {
      connection = new Database(data.path, { strict: true });
      for (const pragma of ['busy_timeout = 1000', 'synchronous = normal', 'wal_autocheckpoint = 0'])
        connection.run('pragma ' + pragma);
    }
    const rows = data.sql ? connection.prepare(data.sql).values() : [];
    if (data.isLast) connection.close();
    postMessage({ rows });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};`;

const COPY = 'pragma wal_checkpoint(passive)';
/** Any write: the first one after everything is copied starts the log anew, and syncs its header. */
const RESTART = 'pragma user_version = 0';

/** In pages: 8 MB. */
const FOLDED_AT = 2000;
/** If the thread does not manage, SQLite does it itself from here on, as without this. */
const GIVEN_UP_AT = 16 * FOLDED_AT;

type Options = {
  path: string;
  /** Ends the read transaction that would keep the log from starting anew. */
  letGo(): void;
  onError(error: Error): void;
};

/**
 * Folds the write-ahead log into the database when it has grown. First everything is copied while units go on; then, while
 * none runs, the little that was added meanwhile, so that the log can start anew.
 */
export class Checkpointer {
  readonly #options: Options;
  #thread: Worker | undefined;
  #state: 'resting' | 'copying' | 'copied' = 'resting';
  #foldedAt = FOLDED_AT;
  #copying: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  /**
   * Looks at the log that this connection writes. To be called after each of its commits; no unit may run until the promise, if
   * there is one, resolves.
   */
  look(connection: Database): Promise<void> | undefined {
    const frames = framesOf(connection);
    // The log is looked at again after the next commit.
    if (frames === undefined) return undefined;
    if (this.#state === 'copied') return this.#restart(frames);
    if (this.#state === 'copying' || frames < this.#foldedAt) return undefined;
    this.#state = 'copying';
    this.#copying = this.#copy().then(
      () => {
        this.#state = 'copied';
      },
      (error: Error) => this.#putOff(frames, error),
    );
    return undefined;
  }

  async close(): Promise<void> {
    await this.#copying;
    if (this.#thread) await this.#ask({ isLast: true }).catch(() => {});
    this.#thread?.terminate();
    this.#thread = undefined;
  }

  async #restart(frames: number): Promise<void> {
    try {
      const counts = await this.#copy();
      if (counts.frames !== counts.copied) throw new Error('a reader holds on to the write-ahead log');
      this.#options.letGo();
      await this.#ask({ sql: RESTART });
      this.#state = 'resting';
      this.#foldedAt = FOLDED_AT;
    } catch (error) {
      this.#putOff(frames, error as Error);
    }
  }

  #putOff(frames: number, error: Error): void {
    this.#state = 'resting';
    this.#foldedAt = frames + FOLDED_AT;
    this.#options.onError(error);
  }

  async #copy(): Promise<Counts> {
    const [counts] = await this.#ask({ sql: COPY });
    if (!counts) throw new Error('a checkpoint gave no counts');
    return { frames: counts[1], copied: counts[2] };
  }

  async #ask(order: { sql?: string; isLast?: boolean }) {
    const isNew = this.#thread === undefined;
    this.#thread ??= new Worker(URL.createObjectURL(new Blob([THREAD], { type: 'application/javascript' })), {
      smol: true,
    });
    const thread = this.#thread;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    thread.onmessage = ({ data }: MessageEvent<Reply>) => resolve(data);
    thread.onerror = ({ message }) => reject(new Error(message));
    thread.postMessage(isNew ? { path: this.#options.path, ...order } : order);
    const reply = await promise;
    if ('error' in reply) throw new Error(reply.error);
    return reply.rows;
  }
}

/** How long the log is; folded by the one who writes, if it has grown so long. The commit is done, so nothing fails here. */
function framesOf(connection: Database): number | undefined {
  try {
    // `noop` only counts.
    const [counts] = connection.query<unknown, []>('pragma wal_checkpoint(noop)').values();
    const frames = Number(counts?.[1]);
    if (frames >= GIVEN_UP_AT) connection.run('pragma wal_checkpoint(passive)');
    return frames;
  } catch {
    return undefined;
  }
}
