import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { KeyStorage, StoredKeys } from '../index.ts';

const OWNER_ONLY = 0o600;

type Kept = { url: string; token: string; keys: StoredKeys };

/**
 * Keeps a session and its keys in a file that only its owner can read, for the next start of the program. One program uses it
 * at a time. When the session ends, the file is deleted.
 */
export class KeyFile implements KeyStorage {
  readonly path: string;
  readonly #url: string;
  readonly #lock: string;
  #kept: Kept | undefined;
  readonly #token: () => string | undefined;

  /**
   * @param token the session's, as it is when something is saved
   * @throws Error a sentence, if the file is not one of these, belongs to another instance, or is in use
   */
  constructor(path: string, url: string, token: () => string | undefined) {
    this.path = resolve(path);
    this.#token = token;
    this.#url = new URL(url).href;
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    this.#lock = `${this.path}.lock`;
    this.#takeLock();
    this.#kept = this.#read();
  }

  /** The token of the session that is kept. */
  get keptToken(): string | undefined {
    return this.#kept?.token;
  }

  load(): StoredKeys | null {
    return this.#kept?.keys ?? null;
  }

  save(keys: StoredKeys | null): void {
    const token = this.#token();
    if (!keys || token === undefined) {
      this.discard();
      return;
    }
    this.#kept = { url: this.#url, token, keys };
    // Renamed, so that the file is there whole or as it was before.
    const draft = `${this.path}.new`;
    writeFileSync(draft, JSON.stringify(this.#kept), { mode: OWNER_ONLY });
    chmodSync(draft, OWNER_ONLY);
    renameSync(draft, this.path);
  }

  /** Deletes what is kept: the session is over. */
  discard(): void {
    this.#kept = undefined;
    rmSync(this.path, { force: true });
  }

  #read(): Kept | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const kept = parsed(text);
    if (!kept) throw new Error(`${this.path} is not a file that talk has written`);
    if (kept.url !== this.#url) throw new Error(`${this.path} keeps a session of ${kept.url}; name another file`);
    return kept;
  }

  /** Two programs that save to one file would lose each other's keys. */
  #takeLock(): void {
    try {
      writeFileSync(this.#lock, String(process.pid), { flag: 'wx', mode: OWNER_ONLY });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = Number(readFileSync(this.#lock, 'utf8'));
      if (isRunning(pid)) throw new Error(`${this.path} is in use by process ${pid}; name another file`);
      writeFileSync(this.#lock, String(process.pid));
    }
    process.once('exit', () => rmSync(this.#lock, { force: true }));
  }
}

function parsed(text: string): Kept | undefined {
  try {
    const { url, token, keys } = JSON.parse(text);
    return typeof url === 'string' && typeof token === 'string' && keys?.secret_key ? { url, token, keys } : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
