import { Database } from 'bun:sqlite';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileProblem } from './file-problem.ts';
import { DATABASE_FILE, LOCK_FILE, SECRET_FILE } from './files.ts';
import { becomeOwnerOf } from './owner.ts';
import { finishRestore } from './restore.ts';

/** The program cannot start. The message is a sentence for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export type DataDir = Disposable & {
  readonly path: string;
  file(name: string): string;
  /** Releases the lock. Idempotent. */
  release(): void;
};

/** Creates the directory with mode 0700 if it does not exist. Throws {@link StartError}. */
export function makeDataDir(path: string): string {
  const full = resolve(path);
  try {
    if (!existsSync(full)) mkdirSync(full, { recursive: true, mode: 0o700 });
    return full;
  } catch (error) {
    throw new StartError(`The data directory ${full} cannot be created: ${(error as Error).message}`);
  }
}

/**
 * Locks the data directory for this process, which acts as its owner until the release. The lock is SQLite's own on a file beside
 * the database, so the system drops it however the process ends. An interrupted restore is completed first. Undefined if another
 * process holds the lock. Throws {@link StartError}.
 */
export function takeDataDir(path: string): DataDir | undefined {
  const goBack = becomeOwnerOf(path);
  let lock: Database | undefined;
  try {
    const full = makeDataDir(path);
    lock = openLock(join(full, LOCK_FILE));
    if (!lock) {
      goBack();
      return undefined;
    }
    finishRestore(full);
    return heldDir(full, lock, goBack);
  } catch (error) {
    if (lock) letGo(lock);
    goBack();
    if (error instanceof StartError) throw error;
    throw new StartError(`The data directory ${path} cannot be used: ${fileProblem(error, join(path, LOCK_FILE))}`);
  }
}

function heldDir(path: string, lock: Database, goBack: () => void): DataDir {
  let isHeld = true;
  function release(): void {
    if (!isHeld) return;
    isHeld = false;
    letGo(lock);
    goBack();
  }
  return { path, file: (name) => join(path, name), release, [Symbol.dispose]: release };
}

/** Rolls back first: a closed connection keeps its lock while a statement of it is alive. */
function letGo(lock: Database): void {
  if (lock.inTransaction) lock.run('rollback');
  lock.close();
}

function openLock(path: string): Database | undefined {
  let lock: Database | undefined;
  try {
    lock = new Database(path, { create: true });
    lock.run('pragma locking_mode = exclusive');
    // A journal on disk could not be written when the disk is full, and then nothing could be done about that.
    lock.run('pragma journal_mode = memory');
    lock.run('begin exclusive');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
    throw new StartError(`The data directory ${dirname(path)} cannot be written to: ${fileProblem(error, path)}`);
  }
}

/** Whether a database has lost its secret, as after an incomplete copy of a data directory. */
export function isSecretLost(dir: DataDir, configured: string | undefined): boolean {
  return configured === undefined && existsSync(dir.file(DATABASE_FILE)) && !existsSync(dir.file(SECRET_FILE));
}

/** The instance's secret: configured, or created at the first start in a file with mode 0600. */
export function instanceSecret(
  dir: DataDir,
  configured: string | undefined,
  newBytes: (length: number) => Uint8Array,
): Uint8Array {
  if (configured !== undefined) return Buffer.from(configured);
  const path = dir.file(SECRET_FILE);
  const secret = readSecret(path, newBytes);
  if (secret.length < 32) throw new StartError(`${path} is damaged: it must hold at least 32 characters`);
  return Buffer.from(secret);
}

function readSecret(path: string, newBytes: (length: number) => Uint8Array): string {
  try {
    if (!existsSync(path)) {
      writeFileSync(path, `${Buffer.from(newBytes(32)).toString('base64url')}\n`, {
        mode: 0o600,
        flag: 'wx',
        flush: true,
      });
    }
    if (statSync(path).mode & 0o077) chmodSync(path, 0o600);
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new StartError(
      `${path} cannot be used: ${fileProblem(error, path)}. It must belong to the account that runs the server.`,
    );
  }
}
