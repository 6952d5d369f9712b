import type { Command } from 'commander';
import { perform } from '../../app/operations/operations.ts';
import { serve } from '../../app/serve.ts';
import { type Flags, loadConfig } from '../../config/load-config.ts';
import type { Cli } from '../context.ts';
import { wholeNumber } from './shared.ts';

type Options = { host?: string; port?: number; dataDir?: string };

export function addServeCommand(program: Command, { environment, output }: Cli, done: (status: number) => void): void {
  program
    .command('serve')
    .description('run the server')
    .option('--host <address>', 'the address to listen on (PORTAL_HOST, else 127.0.0.1)')
    .option('--port <number>', 'the port to listen on (PORTAL_PORT, else 7331)', wholeNumber(0, 65_535))
    .option('--data-dir <path>', 'the directory for all persistent data (PORTAL_DATA_DIR, else ./data)')
    .addHelpText(
      'after',
      '\nEvery setting: portal config\n\nExample:\n  portal serve --host 0.0.0.0 --port 8080 --data-dir /var/lib/portal',
    )
    .action(async ({ host, port, dataDir }: Options) => {
      const flags: Flags = {};
      if (host !== undefined) flags.PORTAL_HOST = host;
      if (port !== undefined) flags.PORTAL_PORT = String(port);
      if (dataDir !== undefined) flags.PORTAL_DATA_DIR = dataDir;
      const { config } = loadConfig(environment, flags);
      done(await serve({ config, perform, say: output.err }));
    });
}
