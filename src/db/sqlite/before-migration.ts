import { Database } from 'bun:sqlite';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Logger } from '../../core/logger.ts';
import type { DataDir } from './data-dir.ts';
import { BACKUPS_FOLDER, DATABASE_FILE } from './files.ts';
import { partOf, removeLeftParts } from './part-files.ts';

/** From which migration to which a database is brought. */
type Step = { from: string; to: string };

/**
 * Copies the database before it is changed. The copy gets its name once it is whole and on disk. One copy for each step: a
 * start that fails and is tried again keeps the copy it has, unless the database was written to since.
 */
export function backUpBeforeMigration(dir: DataDir, connection: Database, { from, to }: Step, logger: Logger): void {
  const folder = dir.file(BACKUPS_FOLDER);
  const file = join(folder, `before-migration-from-${from}-to-${to}.db`);
  const part = partOf(file);
  try {
    if (isUpToDate(file, dir.file(DATABASE_FILE))) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    removeLeftParts(folder, basename(file));
    connection.run('vacuum into ?', [part]);
    requireSound(part);
    bringToDisk(part);
    renameSync(part, file);
    bringToDisk(folder);
  } catch (error) {
    if (existsSync(part)) for (const suffix of ['', '-journal']) rmSync(`${part}${suffix}`, { force: true });
    throw new Error(`it could not be copied before its migration: ${(error as Error).message}`, { cause: error });
  }
  logger.info('database backed up before its migration', { file });
}

function isUpToDate(copy: string, database: string): boolean {
  const made = statSync(copy, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined) return false;
  const log = statSync(`${database}-wal`, { throwIfNoEntry: false });
  return made > statSync(database).mtimeMs && (!log || log.size === 0 || made > log.mtimeMs);
}

function requireSound(path: string): void {
  using copy = new Database(path, { readonly: true });
  const [first] = copy.query<{ quick_check: string }, []>('pragma quick_check(1)').all();
  if (first?.quick_check !== 'ok') throw new Error(`the copy is damaged: ${first?.quick_check}`);
}

function bringToDisk(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
