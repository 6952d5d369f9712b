import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { silentLogger } from '../../core/logger.ts';
import { prepareDatabase } from '../../db/database.ts';
import { appliedMigrations, missingMigrations } from '../../db/migrate.ts';
import { takeDataDir } from '../../db/sqlite/data-dir.ts';
import { DATABASE_FILE } from '../../db/sqlite/files.ts';
import { openSqliteReader } from '../../db/sqlite/sqlite.ts';
import { CommandError } from '../command-error.ts';
import type { Cli } from '../context.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

type Status = { applied: string[]; missing: string[] };

export function addMigrateCommand(program: Command, cli: Cli): void {
  instanceCommand(
    program,
    'migrate',
    'apply pending database migrations; the server does so at every start',
    'portal migrate --status',
  )
    .option('--status', 'only list applied and pending migrations')
    .action(async ({ status = false, ...options }: CommonOptions & { status?: boolean }) => {
      const { dataDir } = loadConfig(cli.environment, flagsOf(options)).config.server;
      if (status) return show(cli, options, readStatus(dataDir), statusText);
      using dir = takeDataDir(dataDir);
      if (!dir)
        throw new CommandError('A server is running on this data directory. It migrated the database when it started.');
      const applied = prepareDatabase(dir, silentLogger);
      show(cli, options, { applied }, () =>
        applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date.',
      );
    });
}

function readStatus(dataDir: string): Status {
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path))
    throw new CommandError(`There is no database in ${dataDir} yet; the server creates it when it starts.`);
  const { connection } = openSqliteReader(path);
  try {
    return { applied: appliedMigrations(connection), missing: missingMigrations(connection).map(({ name }) => name) };
  } finally {
    connection.close();
  }
}

function statusText({ applied, missing }: Status): string {
  const lines = [...applied.map((name) => `applied  ${name}`), ...missing.map((name) => `missing  ${name}`)];
  return lines.join('\n');
}
