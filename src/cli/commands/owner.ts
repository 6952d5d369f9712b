import type { Command } from 'commander';
import type { ClaimLink } from '../../app/operations/claim.ts';
import { sendCommand } from '../../app/operations/control-client.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { Profile } from '../../modules/people/users/users.model.ts';
import { CommandError } from '../command-error.ts';
import { type Cli, onInstance } from '../context.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

type Code = { code: string; expires_at: string };

/** `owner`, `claim-link`, `login-code` and `public-key`. */
export function addOwnerCommands(program: Command, cli: Cli): void {
  const owner = program.command('owner').description('manage Owners');
  instanceCommand(
    owner,
    'create <username>',
    'create an Owner and print a one-time login code',
    'portal owner create ada',
  ).action(async (username: string, options: CommonOptions) => {
    const made = await onInstance<{ user: Profile } & Code>(cli, flagsOf(options), 'owner.create', { username });
    show(
      cli,
      options,
      made,
      ({ user, code, expires_at }) => `${user.username} is now an Owner.\n${codeText({ code, expires_at })}`,
    );
  });

  instanceCommand(
    program,
    'claim-link',
    'print the link that makes whoever opens it the first Owner',
    'portal claim-link',
  ).action(async (options: CommonOptions) => {
    show(cli, options, await claimLinkOf(cli, options), claimText);
  });

  instanceCommand(
    program,
    'login-code <username>',
    'print a one-time login code for an account',
    'portal login-code ada',
  ).action(async (username: string, options: CommonOptions) => {
    show(cli, options, await onInstance<Code>(cli, flagsOf(options), 'login-code', { username }), codeText);
  });

  instanceCommand(
    program,
    'public-key',
    'print the public API key, which clients need to sign people in',
    'portal public-key --rotate',
  )
    .option('--rotate', 'create a new key; the old key stops working at once')
    .action(async ({ rotate = false, ...options }: CommonOptions & { rotate?: boolean }) => {
      const key = await onInstance<{ public_key: string }>(cli, flagsOf(options), 'public-key', { rotate });
      show(cli, options, key, ({ public_key }) => public_key);
    });
}

/** The running server knows the link; no other process does. */
async function claimLinkOf({ environment }: Cli, options: CommonOptions): Promise<ClaimLink> {
  const { dataDir } = loadConfig(environment, flagsOf(options)).config.server;
  const answer = await sendCommand(dataDir, { operation: 'claim-link', args: {} });
  if (!answer)
    throw new CommandError(`No server runs on the data directory ${dataDir}. Start it, and it prints the link.`);
  if (!answer.ok) throw new CommandError(answer.error);
  return answer.result as ClaimLink;
}

function claimText({ url, others, expires_at }: ClaimLink): string {
  return [url, ...others, `Until ${expires_at}, this link makes whoever opens it the Owner.`].join('\n');
}

function codeText({ code, expires_at }: Code): string {
  return `Login code: ${code} (works once, until ${expires_at})`;
}
