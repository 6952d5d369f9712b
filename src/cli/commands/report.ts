import { Argument, type Command } from 'commander';
import { OUTCOMES, REPORT_STATES, type Report, type Side } from '../../modules/chats/reports/reports.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { table } from '../output.ts';
import { type CommonOptions, choice, flagsOf, instanceCommand, show, wholeNumber } from './shared.ts';

type ListOptions = CommonOptions & { state?: string; offset: number; limit: number };
type ResolveOptions = CommonOptions & { note?: string };

export function addReportCommands(program: Command, cli: Cli): void {
  const report = program.command('report').description('read and decide reports about participants of direct chats');

  instanceCommand(report, 'list', 'list reports, newest first', 'portal report list --state open')
    .addOption(choice('--state <state>', 'only reports in this state', REPORT_STATES))
    .option('--offset <number>', 'how many entries to skip', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <number>', 'the maximum number of entries', wholeNumber(1, 200), 50)
    .action(async ({ state, offset, limit, ...options }: ListOptions) => {
      const args = { ...(state === undefined ? {} : { state }), offset, limit };
      show(cli, options, await onInstance<Report[]>(cli, flagsOf(options), 'report.list', args), listText);
    });

  instanceCommand(report, 'resolve', 'decide an open report', 'portal report resolve 42 upheld --note "Insults"')
    .argument('<id>', 'the number in the list', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .addArgument(new Argument('<outcome>', 'rightly made, or thrown out').choices(OUTCOMES))
    .option('--note <text>', 'why, kept in the audit log')
    .action(async (id: number, decided: string, { note, ...options }: ResolveOptions) => {
      const args = { id, outcome: decided, ...(note === undefined ? {} : { note }) };
      show(cli, options, await onInstance<Report>(cli, flagsOf(options), 'report.resolve', args), decidedText);
    });
}

const decidedText = ({ id, state }: Report) => `Report ${id} ${state}`;

function listText(reports: Report[]): string {
  if (reports.length === 0) return 'There are no reports.';
  const rows = reports.map((one) => [
    one.id,
    one.state,
    one.created_at,
    nameOf(one.reporter),
    nameOf(one.reported),
    one.reason.replaceAll(/\s+/g, ' '),
  ]);
  return table(['ID', 'STATE', 'AT', 'REPORTER', 'REPORTED', 'REASON'], rows);
}

const nameOf = (side: Side) => (side.kind === 'user' ? side.user.username : `stranger ${side.signature}`);
