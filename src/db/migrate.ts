import type { Database } from 'bun:sqlite';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Migration = { name: string; statements: string[] };

export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError';
}

/** In the binary the folder is an asset beside the bundled modules; from the sources it is at the top of the tree. */
const folder = import.meta.dir.startsWith('/$bunfs')
  ? join(import.meta.dir, 'drizzle')
  : join(import.meta.dir, '../../drizzle');

/** The migrations that this program carries, oldest first. */
export function carriedMigrations(): Migration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  return files
    .sort()
    .map((file) => ({ name: file.slice(0, -4), statements: statementsOf(readFileSync(join(folder, file), 'utf8')) }));
}

/** Tables become STRICT: SQLite then refuses a value of the wrong type, as PostgreSQL does. */
function statementsOf(source: string): string[] {
  return source
    .split('--> statement-breakpoint')
    .map((statement) => statement.trim())
    .filter((statement) => statement && !/^PRAGMA foreign_keys/i.test(statement))
    .map((statement) => (/^CREATE TABLE/i.test(statement) ? statement.replace(/\)\s*;?$/, ') STRICT') : statement));
}

/** Names of the migrations that this database has had. */
export function appliedMigrations(connection: Database): string[] {
  const known = connection.query("select 1 from sqlite_master where type = 'table' and name = 'migrations'").get();
  if (!known) return [];
  return (connection.query('select name from migrations order by name').all() as { name: string }[]).map(
    ({ name }) => name,
  );
}

/** What is still to be applied. Throws `NewerDatabaseError` when the database knows migrations that this program does not. */
export function missingMigrations(connection: Database, carried = carriedMigrations()): Migration[] {
  const applied = new Set(appliedMigrations(connection));
  const unknown = [...applied].filter((name) => !carried.some((migration) => migration.name === name));
  if (unknown.length > 0) {
    throw new NewerDatabaseError(
      `The database is newer than this program (it has ${unknown.join(', ')}). Use the program that wrote it, or a later one.`,
    );
  }
  return carried.filter(({ name }) => !applied.has(name));
}

/**
 * Applies what is missing, all or nothing, one process at a time. By name, so that a migration merged late is not skipped.
 * Foreign keys are off meanwhile (rebuilding a table would delete the rows that refer to it) and checked before the commit.
 */
export function migrate(connection: Database, carried = carriedMigrations()): string[] {
  connection.run('pragma foreign_keys = off');
  connection.run('begin immediate');
  try {
    connection.run('create table if not exists migrations (name text primary key, applied_at integer not null) strict');
    const missing = missingMigrations(connection, carried);
    for (const { name, statements } of missing) {
      for (const statement of statements) connection.run(statement);
      connection.run('insert into migrations (name, applied_at) values (?, ?)', [name, Date.now()]);
    }
    const broken = connection.query('pragma foreign_key_check').all();
    if (broken.length > 0) throw new Error(`A migration left ${broken.length} rows that refer to nothing`);
    connection.run('commit');
    return missing.map(({ name }) => name);
  } catch (error) {
    rollBack(connection);
    throw error;
  } finally {
    connection.run('pragma foreign_keys = on');
  }
}

/** Some errors, such as a full disk, have ended the transaction. None of this may hide the error that led here. */
function rollBack(connection: Database): void {
  try {
    if (connection.inTransaction) connection.run('rollback');
  } catch {
    // Closing the connection does the same.
  }
}
