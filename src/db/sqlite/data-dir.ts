import { Database } from 'bun:sqlite';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DATABASE_FILE, SECRET_FILE } from './files.ts';
import { finishRestore } from './restore.ts';

/** Something that keeps the program from starting, said in a sentence for whoever starts it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export type DataDir = {
  readonly path: string;
  file(name: string): string;
  /** Lets another process in. */
  release(): void;
};

/** Makes the directory if it is not there; only its owner may look in. Throws {@link StartError}. */
export function makeDataDir(path: string): string {
  const full = resolve(path);
  try {
    if (!existsSync(full)) mkdirSync(full, { recursive: true, mode: 0o700 });
    return full;
  } catch (error) {
    throw new StartError(`The data directory ${full} cannot be made: ${(error as Error).message}`);
  }
}

/**
 * Takes the data directory for this process. The lock is SQLite's own on a file beside the database: the system lets go of
 * it when the process ends, however it ends. A restore that was interrupted is completed first. Undefined when somebody else has it.
 */
export function takeDataDir(path: string): DataDir | undefined {
  const full = makeDataDir(path);
  const lock = openLock(join(full, 'portal.lock'));
  if (!lock) return undefined;
  try {
    finishRestore(full);
  } catch (error) {
    lock.close();
    throw error;
  }
  return { path: full, file: (name) => join(full, name), release: () => lock.close() };
}

function openLock(path: string): Database | undefined {
  let lock: Database;
  try {
    lock = new Database(path, { create: true });
  } catch (error) {
    throw new StartError(`The data directory cannot be written to: ${(error as Error).message} (${path})`);
  }
  try {
    lock.run('pragma locking_mode = exclusive');
    lock.run('begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
    throw new StartError(`The data directory cannot be written to: ${(error as Error).message} (${path})`);
  }
}

/** Whether there is a database whose secret is neither configured nor beside it, as after half a copy of a data directory. */
export function isSecretLost(dir: DataDir, configured: string | undefined): boolean {
  return configured === undefined && existsSync(dir.file(DATABASE_FILE)) && !existsSync(dir.file(SECRET_FILE));
}

/** The instance's secret: configured, or made at the first start and kept in the data directory, readable by its owner alone. */
export function instanceSecret(
  dir: DataDir,
  configured: string | undefined,
  newBytes: (length: number) => Uint8Array,
): Uint8Array {
  if (configured !== undefined) return Buffer.from(configured);
  const path = dir.file(SECRET_FILE);
  if (!existsSync(path))
    writeFileSync(path, `${Buffer.from(newBytes(32)).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < 32) throw new StartError(`${path} is damaged: it must hold at least 32 characters`);
  return Buffer.from(secret);
}
