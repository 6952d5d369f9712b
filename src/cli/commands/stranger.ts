import { type Command, InvalidArgumentError } from 'commander';
import { SECOND_MS } from '../../core/durations.ts';
import type { ListedStranger } from '../../modules/people/strangers/strangers.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { duration } from '../duration.ts';
import { table } from '../output.ts';
import { type CommonOptions, flagsOf, instanceCommand, show, wholeNumber } from './shared.ts';

type ListOptions = CommonOptions & { offset: number; limit: number };
type BlockOptions = CommonOptions & { reason?: string; for?: number };
type Done = { message: string };

export function addStrangerCommands(program: Command, cli: Cli): void {
  const stranger = program.command('stranger').description('list and block people who came without an account');

  instanceCommand(stranger, 'list', 'list strangers who are online or whose talk is still kept', 'portal stranger list')
    .option('--offset <number>', 'how many entries to skip', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <number>', 'the maximum number of entries', wholeNumber(1, 500), 100)
    .action(async ({ offset, limit, ...options }: ListOptions) => {
      const args = { offset, limit };
      show(cli, options, await onInstance<ListedStranger[]>(cli, flagsOf(options), 'stranger.list', args), listText);
    });

  instanceCommand(
    stranger,
    'block',
    'end a stranger’s search and talks, and keep them from searching',
    'portal stranger block 9f86d081884c7d65 --reason Spam --for 7d',
  )
    .argument('<signature>', 'the signature in the list', signature)
    .option('--reason <text>', 'the reason, kept in the audit log')
    .option('--for <time>', 'how long, such as 45s, 30m, 2h or 7d (without an end)', duration)
    .action(async (of: string, { reason, for: ms, ...options }: BlockOptions) => {
      const args = {
        signature: of,
        ...(reason === undefined ? {} : { reason }),
        ...(ms === undefined ? {} : { duration: ms / SECOND_MS }),
      };
      show(cli, options, await onInstance<Done>(cli, flagsOf(options), 'stranger.block', args), messageOf);
    });

  instanceCommand(stranger, 'unblock', 'lift the block of a stranger', 'portal stranger unblock 9f86d081884c7d65')
    .argument('<signature>', 'the signature in the list', signature)
    .action(async (of: string, options: CommonOptions) => {
      const args = { signature: of };
      show(cli, options, await onInstance<Done>(cli, flagsOf(options), 'stranger.unblock', args), messageOf);
    });
}

const messageOf = ({ message }: Done) => message;

function signature(value: string): string {
  if (/^[0-9a-f]{16}$/.test(value)) return value;
  throw new InvalidArgumentError('A signature has 16 hexadecimal digits.');
}

function listText(strangers: ListedStranger[]): string {
  if (strangers.length === 0) return 'There are no strangers.';
  const rows = strangers.map((one) => [
    one.signature,
    one.alias,
    one.country_code,
    one.state,
    one.since,
    one.blocked ? (one.blocked.until ?? 'without an end') : null,
  ]);
  return table(['SIGNATURE', 'ALIAS', 'COUNTRY', 'STATE', 'SINCE', 'BLOCKED UNTIL'], rows);
}
