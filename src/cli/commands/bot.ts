import { Argument, type Command } from 'commander';
import { BOT_TYPES, type Bot } from '../../modules/people/bots/bots.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { table } from '../output.ts';
import { type CommonOptions, flagsOf, instanceCommand, show, wholeNumber } from './shared.ts';

type CreateOptions = CommonOptions & { platform: string; owner: string; rateLimit?: number };
type ListOptions = CommonOptions & { offset: number; limit: number };
type WithKey = { bot: Bot; api_key: string };

export function addBotCommands(program: Command, cli: Cli): void {
  const bot = program.command('bot').description('manage bots, which deliver login codes on chat platforms');
  addCreateCommand(bot, cli);

  instanceCommand(bot, 'list', 'list bots by id', 'portal bot list')
    .option('--offset <number>', 'how many entries to skip', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <number>', 'the maximum number of entries', wholeNumber(1, 1000), 100)
    .action(async ({ offset, limit, ...options }: ListOptions) => {
      show(cli, options, await onInstance<Bot[]>(cli, flagsOf(options), 'bot.list', { offset, limit }), listText);
    });

  instanceCommand(
    bot,
    'set-type',
    'set the type of a bot; official and verified bots are shown as verified',
    'portal bot set-type 3 verified',
  )
    .addArgument(idArgument())
    .addArgument(new Argument('<type>', 'the new type').choices(BOT_TYPES))
    .action(async (id: number, type: string, options: CommonOptions) => {
      const changed = await onInstance<Bot>(cli, flagsOf(options), 'bot.set-type', { id, type });
      show(cli, options, changed, ({ name }) => `${name} now has the type ${type}.`);
    });

  instanceCommand(
    bot,
    'rotate-key',
    'give a bot a new key; the old key stops working at once',
    'portal bot rotate-key 3',
  )
    .addArgument(idArgument())
    .action(async (id: number, options: CommonOptions) => {
      const made = await onInstance<WithKey>(cli, flagsOf(options), 'bot.rotate-key', { id });
      show(cli, options, made, ({ bot: { name }, api_key }) => `The new key of ${name}, shown only once:\n${api_key}`);
    });

  instanceCommand(bot, 'delete', 'delete a bot, its key and its statistics', 'portal bot delete 3')
    .addArgument(idArgument())
    .action(async (id: number, options: CommonOptions) => {
      const done = await onInstance<{ message: string }>(cli, flagsOf(options), 'bot.delete', { id });
      show(cli, options, done, ({ message }) => `${message}.`);
    });
}

function addCreateCommand(bot: Command, cli: Cli): void {
  instanceCommand(
    bot,
    'create <name>',
    'register a bot and print its key, once',
    'portal bot create Doorkeeper --platform discord --owner ada',
  )
    .requiredOption('--platform <name>', 'the chat platform it runs on')
    .requiredOption('--owner <username>', 'the user who is responsible for it')
    .option('--rate-limit <number>', 'requests per hour (1000)', wholeNumber(1, 100_000))
    .action(async (name: string, { platform, owner, rateLimit, ...options }: CreateOptions) => {
      const limit = rateLimit === undefined ? {} : { rate_limit_per_hour: rateLimit };
      const created = await onInstance<WithKey>(cli, flagsOf(options), 'bot.create', {
        name,
        platform,
        owner,
        ...limit,
      });
      show(
        cli,
        options,
        created,
        ({ bot: { id }, api_key }) => `Bot ${id} is registered. Its key, shown only once:\n${api_key}`,
      );
    });
}

function idArgument(): Argument {
  return new Argument('<id>', 'its id in the list').argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER));
}

function listText(bots: Bot[]): string {
  if (bots.length === 0) return 'There are no bots yet.';
  const rows = bots.map((one) => [
    one.id,
    one.name,
    one.platform,
    BOT_TYPES[one.bot_type - 1],
    one.is_active ? 'active' : 'off',
    one.owner_id,
    one.rate_limit_per_hour,
    one.last_activity_at,
  ]);
  return table(['ID', 'NAME', 'PLATFORM', 'TYPE', 'STATE', 'OWNER', 'CALLS/HOUR', 'LAST ACTIVE'], rows);
}
