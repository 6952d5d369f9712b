import type { Command } from 'commander';
import type { Bot } from '../../modules/bots/bots.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { type CommonOptions, flagsOf, instanceCommand, show } from './shared.ts';

type CreateOptions = CommonOptions & { platform: string; owner: string };
type Created = { bot: Bot; api_key: string };

export function addBotCommands(program: Command, cli: Cli): void {
  const bot = program.command('bot').description('bots, which deliver login codes on chat platforms');
  instanceCommand(
    bot,
    'create <name>',
    'register a bot and print its key, once',
    'portal bot create Doorkeeper --platform discord --owner ada',
  )
    .requiredOption('--platform <name>', 'the chat platform that it is on')
    .requiredOption('--owner <username>', 'the user who answers for it')
    .action(async (name: string, { platform, owner, ...options }: CreateOptions) => {
      const created = await onInstance<Created>(cli, flagsOf(options), 'bot.create', { name, platform, owner });
      show(
        cli,
        options,
        created,
        ({ bot: { id }, api_key }) => `Bot ${id} is registered. Its key, which is shown only now:\n${api_key}`,
      );
    });
}
