import type { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { type Cli, CommandError } from '../context.ts';

const PATIENCE_MS = 5000;

export function addHealthcheckCommand(program: Command, { environment, output }: Cli): void {
  program
    .command('healthcheck')
    .description('exit 0 when the running server says that it is well: for containers without curl')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  portal healthcheck')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { host, port } = loadConfig(environment).config.server;
      const url = `http://${reachable(host)}:${port}/health`;
      const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined);
      if (!response) throw new CommandError(`No server answers at ${url}.`);
      const health = (await response.json().catch(() => ({}))) as { status?: string };
      if (response.status !== 200)
        throw new CommandError(`The server at ${url} is ${health.status ?? `answering ${response.status}`}.`);
      output.out(json ? JSON.stringify(health, null, 2) : `${health.status}`);
    });
}

/** An address to call for an address to listen on. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
