import { Database } from 'bun:sqlite';
import { drizzle } from 'drizzle-orm/bun-sqlite';
import type { Engine } from '../engine.ts';
import type { Queries } from '../queries.ts';
import type { Checkpointer } from './checkpointer.ts';
import { isBusy, lockedOut, problemOf } from './sqlite-errors.ts';

/**
 * Opens one connection the way every connection of the program is opened: write-ahead log, so that readers never wait;
 * `synchronous=NORMAL`, which a crash of the program cannot hurt (a power cut may take the last commits, never the file);
 * `secure_delete`, which overwrites in the file what is deleted: of a wiped chat no page is left but one that is in use again.
 */
export function openSqlite(path: string): Database {
  const connection = new Database(path, { create: true, strict: true });
  connection.run('pragma busy_timeout = 5000');
  connection.run('pragma journal_mode = wal');
  connection.run('pragma synchronous = normal');
  connection.run('pragma foreign_keys = on');
  connection.run('pragma secure_delete = on');
  connection.run('pragma temp_store = memory');
  return connection;
}

/**
 * drizzle over one connection. Parameters are written `+?`: SQLite looks at the value of a bare one while it plans, and so
 * compiles the statement anew for each call. A join of two rows takes 1 µs instead of 10 that way.
 */
export function queriesOver(connection: Database): Queries {
  const db = drizzle(connection);
  const { dialect } = db as unknown as { dialect: { escapeParam(): string } };
  dialect.escapeParam = () => '+?';
  return db as unknown as Queries;
}

/** A connection that cannot write. */
export function openSqliteReader(path: string): { connection: Database; db: Queries } {
  const connection = openSqlite(path);
  connection.run('pragma query_only = on');
  return { connection, db: queriesOver(connection) };
}

/** A reader that looks at one state of the database until it is told that there will be another. */
export type SnapshotReader = { readonly db: Queries; letGo(): void; close(): void };

/**
 * A query by itself locks the file, looks for the latest commit and unlocks the file again, which takes three times as long as
 * finding a row. So all that is read between two commits is read in one transaction, which begins with the first query. It is
 * no cache that could be stale: nobody but the engine writes while a server holds the data directory, and the engine lets go
 * before each commit, so that the next query sees it, and the log can start anew. Where others write too, `openSqliteReader`
 * does the same without.
 */
export function openSnapshotReader(path: string): SnapshotReader {
  const { connection, db } = openSqliteReader(path);
  const begin = connection.prepare('begin');
  const end = connection.prepare('commit');
  let isClosed = false;
  begin.run();
  return {
    db,
    letGo() {
      // Some failures of a query end it as well.
      if (connection.inTransaction) end.run();
      begin.run();
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      // Closing alone would not: drizzle's statements keep the connection alive, and with it the transaction.
      if (connection.inTransaction) end.run();
      connection.close();
    },
  };
}

type EngineOptions = {
  /** Called before each commit, for whoever holds a state that is about to be an old one. */
  beforeCommit?: (() => void) | undefined;
  sync?: (() => Promise<void>) | undefined;
  /** Folds the log; without it, SQLite does so within a commit. */
  checkpointer?: Checkpointer | undefined;
};

/** SQLite has one writer: one lane. */
export function sqliteEngine(path: string, { beforeCommit, sync, checkpointer }: EngineOptions = {}): Engine {
  return {
    lanes: 1,
    begin: BEGIN,
    batch: 32,
    sync,
    open() {
      const connection = openSqlite(path);
      // Its own waiting would stop the event loop.
      connection.run('pragma busy_timeout = 0');
      if (checkpointer) connection.run('pragma wal_autocheckpoint = 0');
      const statements = new Map<string, ReturnType<Database['prepare']>>();
      const changes = connection.prepare<{ total: number }, []>('select total_changes() as total');
      return {
        db: queriesOver(connection),
        run(statement) {
          if (statement === 'commit') beforeCommit?.();
          const known = statements.get(statement) ?? connection.prepare(statement);
          statements.set(statement, known);
          return statement === BEGIN ? whenFree(() => known.run()) : known.run();
        },
        written: () => changes.get()?.total ?? 0,
        inTransaction: () => connection.inTransaction,
        afterCommit: checkpointer?.look.bind(checkpointer, connection),
        close: () => connection.close(),
      };
    },
    mayRetry: isBusy,
    problemOf,
  };
}

const BEGIN = 'begin immediate';
const LOOK_MS = 10;
const LOCKED_MS = 5000;

/** Does something at once or, while another process holds the lock, as soon as it lets go; the event loop goes on meanwhile. */
function whenFree<R>(act: () => R): R | Promise<R> {
  try {
    return act();
  } catch (error) {
    if (isBusy(error)) return onceFree(act);
    throw error;
  }
}

async function onceFree<R>(act: () => R): Promise<R> {
  const deadline = performance.now() + LOCKED_MS;
  for (;;) {
    await Bun.sleep(LOOK_MS);
    try {
      return act();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > deadline) throw lockedOut();
    }
  }
}

/** Folds the write-ahead log into the file, so that it stands alone. For when nobody else has the database open. */
export function foldLog(path: string): void {
  const connection = openSqlite(path);
  connection.run('pragma wal_checkpoint(truncate)');
  connection.close();
}
