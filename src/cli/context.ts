import { existsSync } from 'node:fs';
import { openPortal } from '../app/open-portal.ts';
import { sendCommand } from '../app/operations/control-socket.ts';
import { perform } from '../app/operations/operations.ts';
import { type Environment, type Flags, loadConfig } from '../config/load-config.ts';
import { AppError } from '../core/errors.ts';
import { createLogger } from '../core/logger.ts';
import { StartError, takeDataDir } from '../db/sqlite/data-dir.ts';
import { DATABASE_FILE } from '../db/sqlite/files.ts';
import type { Output } from './output.ts';

/** What every command works with. */
export type Cli = { environment: Environment; output: Output };

/** A command that did not do what it was asked: status 1, with this sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

const WAIT_MS = 5000;

/** Does something to the instance: in its server if that runs, else on its data directory, which nobody else uses meanwhile. */
export async function onInstance<T>(cli: Cli, flags: Flags, operation: string, args: object): Promise<T> {
  const { config } = loadConfig(cli.environment, flags);
  const request = { operation, args };
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const answer = await sendCommand(config.server.dataDir, request);
    if (answer?.ok) return answer.result as T;
    if (answer) throw new CommandError(answer.error);
    const dir = takeDataDir(config.server.dataDir);
    if (dir) {
      const isNew = !existsSync(dir.file(DATABASE_FILE));
      const logger = createLogger({
        level: 'warn',
        format: 'text',
        now: Date.now,
        write: (line) => cli.output.err(line.trimEnd()),
      });
      const portal = await openPortal(config, dir, logger);
      // Whoever is in the wrong directory would otherwise wonder where everybody is.
      if (isNew) cli.output.err(`There was no instance in ${dir.path} yet; it is made now.`);
      try {
        return (await perform(portal, request)) as T;
      } catch (error) {
        throw error instanceof AppError ? new CommandError(error.message) : error;
      } finally {
        await portal.close();
      }
    }
    // A server that is just starting, or another command.
    if (Date.now() > deadline)
      throw new StartError('The data directory is in use, and whoever uses it does not answer.');
    await Bun.sleep(50);
  }
}
