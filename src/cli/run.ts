import { Command, CommanderError } from 'commander';
import { ControlError } from '../app/operations/control-client.ts';
import { ConfigError, type Environment } from '../config/load-config.ts';
import { systemSentence } from '../core/system-errors.ts';
import { VERSION } from '../core/version.ts';
import { BackupError } from '../db/sqlite/backup.ts';
import { StartError } from '../db/sqlite/data-dir.ts';
import { CommandError } from './command-error.ts';
import { addAnnouncementCommands } from './commands/announcement.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addBotCommands } from './commands/bot.ts';
import { addChatCommands } from './commands/chat.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommand } from './commands/config.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addHealthcheckCommand } from './commands/healthcheck.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addNotifyCommand } from './commands/notify.ts';
import { addOpenApiCommand } from './commands/openapi.ts';
import { addOwnerCommands } from './commands/owner.ts';
import { addReportCommands } from './commands/report.ts';
import { addServeCommand } from './commands/serve.ts';
import { addStrangerCommands } from './commands/stranger.ts';
import { addSubscriptionCommands } from './commands/subscription.ts';
import { addUserCommands } from './commands/user.ts';
import { addVersionCommand } from './commands/version.ts';
import type { Cli } from './context.ts';
import type { Output } from './output.ts';

/**
 * Runs a command; without an environment, in that of the process. Returns the exit status: 0 done, 1 failed with a sentence on
 * stderr, 2 wrong usage.
 */
export async function run(
  args: readonly string[],
  environment: Environment | undefined,
  output: Output,
): Promise<number> {
  const outcome = { status: 0 };
  const cli: Cli = { environment: environment ?? process.env, output };
  const words = withCommand(args);
  const program = createProgram(cli, words[0], (status) => {
    outcome.status = status;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return outcome.status;
  } catch (error) {
    if (error instanceof CommanderError && error.code === UNKNOWN_OPTION && takesName(program, words)) output.err(DASH);
    return statusOf(error, output);
  }
}

const UNKNOWN_OPTION = 'commander.unknownOption';
const DASH = 'Put a name that begins with a dash after two dashes and all options: portal user show --json -- -ada';

/** Whether the command takes a name as an argument. */
function takesName(program: Command, words: readonly string[]): boolean {
  let command = program;
  for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command;
  return command.registeredArguments.some((argument) => argument.name().includes('name'));
}

/** Without a command, `serve` is meant. */
function withCommand(args: readonly string[]): string[] {
  const [first] = args;
  if (first !== undefined && (!first.startsWith('-') || ['-h', '--help', '-V', '--version'].includes(first)))
    return [...args];
  return ['serve', ...args];
}

type Branch = { names: readonly string[]; add(program: Command, cli: Cli, done: (status: number) => void): void };

/** The commands by their first word. */
const BRANCHES: readonly Branch[] = [
  { names: ['serve'], add: addServeCommand },
  { names: ['owner', 'claim-link', 'login-code', 'public-key'], add: addOwnerCommands },
  { names: ['user'], add: addUserCommands },
  { names: ['report'], add: addReportCommands },
  { names: ['stranger'], add: addStrangerCommands },
  { names: ['subscription'], add: addSubscriptionCommands },
  { names: ['notify'], add: addNotifyCommand },
  { names: ['announcement'], add: addAnnouncementCommands },
  { names: ['audit'], add: addAuditCommand },
  { names: ['bot'], add: addBotCommands },
  { names: ['chat'], add: addChatCommands },
  { names: ['backup'], add: addBackupCommands },
  { names: ['migrate'], add: addMigrateCommand },
  { names: ['config'], add: addConfigCommand },
  { names: ['healthcheck'], add: addHealthcheckCommand },
  { names: ['openapi'], add: addOpenApiCommand },
  { names: ['version'], add: addVersionCommand },
  { names: ['doctor'], add: addDoctorCommand },
  // Without names: the script lists all commands, so it needs the whole tree.
  { names: [], add: addCompletionCommand },
];

/** The program with only the branch that is asked for, if it is known. */
function createProgram(cli: Cli, asked: string | undefined, done: (status: number) => void): Command {
  const program = new Command('portal')
    .description(
      'Share a browser, talk beside it end-to-end encrypted, meet strangers by interest. One server, self-hosted.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.output.out(text.trimEnd()),
      writeErr: (text) => cli.output.err(text.trimEnd()),
    })
    .addHelpText('after', '\nWithout a command: serve.\n\nExample:\n  portal serve --port 8080');
  const branch = BRANCHES.find(({ names }) => names.includes(asked ?? ''));
  for (const { add } of branch ? [branch] : BRANCHES) add(program, cli, done);
  return program;
}

/** Errors whose message is a sentence for people. */
const SENTENCES = [StartError, CommandError, ControlError, BackupError];

function statusOf(error: unknown, { err }: Output): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError) {
    err(`The configuration has ${error.mistakes.length === 1 ? 'a mistake' : `${error.mistakes.length} mistakes`}:`);
    for (const mistake of error.mistakes) err(`  ${mistake}`);
    return 1;
  }
  if (SENTENCES.some((kind) => error instanceof kind)) {
    err((error as Error).message);
    return 1;
  }
  // Only bugs print a stack.
  err(systemSentence(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return 1;
}
