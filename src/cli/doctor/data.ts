import type { Database } from 'bun:sqlite';
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DAY_MS, MIB, MINUTE_MS } from '../../core/durations.ts';
import { Level } from '../../core/principal.ts';
import { missingMigrations, NewerDatabaseError } from '../../db/migrate.ts';
import { fileProblem } from '../../db/sqlite/file-problem.ts';
import { BACKUPS_FOLDER, DATABASE_FILE, SECRET_FILE } from '../../db/sqlite/files.ts';
import { openSqliteReader } from '../../db/sqlite/sqlite.ts';
import { sizeText } from '../output.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

const DIRECTORY = 'data directory';
const LEAST_FREE = 100 * MIB;
const LITTLE_FREE = 1024 * MIB;

/** Checks the data directory, its files, and the clock. */
export function lookAtData(dataDir: string, configuredSecret: boolean): Finding[] {
  if (!existsSync(dataDir)) {
    return [ok(DIRECTORY, `${dataDir} does not exist yet; the server creates it`), space(dataDir, 0)];
  }
  const directory = rights(dataDir);
  if (directory.status === 'failure') return [directory];
  const database = join(dataDir, DATABASE_FILE);
  const hasDatabase = existsSync(database);
  return [
    directory,
    space(dataDir, hasDatabase ? statSync(database).size : 0),
    secret(dataDir, configuredSecret, hasDatabase),
    ...(hasDatabase ? [...lookInto(database), backups(dataDir)] : [ok('database', 'none yet; the server creates it')]),
  ];
}

function rights(dataDir: string): Finding {
  const { mode, uid } = statSync(dataDir);
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return failure(
      DIRECTORY,
      `${dataDir} cannot be written to`,
      'It must belong to the account that runs the server: chown -R.',
    );
  }
  if (mode & 0o077) {
    const found = `other accounts can read ${dataDir}, which holds the instance’s secret`;
    return warning(DIRECTORY, found, `chmod 700 ${dataDir}`);
  }
  const own = process.getuid?.();
  if (own !== 0 && uid !== own) {
    const advice = 'Run commands as the account that runs the server, or as root.';
    return warning(DIRECTORY, `${dataDir} belongs to another account (${uid})`, advice);
  }
  return ok(DIRECTORY, dataDir);
}

function space(dataDir: string, databaseBytes: number): Finding {
  const { bavail, bsize } = statfsSync(nearest(dataDir));
  const free = bavail * bsize;
  const found = `${sizeText(free)} free`;
  if (free < LEAST_FREE) return failure('space', found, 'Free some space: without it, writes are refused.');
  if (free < Math.max(LITTLE_FREE, 2 * databaseBytes))
    return warning('space', found, 'Free some space: a backup or a migration needs as much as the database.');
  return ok('space', found);
}

/** The path itself, or its nearest existing parent. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

function secret(dataDir: string, isConfigured: boolean, hasDatabase: boolean): Finding {
  if (isConfigured) return ok('secret', 'configured by PORTAL_SECRET');
  const path = join(dataDir, SECRET_FILE);
  if (!existsSync(path)) {
    return hasDatabase
      ? failure('secret', `${path} is missing`, 'Restore it from a backup; a new secret would change the public key.')
      : ok('secret', 'none yet; the server creates it');
  }
  if (statSync(path).mode & 0o077) return failure('secret', `other accounts can read ${path}`, `chmod 600 ${path}`);
  return ok('secret', 'in the data directory, readable by its owner only');
}

function lookInto(path: string): Finding[] {
  try {
    const { connection } = openSqliteReader(path);
    try {
      const missing = missingMigrations(connection);
      if (missing.length > 0) {
        const names = missing.map(({ name }) => name).join(', ');
        return [integrity(connection, path), ok('migrations', `pending until the next start: ${names}`)];
      }
      return [integrity(connection, path), ok('migrations', 'up to date'), owner(connection), clock(connection)];
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof NewerDatabaseError) return [failure('migrations', error.message, 'Update this program.')];
    const problem = fileProblem(error, path);
    const isDamaged = problem === (error as Error).message;
    // A restore would not help here, and takes even more room.
    return [failure('database', `${path} cannot be opened: ${problem}`, isDamaged ? RESTORE : WRITABLE)];
  }
}

const WRITABLE = 'See to the disk or the rights first; the database itself may be sound.';
const RESTORE = 'Stop the server and restore a backup: portal backup list, portal backup restore.';

function integrity(connection: Database, path: string): Finding {
  const [first] = connection.query<{ quick_check: string }, []>('pragma quick_check(1)').all();
  if (first?.quick_check !== 'ok') return failure('database', `${path} is damaged: ${first?.quick_check}`, RESTORE);
  return ok('database', `sound, ${sizeText(statSync(path).size)}`);
}

function owner(connection: Database): Finding {
  const owners = connection.query('select id from users where permission_level = ? limit 1').all(Level.Owner);
  if (owners.length > 0) return ok('owner', 'there is one');
  return warning(
    'owner',
    'this instance has no Owner',
    'portal owner create <username>, or the link that the server prints.',
  );
}

/** An entry in the database from the future means that the clock is behind. */
function clock(connection: Database): Finding {
  const [newest] = connection
    .query<{ at: number }, []>(
      'select created_at as at from audit_log where created_at > 0 order by created_at desc limit 1',
    )
    .all();
  const now = Date.now();
  const found = new Date(now).toISOString();
  const behindMs = (newest?.at ?? 0) - now;
  if (behindMs < MINUTE_MS) return ok('clock', found);
  const behind = `${found}, ${Math.round(behindMs / 1000)} s before the newest entry in the database`;
  return failure('clock', behind, 'Correct it (timedatectl set-ntp true): sessions, codes and bans depend on it.');
}

const MAKE_ONE = 'Run portal backup create, ideally once a day.';

function backups(dataDir: string): Finding {
  const folder = join(dataDir, BACKUPS_FOLDER);
  const times = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.backup'))
        .map((name) => statSync(join(folder, name)).mtimeMs)
    : [];
  if (times.length === 0) return warning('backups', `none in ${folder}`, MAKE_ONE);
  const days = Math.floor((Date.now() - Math.max(...times)) / DAY_MS);
  const found = days > 0 ? `the newest is ${days} ${days === 1 ? 'day' : 'days'} old` : 'the newest is from today';
  return days > 7 ? warning('backups', found, MAKE_ONE) : ok('backups', found);
}
