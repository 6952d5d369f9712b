import { Command, CommanderError } from 'commander';
import { ControlError } from '../app/operations/control-client.ts';
import { ConfigError, type Environment } from '../config/load-config.ts';
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
import { addServeCommand } from './commands/serve.ts';
import { addSubscriptionCommands } from './commands/subscription.ts';
import { addUserCommands } from './commands/user.ts';
import { addUserModerationCommands } from './commands/user-moderation.ts';
import { addVersionCommand } from './commands/version.ts';
import type { Cli } from './context.ts';
import type { Output } from './output.ts';
import { systemSentence } from '../core/system-errors.ts';

/**
 * Runs one command; without an environment, in the process’s own. Gives back the exit status: 0 done, 1 failed with a sentence
 * on stderr, 2 wrong usage.
 */
export async function run(
  args: readonly string[],
  environment: Environment | undefined,
  output: Output,
): Promise<number> {
  const outcome = { status: 0 };
  const cli: Cli = { environment: environment ?? process.env, output };
  const program = createProgram(cli, (status) => {
    outcome.status = status;
  });
  try {
    await program.parseAsync(withCommand(args), { from: 'user' });
    return outcome.status;
  } catch (error) {
    return statusOf(error, output);
  }
}

/** `portal` alone, or with nothing but options, is `portal serve`. */
function withCommand(args: readonly string[]): string[] {
  const [first] = args;
  if (first !== undefined && (!first.startsWith('-') || ['-h', '--help', '-V', '--version'].includes(first)))
    return [...args];
  return ['serve', ...args];
}

function createProgram(cli: Cli, done: (status: number) => void): Command {
  const program = new Command('portal')
    .description(
      'Share a browser, talk beside it end-to-end encrypted, meet strangers by interest. One server, self-hosted.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.output.out(text.trimEnd()),
      writeErr: (text) => cli.output.err(text.trimEnd()),
    })
    .addHelpText('after', '\nWithout a command: serve.\n\nExample:\n  portal serve --port 8080');
  addServeCommand(program, cli, done);
  addOwnerCommands(program, cli);
  addUserCommands(program, cli);
  addUserModerationCommands(program, cli);
  addSubscriptionCommands(program, cli);
  addNotifyCommand(program, cli);
  addAnnouncementCommands(program, cli);
  addAuditCommand(program, cli);
  addBotCommands(program, cli);
  addChatCommands(program, cli);
  addBackupCommands(program, cli);
  addMigrateCommand(program, cli);
  addConfigCommand(program, cli);
  addHealthcheckCommand(program, cli);
  addOpenApiCommand(program, cli);
  addVersionCommand(program, cli);
  addDoctorCommand(program, cli, done);
  addCompletionCommand(program, cli);
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
  // A stack is for errors of the program itself alone.
  err(systemSentence(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return 1;
}
