import { Database } from 'bun:sqlite';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { sha256 } from '../../core/secrets.ts';
import { appliedMigrations, missingMigrations, NewerDatabaseError } from '../migrate.ts';
import { schemaDifference } from './backup-schema.ts';
import { checkSeal, sealFile } from './backup-seal.ts';
import { fileProblem } from './file-problem.ts';
import { partOf, removeLeftParts } from './part-files.ts';
import { openSqlite } from './sqlite.ts';

/** A backup that cannot be made or used. The message is a sentence for the operator. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** The instance's secret: inside the backup, or configured elsewhere and recognised by a mark. */
export type BackupSecret = { inside: string } | { configured: string };

export type BackupFacts = {
  sizeBytes: number;
  /** ISO 8601; null for a bare database, copied before a migration or by hand. */
  createdAt: string | null;
  /** The version of Portal that made it. */
  version: string | null;
  migrations: string[];
  /** Migrations that the server will apply at its next start. */
  missing: string[];
  users: number;
  secret: BackupSecret | null;
};

const TABLE = 'portal_backup';

/** Tells secrets apart without revealing anything about them. */
export function secretMark(secret: string): string {
  return sha256(`portal secret ${secret}`).slice(0, 16);
}

type Order = { database: string; target: string; secret: BackupSecret; version: string; createdAt: string };

/**
 * Copies a database into one file with everything that a new machine needs, the secret included. It reads through its own
 * connection, so a running server never waits. The file gets its name once it is complete, verified and on disk.
 */
export function createBackup({ database, target, secret, version, createdAt }: Order): BackupFacts {
  if (existsSync(target)) throw new BackupError(`${target} exists already. A backup overwrites nothing.`);
  const part = partOf(target);
  try {
    removeLeftParts(dirname(target), basename(target));
    closeSync(openSync(part, 'wx', 0o600));
    const source = openSqlite(database);
    try {
      source.run('vacuum into ?', [part]);
    } finally {
      source.close();
    }
    addFacts(part, {
      created_at: createdAt,
      version,
      checksum: 'sha256',
      ...('inside' in secret ? { secret: secret.inside } : { secret_mark: secret.configured }),
    });
    sealFile(part);
    const facts = readBackup(part);
    syncToDisk(part);
    renameSync(part, target);
    syncToDisk(dirname(target));
    return facts;
  } catch (error) {
    rmSync(part, { force: true });
    if (error instanceof BackupError) throw error;
    throw new BackupError(`The backup ${target} could not be written: ${fileProblem(error, target, database)}.`);
  }
}

/** Verifies a backup completely. Throws {@link BackupError} if it could not be restored. */
export function readBackup(path: string): BackupFacts {
  if (!existsSync(path)) throw new BackupError(`There is no file ${path}.`);
  let connection: Database | undefined;
  try {
    connection = new Database(path, { readonly: true });
    return check(connection, path);
  } catch (error) {
    if (error instanceof BackupError) throw error;
    if (error instanceof NewerDatabaseError) throw new BackupError(error.message.replace('The database', 'The backup'));
    throw new BackupError(`${path} is no backup: ${(error as Error).message}.`);
  } finally {
    connection?.close();
  }
}

function check(connection: Database, path: string): BackupFacts {
  const said = connection.query<{ integrity_check: string }, []>('pragma integrity_check').all();
  const damage = said.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  if (damage.length > 0) throw new BackupError(`${path} is damaged: ${damage[0]}.`);
  const migrations = appliedMigrations(connection);
  if (migrations.length === 0) throw new BackupError(`${path} is no backup of Portal.`);
  const missing = missingMigrations(connection).map(({ name }) => name);
  const broken = connection.query('pragma foreign_key_check').all().length;
  if (broken > 0) throw new BackupError(`${path} is damaged: ${broken} rows refer to nothing.`);
  const [counted] = connection.query<{ users: number }, []>('select count(*) as users from users where id > 0').all();
  const difference = schemaDifference(connection, migrations);
  if (difference) throw new BackupError(`${path} is no backup of Portal: ${difference}.`);
  const facts = readFacts(connection);
  const seal = checkSeal(path);
  if (seal === 'wrong' || (seal === 'none' && facts.has('checksum')))
    throw new BackupError(`${path} has been changed or cut off: its checksum does not match.`);
  return {
    sizeBytes: statSync(path).size,
    createdAt: facts.get('created_at') ?? null,
    version: facts.get('version') ?? null,
    migrations,
    missing,
    users: counted?.users ?? 0,
    secret: secretOf(facts),
  };
}

function secretOf(facts: ReadonlyMap<string, string>): BackupSecret | null {
  const inside = facts.get('secret');
  if (inside !== undefined) return { inside };
  const configured = facts.get('secret_mark');
  return configured === undefined ? null : { configured };
}

function addFacts(path: string, facts: Record<string, string>): void {
  const copy = new Database(path);
  try {
    copy.run('pragma synchronous = full');
    copy.run('begin immediate');
    copy.run(`create table ${TABLE} (name text primary key, value text not null) strict`);
    for (const [name, value] of Object.entries(facts)) copy.run(`insert into ${TABLE} values (?, ?)`, [name, value]);
    copy.run('commit');
  } finally {
    copy.close();
  }
}

function readFacts(connection: Database): Map<string, string> {
  const known = connection.query("select 1 from sqlite_master where type = 'table' and name = ?").all(TABLE);
  if (known.length === 0) return new Map();
  const rows = connection.query<{ name: string; value: string }, []>(`select name, value from ${TABLE}`).all();
  return new Map(rows.map(({ name, value }) => [name, value]));
}

/** Turns the copy of a backup into a plain database, with no trace of the secret. */
export function takeOutFacts(copy: Database): void {
  copy.run('pragma secure_delete = on');
  copy.run(`drop table if exists ${TABLE}`);
}

/** Flushes a file, or a folder's entries, to disk. */
export function syncToDisk(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
