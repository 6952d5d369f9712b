import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { type BackupFacts, readBackup } from '../../db/sqlite/backup.ts';
import { BACKUPS_FOLDER } from '../../db/sqlite/files.ts';
import { backUp, restore } from '../backup.ts';
import type { Cli } from '../context.ts';
import { facts, sizeText, table } from '../output.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

/** A backup as commands print it. */
type Shown = {
  file: string;
  size_bytes: number;
  created_at: string | null;
  version: string | null;
  users: number;
  migrations: number;
  missing_migrations: string[];
  secret: 'inside' | 'configured' | 'none';
};
type Listed = { file: string; kind: string; size_bytes: number; created_at: string };

export function addBackupCommands(program: Command, cli: Cli): void {
  const backup = program.command('backup').description('back up the instance into one file, and restore it');

  instanceCommand(
    backup,
    'create',
    'create a backup, with or without a running server',
    'portal backup create --to /mnt/portal.backup',
  )
    .option('--to <file>', 'the target file (backups/ in the data directory, named by the time)')
    .action(async ({ to, ...options }: CommonOptions & { to?: string }) => {
      const made = await backUp(cli, flagsOf(options), to);
      show(cli, options, shown(made.file, made.facts), ({ file, size_bytes }) => `${file} (${sizeText(size_bytes)})`);
    });

  backup
    .command('verify')
    .description('verify a backup completely')
    .addArgument(fileArgument())
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  portal backup verify data/backups/portal-2026-01-31T18-00-00Z.backup')
    .action((file: string, options: CommonOptions) => {
      const read = readBackup(resolve(file));
      show(
        cli,
        options,
        { ok: true, ...shown(resolve(file), read) },
        (found) => `It can be restored.\n${factsText(found)}`,
      );
    });

  instanceCommand(
    backup,
    'restore',
    'replace the instance by a backup; no server may be running',
    'portal backup restore data/backups/portal-2026-01-31T18-00-00Z.backup --yes',
  )
    .addArgument(fileArgument())
    .option('--yes', 'confirm: the present instance is moved aside')
    .action(async (file: string, { yes = false, ...options }: CommonOptions & { yes?: boolean }) => {
      const done = await restore(cli, flagsOf(options), resolve(file), yes);
      for (const warning of done.warnings) cli.output.err(warning);
      const result = { ...shown(resolve(file), done.facts), replaced: done.replaced ?? null, warnings: done.warnings };
      show(cli, options, result, ({ replaced }) =>
        [
          'Restored.',
          ...(replaced ? [`The previous instance is in ${replaced}. Delete it when you no longer need it.`] : []),
        ].join('\n'),
      );
    });

  instanceCommand(backup, 'list', 'list the backups in the data directory', 'portal backup list').action(
    (options: CommonOptions) => {
      const { dataDir } = loadConfig(cli.environment, flagsOf(options)).config.server;
      show(cli, options, listed(join(resolve(dataDir), BACKUPS_FOLDER)), listText);
    },
  );
}

function fileArgument(): Argument {
  return new Argument('<file>', 'the backup');
}

function shown(
  file: string,
  { sizeBytes, createdAt, version, users, migrations, missing, secret }: BackupFacts,
): Shown {
  return {
    file,
    size_bytes: sizeBytes,
    created_at: createdAt,
    version,
    users,
    migrations: migrations.length,
    missing_migrations: missing,
    secret: secret === null ? 'none' : 'inside' in secret ? 'inside' : 'configured',
  };
}

const SECRET_WORDS: Record<Shown['secret'], string> = {
  inside: 'in the backup',
  configured: 'not in the backup: it is configured by PORTAL_SECRET',
  none: 'not in the backup: this is a bare database',
};

function factsText(found: Shown): string {
  return facts([
    ['made', found.created_at],
    ['by version', found.version],
    ['size', sizeText(found.size_bytes)],
    ['accounts', found.users],
    ['to be migrated', found.missing_migrations.join(', ') || 'no'],
    ['secret', SECRET_WORDS[found.secret]],
  ]);
}

const KINDS: [kind: string, name: RegExp][] = [
  ['backup', /\.backup$/],
  ['before a migration', /^before-migration-.*\.db$/],
  ['replaced by a restore', /^replaced-/],
];

/** The backups in a folder, oldest first. */
function listed(folder: string): Listed[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder).flatMap((name) => {
    const kind = KINDS.find(([, pattern]) => pattern.test(name))?.[0];
    const file = join(folder, name);
    return kind ? [{ file, kind, size_bytes: sizeOf(file), created_at: statSync(file).mtime.toISOString() }] : [];
  });
  return found.sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
}

function sizeOf(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((total, name) => total + sizeOf(join(path, name)), 0);
}

function listText(all: Listed[]): string {
  if (all.length === 0) return 'There are no backups yet. Create one: portal backup create';
  const rows = all.map(({ file, kind, size_bytes, created_at }) => [created_at, kind, sizeText(size_bytes), file]);
  return table(['MADE', 'KIND', 'SIZE', 'FILE'], rows);
}
