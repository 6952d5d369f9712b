import type { Command } from 'commander';
import type { Announcement } from '../../modules/people/announcements/announcements.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { duration, fromNow } from '../duration.ts';
import { table } from '../output.ts';
import { NOTICE_TYPES } from './notify.ts';
import { type CommonOptions, choice, flagsOf, instanceCommand, show, wholeNumber } from './shared.ts';

type CreateOptions = CommonOptions & { title: string; body: string; type: string; for?: number };

export function addAnnouncementCommands(program: Command, cli: Cli): void {
  const announcement = program.command('announcement').description('manage announcements to everyone');

  instanceCommand(
    announcement,
    'create',
    'publish an announcement',
    'portal announcement create --title Maintenance --body "Back at noon." --type warning --for 2h',
  )
    .requiredOption('--title <text>', 'at most 120 characters')
    .requiredOption('--body <text>', 'at most 2000 characters')
    .addOption(choice('--type <type>', 'info, success, warning or error', NOTICE_TYPES, 'info'))
    .option('--for <time>', 'how long to show it, such as 45s, 30m, 2h or 7d (until it is deleted)', duration)
    .action(async ({ title, body, type, for: ms, ...options }: CreateOptions) => {
      const args = { title, body, type, ...(ms === undefined ? {} : { expires_at: fromNow(ms) }) };
      const made = await onInstance<Announcement>(cli, flagsOf(options), 'announcement.create', args);
      show(cli, options, made, ({ id }) => `Announcement ${id} is published.`);
    });

  instanceCommand(announcement, 'list', 'list current announcements', 'portal announcement list').action(
    async (options: CommonOptions) => {
      show(cli, options, await onInstance<Announcement[]>(cli, flagsOf(options), 'announcement.list', {}), listText);
    },
  );

  instanceCommand(announcement, 'delete', 'delete an announcement', 'portal announcement delete 3')
    .argument('<id>', 'its id in the list', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .action(async (id: number, options: CommonOptions) => {
      const done = await onInstance<{ message: string }>(cli, flagsOf(options), 'announcement.delete', { id });
      show(cli, options, done, ({ message }) => message);
    });
}

function listText(announcements: Announcement[]): string {
  if (announcements.length === 0) return 'There are no announcements.';
  const rows = announcements.map((one) => [one.id, one.type, one.title, one.created_at, one.expires_at ?? 'deleted']);
  return table(['ID', 'TYPE', 'TITLE', 'SINCE', 'UNTIL'], rows);
}
