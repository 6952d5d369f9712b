import type { Command } from 'commander';
import type { NotificationSent } from '../../modules/people/notifications/notifications.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { type CommonOptions, choice, flagsOf, instanceCommand, show } from './shared.ts';

type Options = CommonOptions & { all?: boolean; title: string; body: string; type: string };

export const NOTICE_TYPES = ['info', 'success', 'warning', 'error'];

export function addNotifyCommand(program: Command, cli: Cli): void {
  const notify = instanceCommand(
    program,
    'notify [usernames...]',
    'send a notification to some or all users',
    'portal notify grace linus --title "Movie night" --body "Tonight at eight."',
  );
  notify
    .option('--all', 'send it to everyone')
    .requiredOption('--title <text>', 'at most 120 characters')
    .requiredOption('--body <text>', 'at most 2000 characters')
    .addOption(choice('--type <type>', 'info, success, warning or error', NOTICE_TYPES, 'info'))
    .action(async (usernames: string[], { all = false, title, body, type, ...options }: Options) => {
      if (all === usernames.length > 0) notify.error('error: name at least one user, or use --all');
      const args = { title, body, type, ...(all ? {} : { usernames }) };
      const sent = await onInstance<NotificationSent>(cli, flagsOf(options), 'notify', args);
      show(cli, options, sent, ({ message }) => message);
    });
}
