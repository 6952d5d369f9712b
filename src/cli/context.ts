import { existsSync } from 'node:fs';
import { openPortal } from '../app/open-portal.ts';
import type { ControlRequest } from '../app/operations/control-protocol.ts';
import { perform } from '../app/operations/operations.ts';
import { type Environment, type Flags, loadConfig } from '../config/load-config.ts';
import type { Config } from '../config/settings.ts';
import { AppError } from '../core/errors.ts';
import { createLogger } from '../core/logger.ts';
import type { DataDir } from '../db/sqlite/data-dir.ts';
import { DATABASE_FILE } from '../db/sqlite/files.ts';
import { CommandError } from './command-error.ts';
import { throughServerOrAlone } from './instance.ts';
import { interruptible } from './interruption.ts';
import type { Output } from './output.ts';

/** What every command gets. */
export type Cli = { environment: Environment; output: Output };

/** Performs an operation in the running server or, without one, on the data directory, which is locked meanwhile. */
export async function onInstance<T>(cli: Cli, flags: Flags, operation: string, args: object): Promise<T> {
  const { config } = loadConfig(cli.environment, flags);
  const request = { operation, args };
  return interruptible(cli.output, () =>
    throughServerOrAlone<T>(config.server.dataDir, request, {
      answered: (result) => result as T,
      alone: async (dir) => (await performAlone(cli, config, dir, request)) as T,
    }),
  );
}

async function performAlone(cli: Cli, config: Config, dir: DataDir, request: ControlRequest): Promise<unknown> {
  const isNew = !existsSync(dir.file(DATABASE_FILE));
  const logger = createLogger({
    level: 'warn',
    format: 'text',
    now: Date.now,
    write: (line) => cli.output.err(line.trimEnd()),
  });
  const portal = await openPortal(config, dir, logger);
  // In the wrong directory, it would look as if all accounts were gone.
  if (isNew) cli.output.err(`There was no instance in ${dir.path} yet; a new one was created.`);
  try {
    return await perform(portal, request);
  } catch (error) {
    throw error instanceof AppError ? new CommandError(error.message) : error;
  } finally {
    // A failed close must hide neither the result nor the first error.
    await portal
      .close()
      .catch((error: unknown) => logger.warn('the database could not be closed in good order', { error }));
  }
}
