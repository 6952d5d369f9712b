import { closeSync, fdatasync, openSync, statSync } from 'node:fs';
import { promisify } from 'node:util';

const sync = promisify(fdatasync);

type OpenLog = { fd: number; inode: number };

/**
 * Brings a database's write-ahead log to the disk. With `synchronous=NORMAL` SQLite itself syncs the log only before it copies
 * it into the database, so a commit lasts once this has run after it. The sync is done by a thread of the pool: the event loop
 * goes on.
 */
export class LogSync {
  readonly #path: string;
  #log: OpenLog | undefined;

  constructor(database: string) {
    this.#path = `${database}-wal`;
  }

  /** Rejects when the log cannot be synced. Whatever was committed since the last sync may be lost then. */
  // On a plain descriptor: a FileHandle would be closed once it is collected.
  readonly run = async (): Promise<void> => sync(this.#descriptor());

  close(): void {
    if (this.#log) closeSync(this.#log.fd);
    this.#log = undefined;
  }

  /** Of the log that SQLite writes to now. It starts anew in the same file, but makes another one when the last one was removed. */
  #descriptor(): number {
    const inode = statSync(this.#path).ino;
    if (this.#log?.inode === inode) return this.#log.fd;
    this.close();
    this.#log = { fd: openSync(this.#path, 'r+'), inode };
    return this.#log.fd;
  }
}
