import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Flags } from '../../config/load-config.ts';
import type { Cli } from '../context.ts';

export type CommonOptions = { dataDir?: string; json?: boolean };

/** Adds a command with `--data-dir`, `--json` and an example. */
export function instanceCommand(parent: Command, usage: string, description: string, example: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--data-dir <path>', 'the instance’s data directory (PORTAL_DATA_DIR, else ./data)')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  ${example}`);
}

/** Options that override the configuration. */
export function flagsOf({ dataDir }: CommonOptions): Flags {
  return dataDir === undefined ? {} : { PORTAL_DATA_DIR: dataDir };
}

/** Prints the result as JSON with `--json`, as text otherwise. */
export function show<T>(
  { output }: Cli,
  { json = false }: CommonOptions,
  result: T,
  readable: (result: T) => string,
): void {
  output.out(json ? JSON.stringify(result, null, 2) : readable(result));
}

export function wholeNumber(lowest: number, highest: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < lowest || number > highest) {
      throw new InvalidArgumentError(`Use a whole number from ${lowest} to ${highest}.`);
    }
    return number;
  };
}

export function choice(flags: string, description: string, choices: readonly string[], preset?: string): Option {
  const option = new Option(flags, description).choices(choices);
  return preset === undefined ? option : option.default(preset);
}
