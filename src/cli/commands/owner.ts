import type { Command } from 'commander';
import type { Profile } from '../../modules/people/users/users.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

type Code = { code: string; expires_at: string };

/** `owner`, `login-code` and `public-key`. */
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

function codeText({ code, expires_at }: Code): string {
  return `Login code: ${code} (works once, until ${expires_at})`;
}
