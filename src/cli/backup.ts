import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { ServerSecret } from '../app/operations/backup.ts';
import { type Flags, loadConfig } from '../config/load-config.ts';
import { asStarted } from '../core/started-as.ts';
import { VERSION } from '../core/version.ts';
import { type BackupFacts, type BackupSecret, createBackup, readBackup, secretMark } from '../db/sqlite/backup.ts';
import { takeDataDir } from '../db/sqlite/data-dir.ts';
import { BACKUPS_FOLDER, DATABASE_FILE, SECRET_FILE } from '../db/sqlite/files.ts';
import { asOwnerOf } from '../db/sqlite/owner.ts';
import { restoreBackup } from '../db/sqlite/restore.ts';
import { CommandError } from './command-error.ts';
import type { Cli } from './context.ts';
import { throughServerOrAlone } from './instance.ts';

/** Backs up the instance, with or without a running server. This process does the work, so the server is not slowed down. */
export async function backUp(
  cli: Cli,
  flags: Flags,
  to: string | undefined,
): Promise<{ file: string; facts: BackupFacts }> {
  const { server } = loadConfig(cli.environment, flags).config;
  const dataDir = resolve(server.dataDir);
  const database = join(dataDir, DATABASE_FILE);
  if (!existsSync(database)) throw new CommandError(`There is no database in ${dataDir} yet.`);
  const configured = server.secret === undefined ? null : secretMark(server.secret);
  const make = (markOfConfigured: string | null) => {
    const secret = secretIn(dataDir, markOfConfigured);
    const createdAt = new Date().toISOString();
    const target = to === undefined ? defaultFile(dataDir, createdAt) : resolve(to);
    const copy = () => createBackup({ database, target, secret, version: VERSION, createdAt });
    const facts = target.startsWith(dataDir + sep) ? asOwnerOf(dataDir, copy) : asStarted(copy);
    return { file: target, facts };
  };
  // The directory is held by the server or by this process, so no restore can interfere.
  return throughServerOrAlone(
    dataDir,
    { operation: 'backup.secret', args: {} },
    {
      answered: (running) => make((running as ServerSecret).configured_secret),
      alone: async () => make(configured),
    },
  );
}

function defaultFile(dataDir: string, createdAt: string): string {
  const folder = join(dataDir, BACKUPS_FOLDER);
  asOwnerOf(dataDir, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  return join(folder, `portal-${stampOf(createdAt)}.backup`);
}

/** `2026-01-31T18-00-00.000Z`: without colons, which some file systems refuse. */
function stampOf(time: string): string {
  return time.replaceAll(':', '-');
}

/** A configured secret stays out of the backup. */
function secretIn(dataDir: string, configured: string | null): BackupSecret {
  if (configured !== null) return { configured };
  const path = join(dataDir, SECRET_FILE);
  if (!existsSync(path))
    throw new CommandError(`The instance’s secret is missing: ${path}. Set PORTAL_SECRET if it is elsewhere.`);
  return { inside: readFileSync(path, 'utf8').trim() };
}

export type Restored = { facts: BackupFacts; replaced: string | undefined; warnings: string[] };

/** Replaces the contents of the data directory by a backup. Refuses while a server runs on it. */
export async function restore(cli: Cli, flags: Flags, file: string, yes: boolean): Promise<Restored> {
  const { server } = loadConfig(cli.environment, flags).config;
  const facts = readBackup(file);
  using dir = takeDataDir(server.dataDir);
  if (!dir) throw new CommandError('A server, or another command, uses this data directory. Stop it first.');
  if (!yes && existsSync(dir.file(DATABASE_FILE)))
    throw new CommandError(
      `There is an instance in ${dir.path} already. With --yes it is moved aside for this backup.`,
    );
  const replaced = restoreBackup(dir.path, file, facts, stampOf(new Date().toISOString()));
  return { facts, replaced, warnings: warningsOf(facts, server.secret, existsSync(dir.file(SECRET_FILE))) };
}

const CONSEQUENCE = 'the public key changes, and pending login codes stop working';

/** Warnings about a secret that differs from the backup's. */
function warningsOf({ secret }: BackupFacts, configured: string | undefined, isThere: boolean): string[] {
  if (!secret)
    return isThere || configured
      ? []
      : [`This backup contains no secret, so the server will create a new one: ${CONSEQUENCE}.`];
  const then = 'inside' in secret ? secretMark(secret.inside) : secret.configured;
  if (configured !== undefined) {
    return secretMark(configured) === then
      ? []
      : [`PORTAL_SECRET differs from the secret of this backup: ${CONSEQUENCE}.`];
  }
  if ('inside' in secret) return [];
  return [`The secret of this backup was configured by PORTAL_SECRET. Without it, ${CONSEQUENCE}.`];
}
