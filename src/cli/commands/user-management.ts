import type { Command } from 'commander';
import { LEVEL_NAMES } from '../../core/principal.ts';
import type { Profile } from '../../modules/people/users/users.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { type CommonOptions, choice, flagsOf, instanceCommand, show } from './shared.ts';

type LevelOptions = CommonOptions & { to: string };
type DeleteOptions = CommonOptions & { yes: boolean };

/** `portal user rename`, `promote`, `demote` and `delete`. */
export function addUserManagementCommands(user: Command, cli: Cli): void {
  instanceCommand(user, 'rename <username> <name>', 'rename an account', 'portal user rename ada lovelace').action(
    async (username: string, to: string, options: CommonOptions) => {
      const profile = await onInstance<Profile>(cli, flagsOf(options), 'user.rename', { username, to });
      show(cli, options, profile, (one) => `${username} is now ${one.username}.`);
    },
  );

  async function setLevel(operation: string, username: string, { to, ...options }: LevelOptions): Promise<void> {
    const profile = await onInstance<Profile>(cli, flagsOf(options), operation, { username, to });
    show(
      cli,
      options,
      profile,
      (one) => `${one.username} now has the level ${LEVEL_NAMES[one.permission_level]}, effective at once.`,
    );
  }

  const higher = choice('--to <level>', 'moderator, admin or owner', LEVEL_NAMES.slice(1)).makeOptionMandatory();
  instanceCommand(user, 'promote <username>', 'give a user a higher level', 'portal user promote grace --to moderator')
    .addOption(higher)
    .action((username: string, options: LevelOptions) => setLevel('user.promote', username, options));

  instanceCommand(user, 'demote <username>', 'give a user a lower level', 'portal user demote grace')
    .addOption(choice('--to <level>', 'user, moderator or admin', LEVEL_NAMES.slice(0, 3), 'user'))
    .action((username: string, options: LevelOptions) => setLevel('user.demote', username, options));

  instanceCommand(
    user,
    'delete <username>',
    'delete an account with its chats, bots and messages',
    'portal user delete mallory --yes',
  )
    .requiredOption('--yes', 'confirm: this cannot be undone')
    .action(async (username: string, { yes: _, ...options }: DeleteOptions) => {
      const done = await onInstance<{ message: string }>(cli, flagsOf(options), 'user.delete', { username });
      show(cli, options, done, () => `${username} is deleted, with everything they owned.`);
    });
}
