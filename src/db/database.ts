import { existsSync, statSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import { KIB } from '../core/durations.ts';
import type { Logger } from '../core/logger.ts';
import { count, table, text } from './columns.ts';
import { appliedMigrations, migrate, missingMigrations, NewerDatabaseError } from './migrate.ts';
import type { Queries } from './queries.ts';
import { backUpBeforeMigration } from './sqlite/before-migration.ts';
import { Checkpointer } from './sqlite/checkpointer.ts';
import { type DataDir, StartError } from './sqlite/data-dir.ts';
import { fileProblem } from './sqlite/file-problem.ts';
import { DATABASE_FILE } from './sqlite/files.ts';
import { LogSync } from './sqlite/log-sync.ts';
import { foldLog, openSnapshotReader, openSqlite, sqliteEngine } from './sqlite/sqlite.ts';
import { Units } from './units.ts';

const migrations = table('migrations', { name: text().primaryKey(), appliedAt: count('applied_at').notNull() });

export type OpenDatabase<E> = {
  read: Queries;
  units: Units<E>;
  stats(): { sizeBytes: number; pendingUnits: number };
  /** Why nothing can be saved at present, looked at anew; undefined when all is well. */
  problem(): Promise<string | undefined>;
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
  const checkpointer = new Checkpointer({
    path,
    letGo: reader.letGo,
    onError: (error) => logger.warn('the write-ahead log could not be folded; it is tried again later', { error }),
  });
  const engine = sqliteEngine(path, { beforeCommit: reader.letGo, sync: log?.run, checkpointer });
  const failed = Promise.withResolvers<void>();
  let isBroken = false;
  const onFailure = (error: unknown) => {
    isBroken = true;
    logger.error('the database cannot be brought to the disk', { error });
    failed.resolve();
  };
  const onProblem = (sentence: string, error: unknown) =>
    logger.error('the database cannot be written to', { sentence, error });
  const units = new Units<E>({ engine, dispatch, onDone: onUnit, onProblem, onFailure });
  return {
    read: reader.db,
    units,
    failed: failed.promise,
    stats: () => ({ sizeBytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0, pendingUnits: units.pending }),
    async problem() {
      if (units.problem) await units.run('try to write', tryToWrite).catch(() => {});
      return units.problem;
    },
    async close() {
      // Closing folds the log into the database, and what the log holds can no longer be trusted: the next start reads what is
      // on the disk.
      if (isBroken) return;
      await units.close();
      await checkpointer.close();
      log?.close();
      reader.close();
      foldLog(path);
    },
  };
}

/** Takes room and gives it back, so that a disk that is no longer full is noticed although nobody writes. */
async function tryToWrite({ db }: { db: Queries }): Promise<void> {
  const name = 'x'.repeat(64 * KIB);
  await db.insert(migrations).values({ name, appliedAt: 0 }).returning({ at: migrations.appliedAt });
  await db.delete(migrations).where(eq(migrations.name, name)).returning({ at: migrations.appliedAt });
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
      const [from, to] = [applied.at(-1), missing.at(-1)?.name];
      if (!isNew && from && to) backUpBeforeMigration(dir, connection, { from, to }, logger);
      const names = migrate(connection);
      if (!isNew) logger.info('database migrated', { migrations: names });
      return names;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof NewerDatabaseError) throw new StartError(error.message);
    throw new StartError(`The database ${path} cannot be opened: ${fileProblem(error, path)}`);
  }
}
