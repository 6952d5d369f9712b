import type { Command } from 'commander';
import type { Profile } from '../../modules/people/users/users.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

type Code = { code: string; expires_at: string };

/** `owner`, `login-code` and `public-key`. */
export function addOwnerCommands(program: Command, cli: Cli): void {
  const owner = program.command('owner').description('the people who own the instance');
  instanceCommand(
    owner,
    'create <username>',
    'make an Owner, and a one-time login code for them',
    'portal owner create ada',
  ).action(async (username: string, options: CommonOptions) => {
    const made = await onInstance<{ user: Profile } & Code>(cli, flagsOf(options), 'owner.create', { username });
    show(
      cli,
      options,
      made,
      ({ user, code, expires_at }) => `${user.username} is an Owner now.\n${codeText({ code, expires_at })}`,
    );
  });

  instanceCommand(
    program,
    'login-code <username>',
    'make a one-time login code for an account: the way in without a bot',
    'portal login-code ada',
  ).action(async (username: string, options: CommonOptions) => {
    show(cli, options, await onInstance<Code>(cli, flagsOf(options), 'login-code', { username }), codeText);
  });

  instanceCommand(
    program,
    'public-key',
    'print the public API key, which clients show to sign people in',
    'portal public-key --rotate',
  )
    .option('--rotate', 'make a new one; the old one is dead at once')
    .action(async ({ rotate = false, ...options }: CommonOptions & { rotate?: boolean }) => {
      const key = await onInstance<{ public_key: string }>(cli, flagsOf(options), 'public-key', { rotate });
      show(cli, options, key, ({ public_key }) => public_key);
    });
}

function codeText({ code, expires_at }: Code): string {
  return `Login code: ${code} (works once, until ${expires_at})`;
}
