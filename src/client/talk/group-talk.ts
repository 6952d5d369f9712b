import { type ChatRoom, isPortalError, type PortalClient } from '../index.ts';
import type { KeyFile } from './key-file.ts';
import { People } from './people.ts';
import { ROOM_HELP, RoomCommands } from './room-commands.ts';
import { placeOf } from './sentences.ts';
import type { Terminal } from './terminal.ts';
import { Transcript } from './transcript.ts';

/** How long the start may wait for the chat's key. */
const KEY_MS = 2000;

export type GroupOptions = {
  code?: string | undefined;
  new?: string | undefined;
  invite?: string | undefined;
  chat?: string | undefined;
  /** How many earlier messages to print. */
  history: number;
  kept?: KeyFile | undefined;
};

/** Talks in a chat of several people: one that exists, or a new one. */
export async function talkInGroup(client: PortalClient, terminal: Terminal, options: GroupOptions): Promise<void> {
  const { kept, history } = options;
  const me = await signIn(client, options);
  await client.connect();
  const room = await client.join(await chosenChat(client, terminal, options), { history });
  await untilKey(room);

  terminal.say(
    `You are ${me.username} in chat ${room.chatId}. Everything you type is sealed before it leaves this terminal.`,
  );
  terminal.say('/number shows the safety number to compare with the others, /help lists the commands, Ctrl+D leaves.');
  if (kept)
    terminal.say(`Your session and its keys are kept in ${kept.path}, for you alone: whoever has it can read along.`);
  const transcript = new Transcript(room, terminal, { name: me.username, isOwn: ({ sender }) => sender?.id === me.id });
  const commands = new RoomCommands(room, terminal, kept !== undefined);
  transcript.follow(history);
  tellOfChat(room, terminal);
  client.on('connected', () => terminal.say('* reconnected'));
  const stopComplaining = [
    client.on('disconnected', () => terminal.say(`* connection lost, reconnecting to ${placeOf(client.rest.url)}`)),
    client.on('timedOut', ({ until }) => terminal.say(`* you are timed out${until ? ` until ${until}` : ''}; waiting`)),
    client.on('ended', ({ error }) => void terminal.leave(`${error.message}.`)),
  ];
  terminal.onLeave(async () => {
    for (const stop of stopComplaining) stop();
    // A session whose keys are gone can read nothing more.
    if (!kept) await client.logout().catch(() => {});
    client.close();
  });
  await terminal.read((line) => {
    if (line.trim() === '/help') terminal.say(`* each line is a message, but for:${ROOM_HELP}`);
    else if (line.startsWith('/') && !commands.take(line)) terminal.say(`* there is no command "${line}"; see /help`);
    else if (!line.startsWith('/') && line.trim() !== '') transcript.send(line);
  });
  await terminal.leave('Bye.');
}

/** With the session that is kept, else with the code. */
async function signIn(client: PortalClient, { code, kept }: GroupOptions): Promise<{ id: number; username: string }> {
  if (kept?.keptToken !== undefined) {
    try {
      return await client.users.me();
    } catch (error) {
      if (!isPortalError(error, 'ERR_UNAUTHENTICATED')) throw error;
      // Without a code the keys stay: a server that was restored from a backup by mistake knows the session again later.
      if (code === undefined)
        throw new Error(
          `The session in ${kept.path} has ended. With --code another begins, and its keys are forgotten.`,
        );
      kept.discard();
    }
  }
  if (code === undefined) throw new Error('Sign in with --code: no session is kept yet.');
  return client.auth.verify({ code });
}

async function chosenChat(client: PortalClient, terminal: Terminal, options: GroupOptions): Promise<number> {
  if (options.invite) return (await client.invites.resolve(options.invite)).chat.id;
  if (options.chat) return Number(options.chat);
  const chat = await client.chats.create({ name: options.new ?? 'Talk' });
  const invite = await client.invites.create(chat.id);
  terminal.say(`Created chat ${chat.id}. Invite: ${invite.code}`);
  return chat.id;
}

/** Waits for the key, though not for long: with it, what was said before is printed in its order. */
async function untilKey(room: ChatRoom): Promise<void> {
  if (!room.hasKey) await Promise.race([room.next('key'), new Promise((resolve) => setTimeout(resolve, KEY_MS))]);
}

function tellOfChat(room: ChatRoom, terminal: Terminal): void {
  const say = (line: string) => terminal.say(`* ${line}`);
  const why = (reason: string | null | undefined) => (reason ? `: ${reason}` : '');
  const people = new People(room);
  const name = (userId: number) => people.nameOf({ userId });
  room.on('epoch', ({ epoch, reason }) => say(`new key ${epoch}${reason ? ` (${reason})` : ''}`));
  room.on('cleared', () => say('all messages were deleted'));
  room.on('deleted', ({ ids }) =>
    say(ids.length === 1 ? 'a message was deleted' : `${ids.length} messages were deleted`),
  );
  room.on('muted', ({ userId, reason }) => say(`${name(userId)} is muted${why(reason)}`));
  room.on('unmuted', ({ userId }) => say(`${name(userId)} is no longer muted`));
  room.on('kicked', ({ reason, banned }) => {
    void terminal.leave(`You were ${banned ? 'banned' : 'kicked'} from the chat${why(reason)}.`);
  });
  room.on('destroyed', () => void terminal.leave('The chat was destroyed.'));
}
