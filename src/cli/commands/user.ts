import type { Command } from 'commander';
import { LEVEL_NAMES } from '../../core/principal.ts';
import type { Profile } from '../../modules/people/users/users.model.ts';
import { TIER_NAMES } from '../../modules/people/users/users.policy.ts';
import { type Cli, onInstance } from '../context.ts';
import { facts, table } from '../output.ts';
import { type CommonOptions, choice, flagsOf, instanceCommand, show, wholeNumber } from './shared.ts';
import { addUserManagementCommands } from './user-management.ts';
import { addUserModerationCommands } from './user-moderation.ts';

type CreateOptions = CommonOptions & {
  level?: string;
  tier?: string;
  days?: number;
  platform?: string;
  platformId?: string;
};
type ListOptions = CommonOptions & { after: number; limit: number };

const STATES = ['active', 'timed out', 'banned'];

export function addUserCommands(program: Command, cli: Cli): void {
  const user = program.command('user').description('manage accounts');

  const create = instanceCommand(
    user,
    'create <username>',
    'create an account',
    'portal user create grace --tier premium --days 30',
  );
  create
    .addOption(choice('--level <level>', 'user, moderator or admin', LEVEL_NAMES.slice(0, 3), 'user'))
    .addOption(choice('--tier <tier>', 'basic, trial, premium or lifetime', TIER_NAMES, 'basic'))
    .option('--days <number>', 'how long premium lasts (30)', wholeNumber(1, 3650))
    .option('--platform <name>', 'link an identity on this chat platform')
    .option('--platform-id <id>', 'the user’s id there')
    .action(async (username: string, { dataDir, json, platformId, ...given }: CreateOptions) => {
      if (given.days !== undefined && given.tier !== 'premium')
        create.error('error: --days is only for --tier premium');
      if ((given.platform === undefined) !== (platformId === undefined))
        create.error('error: --platform and --platform-id go together');
      const common = commonOf(dataDir, json);
      const args = { username, ...given, ...(platformId === undefined ? {} : { platform_id: platformId }) };
      const profile = await onInstance<Profile>(cli, flagsOf(common), 'user.create', args);
      show(
        cli,
        common,
        profile,
        ({ id }) =>
          `${username} has account ${id}.\nTo sign in, they need a code: portal login-code ${asArgument(username)}`,
      );
    });

  instanceCommand(user, 'show <username>', 'show an account', 'portal user show grace').action(
    async (username: string, options: CommonOptions) => {
      show(cli, options, await onInstance<Profile>(cli, flagsOf(options), 'user.show', { username }), profileText);
    },
  );

  instanceCommand(user, 'list', 'list accounts by id', 'portal user list --limit 20')
    .option('--after <id>', 'only ids greater than this one', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <number>', 'the maximum number of entries', wholeNumber(1, 1000), 100)
    .action(async ({ after, limit, ...options }: ListOptions) => {
      const profiles = await onInstance<Profile[]>(cli, flagsOf(options), 'user.list', { after, limit });
      show(cli, options, profiles, listText);
    });

  addUserManagementCommands(user, cli);
  addUserModerationCommands(user, cli);
}

/** As it has to be typed: a name may begin with a dash. */
function asArgument(name: string): string {
  return name.startsWith('-') ? `-- ${name}` : name;
}

function commonOf(dataDir: string | undefined, json: boolean | undefined): CommonOptions {
  return { ...(dataDir === undefined ? {} : { dataDir }), ...(json === undefined ? {} : { json }) };
}

function profileText(profile: Profile): string {
  const platforms = profile.linked_platforms.map(({ platform, platform_user_id }) => `${platform}:${platform_user_id}`);
  return facts([
    ['id', profile.id],
    ['username', profile.username],
    ['level', LEVEL_NAMES[profile.permission_level]],
    ['tier', TIER_NAMES[profile.subscription_tier]],
    ['tier until', profile.subscription_expires_at],
    ['state', STATES[profile.state]],
    ['platforms', platforms.join(', ') || null],
    ['last active', profile.last_activity_at],
    ['created', profile.created_at],
  ]);
}

function listText(profiles: Profile[]): string {
  const rows = profiles.map((one) => [
    one.id,
    one.username,
    LEVEL_NAMES[one.permission_level],
    TIER_NAMES[one.subscription_tier],
    STATES[one.state],
    one.last_activity_at,
  ]);
  return table(['ID', 'USERNAME', 'LEVEL', 'TIER', 'STATE', 'LAST ACTIVE'], rows);
}
