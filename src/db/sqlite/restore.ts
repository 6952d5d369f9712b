import { Database } from 'bun:sqlite';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asStarted } from '../../core/started-as.ts';
import { BackupError, type BackupFacts, syncToDisk, takeOutFacts } from './backup.ts';
import { copyUnsealed } from './backup-seal.ts';
import { fileProblem } from './file-problem.ts';
import { BACKUPS_FOLDER, DATABASE_FILE, SECRET_FILE } from './files.ts';
import { removeLeftParts } from './part-files.ts';
import { highestEpoch, leaveOldKeys } from './restored-keys.ts';
import { foldLog } from './sqlite.ts';

/** The folder in which a restore is prepared. Under this name it has no effect. */
const STAGING = 'restore-staging';

/** Prefix of the folder's new name, which commits the restore. A timestamp follows. */
const DECIDED = 'restoring-';

/** The write-ahead log moves with its database: applied to another, it would corrupt it. */
const LOGS = [`${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`];

/**
 * Replaces the contents of the data directory, which the caller holds, by a verified backup. One rename commits the restore:
 * killed before it, nothing has changed; killed after it, the next process to take the directory completes it. Returns the folder
 * with the replaced files, if there were any.
 */
export function restoreBackup(
  dataDir: string,
  file: string,
  { secret }: BackupFacts,
  stamp: string,
): string | undefined {
  try {
    stage(dataDir, file, secret);
  } catch (error) {
    const problem = fileProblem(error, join(dataDir, DATABASE_FILE));
    throw new BackupError(`The restore could not be prepared: ${problem}. Nothing has changed.`);
  }
  const decided = join(dataDir, DECIDED + stamp);
  try {
    renameSync(join(dataDir, STAGING), decided);
    syncToDisk(dataDir);
    finishRestore(dataDir);
  } catch (error) {
    const what = existsSync(decided) ? 'The next start or command completes it.' : 'Nothing has changed.';
    throw new BackupError(`The restore was interrupted: ${fileProblem(error, decided)}. ${what}`);
  }
  const aside = asideFolder(dataDir, stamp);
  return existsSync(aside) ? aside : undefined;
}

function stage(dataDir: string, file: string, secret: BackupFacts['secret']): void {
  const staging = join(dataDir, STAGING);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  const database = join(staging, DATABASE_FILE);
  const source = asStarted(() => openSync(file, 'r'));
  try {
    copyUnsealed(source, database);
  } finally {
    closeSync(source);
  }
  const old = join(dataDir, DATABASE_FILE);
  foldOldLog(old);
  const copy = new Database(database);
  try {
    takeOutFacts(copy);
    leaveOldKeys(copy, highestEpoch(old));
  } finally {
    copy.close();
  }
  syncToDisk(database);
  if (secret && 'inside' in secret) {
    const path = join(staging, SECRET_FILE);
    writeFileSync(path, `${secret.inside}\n`, { mode: 0o600 });
    syncToDisk(path);
  }
  syncToDisk(staging);
}

/** Completes a committed restore and removes an uncommitted one. The caller holds the data directory. */
export function finishRestore(dataDir: string): void {
  rmSync(join(dataDir, STAGING), { recursive: true, force: true });
  removeLeftParts(join(dataDir, BACKUPS_FOLDER));
  for (const name of readdirSync(dataDir).filter((one) => one.startsWith(DECIDED))) {
    const source = join(dataDir, name);
    const aside = asideFolder(dataDir, name.slice(DECIDED.length));
    for (const file of [DATABASE_FILE, SECRET_FILE]) {
      // Files that are missing here have been moved already.
      if (!existsSync(join(source, file))) continue;
      mkdirSync(aside, { recursive: true, mode: 0o700 });
      for (const old of file === DATABASE_FILE ? [...LOGS, file] : [file]) moveIfThere(dataDir, aside, old);
      renameSync(join(source, file), join(dataDir, file));
    }
    syncToDisk(dataDir);
    rmSync(source, { recursive: true });
    removeIfEmpty(aside);
  }
}

function asideFolder(dataDir: string, stamp: string): string {
  return join(dataDir, BACKUPS_FOLDER, `replaced-${stamp}`);
}

function moveIfThere(from: string, to: string, file: string): void {
  if (existsSync(join(from, file))) renameSync(join(from, file), join(to, file));
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

/** Makes the replaced database self-contained. A damaged one keeps its log. */
function foldOldLog(path: string): void {
  if (!existsSync(path)) return;
  try {
    foldLog(path);
  } catch {
    // Moved aside as it is.
  }
}
