import type { ChatRoom, PortalClient, RoomMessage } from '../index.ts';
import { numberOf, tellOfKeys, textOf } from './lines.ts';
import type { Terminal } from './terminal.ts';

export type GroupOptions = {
  code: string;
  new?: string | undefined;
  invite?: string | undefined;
  chat?: string | undefined;
};

/** Talks in a chat of several people: one that exists, or a new one. */
export async function talkInGroup(client: PortalClient, terminal: Terminal, options: GroupOptions): Promise<never> {
  const me = await client.auth.verify({ code: options.code });
  await client.connect();
  const room = await client.join(await chosenChat(client, terminal, options));
  const say = (line: string) => terminal.say(line);

  say(`You are ${me.username} in chat ${room.chatId}. Everything you type is sealed before it leaves this terminal.`);
  say('Type /number to compare safety numbers, Ctrl+D to leave.');
  const show = (message: RoomMessage) => {
    const { type, sender, body, entry } = message;
    if (sender?.id === me.id && terminal.shows(body)) return;
    if (type === 'system') say(`* ${entry.content}`);
    else say(`${sender?.username ?? '?'}: ${textOf(message)}`);
  };
  for (const message of room.messages) show(message);
  room.on('message', show);
  tellOfKeys(room, say);
  room.on('epoch', ({ epoch, reason }) => say(`* new key ${epoch} (${reason})`));
  room.on('kicked', ({ reason, banned }) => {
    terminal.leave(`You were ${banned ? 'banned' : 'kicked'} from the chat${reason ? `: ${reason}` : ''}.`);
  });
  room.on('destroyed', () => terminal.leave('The chat was destroyed.'));
  client.on('connected', () => say('* reconnected'));
  await terminal.read((line) => take(line, room, terminal));
  return terminal.leave('Bye.');
}

async function take(line: string, room: ChatRoom, terminal: Terminal): Promise<void> {
  if (line === '/number') terminal.say(`* ${numberOf(room)}`);
  else if (line.trim() !== '') await terminal.send(line, (text) => room.send(text));
}

async function chosenChat(client: PortalClient, terminal: Terminal, options: GroupOptions): Promise<number> {
  if (options.invite) return (await client.invites.resolve(options.invite)).chat.id;
  if (options.chat) return Number(options.chat);
  const chat = await client.chats.create({ name: options.new ?? 'Talk' });
  const invite = await client.invites.create(chat.id);
  terminal.say(`Created chat ${chat.id}. Invite: ${invite.code}`);
  return chat.id;
}
