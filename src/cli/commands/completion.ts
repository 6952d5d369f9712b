import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { commandsOf } from '../completion/tree.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { Cli } from '../context.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** The scripts are generated from the command tree, so they are always complete. */
export function addCompletionCommand(program: Command, { output }: Cli): void {
  program
    .command('completion')
    .description('print the completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', '\nExample:\n  source <(portal completion bash)')
    .action((shell: keyof typeof SHELLS) => output.out(SHELLS[shell](commandsOf(program))));
}
