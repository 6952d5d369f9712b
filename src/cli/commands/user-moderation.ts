import type { Command } from 'commander';
import { type Cli, onInstance } from '../context.ts';
import { duration, fromNow } from '../duration.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

type Options = CommonOptions & { reason?: string; for?: number };
type Done = { message: string };

const HOW_LONG = 'such as 45s, 30m, 2h or 7d';

/** `portal user ban`, `unban`, `warn` and `timeout`. */
export function addUserModerationCommands(user: Command, cli: Cli): void {
  async function perform(operation: string, username: string, { reason, for: ms, ...options }: Options): Promise<void> {
    const args = {
      username,
      ...(reason === undefined ? {} : { reason }),
      ...(ms === undefined ? {} : { expires_at: fromNow(ms) }),
    };
    show(cli, options, await onInstance<Done>(cli, flagsOf(options), operation, args), ({ message }) => message);
  }

  instanceCommand(user, 'ban <username>', 'ban a user', 'portal user ban mallory --reason Spam --for 7d')
    .requiredOption('--reason <text>', 'the reason, kept in the record')
    .option('--for <time>', `how long, ${HOW_LONG} (permanently)`, duration)
    .action((username: string, options: Options) => perform('user.ban', username, options));

  instanceCommand(user, 'unban <username>', 'lift a ban or a timeout', 'portal user unban mallory')
    .option('--reason <text>', 'the reason, kept in the audit log')
    .action((username: string, options: Options) => perform('user.unban', username, options));

  instanceCommand(user, 'warn <username>', 'warn a user', 'portal user warn mallory --reason "Keep it civil"')
    .requiredOption('--reason <text>', 'the reason, shown to the user')
    .option('--for <time>', `how long it counts, ${HOW_LONG} (permanently)`, duration)
    .action((username: string, options: Options) => perform('user.warn', username, options));

  instanceCommand(
    user,
    'timeout <username>',
    'suspend a user for a limited time',
    'portal user timeout mallory --for 2h --reason "Cool down"',
  )
    .requiredOption('--for <time>', `how long, ${HOW_LONG}`, duration)
    .requiredOption('--reason <text>', 'the reason, shown to the user')
    .action((username: string, options: Options) => perform('user.timeout', username, options));
}
