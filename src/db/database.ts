import { existsSync, mkdirSync, statSync } from 'node:fs';
import type { Logger } from '../core/logger.ts';
import { appliedMigrations, migrate, missingMigrations, NewerDatabaseError } from './migrate.ts';
import type { Queries } from './queries.ts';
import { type DataDir, StartError } from './sqlite/data-dir.ts';
import { BACKUPS_FOLDER, DATABASE_FILE } from './sqlite/files.ts';
import { LogSync } from './sqlite/log-sync.ts';
import { foldLog, openSnapshotReader, openSqlite, sqliteEngine } from './sqlite/sqlite.ts';
import { Units } from './units.ts';

export type OpenDatabase<E> = {
  read: Queries;
  units: Units<E>;
  stats(): { sizeBytes: number; pendingUnits: number };
  /** Resolves if the database could not be brought to the disk. Nothing is kept from then on: the program must end. */
  failed: Promise<void>;
  close(): Promise<void>;
};

type Options<E> = {
  dir: DataDir;
  dispatch: (event: E) => void;
  logger: Logger;
  /** `full`: a unit has its result once it is on disk; `normal`: a power cut may take the last ones. */
  sync: 'full' | 'normal';
  /** Told how long each unit of work took. */
  onUnit?: (name: string, ms: number) => void;
};

/** Opens the database, brought up to date; before an old one is changed it is copied into `backups`. Throws {@link StartError}. */
export function openDatabase<E>({ dir, dispatch, logger, sync, onUnit }: Options<E>): OpenDatabase<E> {
  const path = dir.file(DATABASE_FILE);
  prepareDatabase(dir, logger);
  const reader = openSnapshotReader(path);
  const log = sync === 'full' ? new LogSync(path) : undefined;
  const engine = sqliteEngine(path, { beforeCommit: reader.letGo, sync: log && (() => log.run()) });
  const failed = Promise.withResolvers<void>();
  let isBroken = false;
  const onFailure = (error: unknown) => {
    isBroken = true;
    logger.error('the database cannot be brought to the disk', { error });
    failed.resolve();
  };
  const units = new Units<E>({ engine, dispatch, onDone: onUnit, onFailure });
  return {
    read: reader.db,
    units,
    failed: failed.promise,
    stats: () => ({ sizeBytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0, pendingUnits: units.pending }),
    async close() {
      // Closing folds the log into the database, and what the log holds can no longer be trusted: the next start reads what is
      // on the disk.
      if (isBroken) return;
      await units.close();
      log?.close();
      reader.close();
      foldLog(path);
    },
  };
}

/** Migrates the database, or makes it. */
export function prepareDatabase(dir: DataDir, logger: Logger): string[] {
  const path = dir.file(DATABASE_FILE);
  const isNew = !existsSync(path);
  try {
    const connection = openSqlite(path);
    try {
      const applied = appliedMigrations(connection);
      const missing = missingMigrations(connection);
      if (missing.length === 0) return [];
      if (!isNew && applied.length > 0) backUp(dir, connection, applied.at(-1) as string, logger);
      const names = migrate(connection);
      if (!isNew) logger.info('database migrated', { migrations: names });
      return names;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof NewerDatabaseError) throw new StartError(error.message);
    throw new StartError(`The database ${path} cannot be opened: ${(error as Error).message}`);
  }
}

function backUp(
  dir: DataDir,
  connection: { run(sql: string, args: string[]): unknown },
  last: string,
  logger: Logger,
): void {
  const folder = dir.file(BACKUPS_FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = `${folder}/before-migration-from-${last}-${new Date().toISOString().replaceAll(':', '-')}.db`;
  connection.run('vacuum into ?', [file]);
  logger.info('database backed up before its migration', { file });
}
