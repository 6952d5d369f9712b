import type { Command } from 'commander';
import { hostToCall } from '../../app/addresses.ts';
import { loadConfig } from '../../config/load-config.ts';
import { CommandError } from '../command-error.ts';
import type { Cli } from '../context.ts';

/** Less than the 5 s after which our image's HEALTHCHECK kills the command. */
const PATIENCE_MS = 4000;

export function addHealthcheckCommand(program: Command, { environment, output }: Cli): void {
  program
    .command('healthcheck')
    .description('exit with 0 if the running server is healthy, for containers without curl')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  portal healthcheck')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { host, port } = loadConfig(environment).config.server;
      const url = `http://${hostToCall(host)}:${port}/health`;
      const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined);
      if (!response) throw new CommandError(`No server answers at ${url}.`);
      const health = (await response.json().catch(() => ({}))) as { status?: string };
      // Another client of this address used up the rate limit. The server is alive.
      if (response.status === 429) return output.out(json ? JSON.stringify({ status: 'busy' }, null, 2) : 'busy');
      if (response.status !== 200)
        throw new CommandError(`The server at ${url} is ${health.status ?? `answering ${response.status}`}.`);
      output.out(json ? JSON.stringify(health, null, 2) : `${health.status}`);
    });
}
