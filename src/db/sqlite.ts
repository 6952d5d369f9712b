import { Database } from 'bun:sqlite';
import { type Queries, queriesOver } from './queries.ts';
import type { Engine } from './units.ts';

/**
 * Opens one connection the way every connection of the program is opened: write-ahead log, so that readers never wait;
 * `synchronous=NORMAL`, which a crash of the program cannot hurt (a power cut may take the last commits, never the file).
 */
export function openSqlite(path: string): Database {
  const connection = new Database(path, { create: true, strict: true });
  connection.run('pragma busy_timeout = 5000');
  connection.run('pragma journal_mode = wal');
  connection.run('pragma synchronous = normal');
  connection.run('pragma foreign_keys = on');
  connection.run('pragma temp_store = memory');
  return connection;
}

/** A connection that cannot write. */
export function openSqliteReader(path: string): { connection: Database; db: Queries } {
  const connection = openSqlite(path);
  connection.run('pragma query_only = on');
  return { connection, db: queriesOver(connection) };
}

/** SQLite has one writer: one lane. */
export function sqliteEngine(path: string): Engine {
  return {
    lanes: 1,
    begin: 'begin immediate',
    batch: 32,
    open() {
      const connection = openSqlite(path);
      const statements = new Map<string, ReturnType<Database['prepare']>>();
      return {
        db: queriesOver(connection),
        run(statement) {
          const known = statements.get(statement) ?? connection.prepare(statement);
          statements.set(statement, known);
          return known.run();
        },
        close: () => connection.close(),
      };
    },
    mayRetry: (error) => codeOf(error).startsWith('SQLITE_BUSY'),
  };
}

/** Folds the write-ahead log into the file, so that it stands alone. For when nobody else has the database open. */
export function foldLog(path: string): void {
  const connection = openSqlite(path);
  connection.run('pragma wal_checkpoint(truncate)');
  connection.close();
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const own = (error as { code?: unknown }).code;
  return typeof own === 'string' ? own : codeOf(error.cause);
}
