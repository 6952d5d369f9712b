import type { Command } from 'commander';
import { SOURCE_HASH, VERSION } from '../../core/version.ts';
import type { Cli } from '../context.ts';

export function addVersionCommand(program: Command, { output }: Cli): void {
  program
    .command('version')
    .description('print the version and platform')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  portal version --json')
    .action(({ json = false }: { json?: boolean }) => {
      const facts = {
        version: VERSION,
        bun: Bun.version,
        platform: `${process.platform}-${process.arch}`,
        source_hash: SOURCE_HASH ?? null,
      };
      output.out(json ? JSON.stringify(facts, null, 2) : `portal ${VERSION} (Bun ${Bun.version}, ${facts.platform})`);
    });
}
