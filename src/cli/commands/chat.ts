import { Argument, type Command } from 'commander';
import { LEVEL_NAMES } from '../../core/principal.ts';
import type {
  AdminChat,
  AdminChatDetails,
  OfficialChat,
} from '../../modules/instance/chat-management/chat-management.model.ts';
import { type Cli, onInstance } from '../context.ts';
import { facts, table } from '../output.ts';
import { type CommonOptions, choice, flagsOf, instanceCommand, show, wholeNumber } from './shared.ts';

type ListOptions = CommonOptions & { offset: number; limit: number };
type DeleteOptions = CommonOptions & { yes: boolean };
type CreateOptions = CommonOptions & {
  slug: string;
  owner?: string;
  description?: string;
  browser?: string;
  startUrl?: string;
  controlRequests?: boolean;
};
type Done = { message: string };

const BROWSERS = ['chromium', 'firefox', 'brave', 'tor'];

export function addChatCommands(program: Command, cli: Cli): void {
  const chat = program.command('chat').description('manage chats, whose messages only their members can read');

  instanceCommand(chat, 'list', 'list chats, newest first', 'portal chat list --limit 20')
    .option('--offset <number>', 'how many entries to skip', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <number>', 'the maximum number of entries', wholeNumber(1, 1000), 100)
    .action(async ({ offset, limit, ...options }: ListOptions) => {
      const chats = await onInstance<AdminChat[]>(cli, flagsOf(options), 'chat.list', { offset, limit });
      show(cli, options, chats, listText);
    });

  instanceCommand(chat, 'show', 'show a chat and its members', 'portal chat show 3')
    .addArgument(idArgument())
    .action(async (id: number, options: CommonOptions) => {
      const found = await onInstance<AdminChatDetails>(cli, flagsOf(options), 'chat.show', { id });
      show(cli, options, found, chatText);
    });

  instanceCommand(chat, 'delete', 'delete a chat and everything in it', 'portal chat delete 3 --yes')
    .addArgument(idArgument())
    .requiredOption('--yes', 'confirm: this cannot be undone')
    .action(async (id: number, { yes: _, ...options }: DeleteOptions) => {
      show(cli, options, await onInstance<Done>(cli, flagsOf(options), 'chat.delete', { id }), messageOf);
    });

  instanceCommand(chat, 'transfer', 'transfer a chat to another owner', 'portal chat transfer 3 grace')
    .addArgument(idArgument())
    .argument('<username>', 'the new owner')
    .action(async (id: number, to: string, options: CommonOptions) => {
      show(cli, options, await onInstance<Done>(cli, flagsOf(options), 'chat.transfer', { id, to }), messageOf);
    });

  addCreateCommand(chat, cli);
}

function addCreateCommand(chat: Command, cli: Cli): void {
  instanceCommand(
    chat,
    'create-official <name>',
    'create an official chat, which is listed first',
    'portal chat create-official General --slug general',
  )
    .requiredOption('--slug <word>', 'the word by which people join: a-z, 0-9 and hyphens')
    .option('--owner <username>', 'its owner (the first Owner)')
    .option('--description <text>', 'a description of at most 500 characters')
    .addOption(choice('--browser <browser>', 'the browser to share (chromium)', BROWSERS))
    .option('--start-url <address>', 'the page that the browser opens first')
    .option('--control-requests', 'let people request control of the browser')
    .action(async (name: string, given: CreateOptions) => {
      const { slug, owner, description, browser, startUrl, controlRequests, ...options } = given;
      const args = {
        name,
        slug,
        ...(owner === undefined ? {} : { owner }),
        ...(description === undefined ? {} : { description }),
        ...(controlRequests === undefined ? {} : { allow_control_requests: controlRequests }),
        browser_config: {
          ...(browser === undefined ? {} : { browser }),
          ...(startUrl === undefined ? {} : { start_url: startUrl }),
        },
      };
      const made = await onInstance<OfficialChat>(cli, flagsOf(options), 'chat.create-official', args);
      show(
        cli,
        options,
        made,
        (one) => `Official chat ${one.chat_id} belongs to ${one.username}. People join it by "${one.slug}".`,
      );
    });
}

function idArgument(): Argument {
  return new Argument('<id>', 'its id in the list').argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER));
}

const messageOf = ({ message }: Done) => `${message}.`;

function listText(chats: AdminChat[]): string {
  if (chats.length === 0) return 'There are no chats yet.';
  const rows = chats.map((one) => [
    one.id,
    one.name,
    one.visibility,
    one.slug,
    one.owner?.username,
    one.viewer_count,
    one.last_activity_at,
  ]);
  return table(['ID', 'NAME', 'VISIBILITY', 'SLUG', 'OWNER', 'HERE', 'LAST ACTIVE'], rows);
}

function chatText(chat: AdminChatDetails): string {
  const { browser, start_url } = chat.browser_config;
  const about = facts([
    ['id', chat.id],
    ['name', chat.name],
    ['visibility', chat.visibility],
    ['slug', chat.slug],
    ['label', chat.label],
    ['description', chat.description],
    ['owner', chat.owner?.username],
    ['browser', start_url === null ? browser : `${browser}, ${start_url}`],
    ['here now', chat.viewer_count],
    ['members', chat.member_count],
    ['last active', chat.last_activity_at],
    ['created', chat.created_at],
  ]);
  if (chat.members.length === 0) return about;
  const rows = chat.members.map(({ user, is_online, joined_at }) => [
    user.id,
    user.username,
    LEVEL_NAMES[user.permission_level],
    is_online ? 'online' : '–',
    joined_at,
  ]);
  return `${about}\n\n${table(['ID', 'MEMBER', 'LEVEL', 'STATE', 'SINCE'], rows)}`;
}
