import type { Command } from 'commander';
import type { Subscribers } from '../../modules/people/subscriptions/subscriptions.model.ts';
import { TIER_NAMES } from '../../modules/people/users/users.policy.ts';
import { type Cli, onInstance } from '../context.ts';
import { table } from '../output.ts';
import { type CommonOptions, choice, flagsOf, instanceCommand, show, wholeNumber } from './shared.ts';

type GrantOptions = CommonOptions & { tier: string; days?: number; reason?: string };
type RevokeOptions = CommonOptions & { reason: string };
type ListOptions = CommonOptions & { tier?: string };
type Done = { message: string };

const TIERS = TIER_NAMES.slice(1);
const tierNumber = (name: string) => TIERS.indexOf(name as (typeof TIERS)[number]) + 1;

export function addSubscriptionCommands(program: Command, cli: Cli): void {
  const subscription = program.command('subscription').description('manage subscriptions: trial, premium and lifetime');

  const grant = instanceCommand(
    subscription,
    'grant <username>',
    'grant a tier; granting premium again extends it',
    'portal subscription grant grace --tier premium --days 30',
  );
  grant
    .addOption(choice('--tier <tier>', 'trial (7 days, once), premium or lifetime', TIERS).makeOptionMandatory())
    .option('--days <number>', 'how long premium lasts; premium needs it', wholeNumber(1, 3650))
    .option('--reason <text>', 'the reason, kept in the record')
    .action(async (username: string, { tier, days, reason, ...options }: GrantOptions) => {
      if (tier === 'premium' && days === undefined) grant.error('error: --tier premium needs --days');
      if (tier !== 'premium' && days !== undefined) grant.error('error: --days is only for --tier premium');
      const args = {
        username,
        tier: tierNumber(tier),
        ...(days === undefined ? {} : { duration_days: days }),
        ...(reason === undefined ? {} : { reason }),
      };
      show(cli, options, await onInstance<Done>(cli, flagsOf(options), 'subscription.grant', args), messageOf);
    });

  instanceCommand(
    subscription,
    'revoke <username>',
    'revoke a subscription',
    'portal subscription revoke grace --reason "Payment was reversed"',
  )
    .requiredOption('--reason <text>', 'the reason, kept in the record')
    .action(async (username: string, { reason, ...options }: RevokeOptions) => {
      const done = await onInstance<Done>(cli, flagsOf(options), 'subscription.revoke', { username, reason });
      show(cli, options, done, messageOf);
    });

  instanceCommand(subscription, 'list', 'list active subscriptions', 'portal subscription list --tier premium')
    .addOption(choice('--tier <tier>', 'only trial, premium or lifetime', TIERS))
    .action(async ({ tier, ...options }: ListOptions) => {
      const args = tier === undefined ? {} : { tier: tierNumber(tier) };
      show(cli, options, await onInstance<Subscribers>(cli, flagsOf(options), 'subscription.list', args), listText);
    });
}

const messageOf = ({ message }: Done) => message;

function listText({ users }: Subscribers): string {
  if (users.length === 0) return 'There are no subscriptions.';
  const rows = users.map(({ id, name, tier, expires_at }) => [id, name, TIER_NAMES[tier], expires_at ?? 'never']);
  return table(['ID', 'USERNAME', 'TIER', 'UNTIL'], rows);
}
