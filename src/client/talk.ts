import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { parseArgs } from 'node:util';
import { formatSafetyNumber, PortalClient, type RoomMessage } from './index.ts';

// A chat in the terminal, and an example of how to use the client library.

const usage = `Chat from the terminal.

  --url <address>    the instance (http://localhost:7331)
  --key <hpub_…>     its public key: portal public-key
  --code <code>      your login code: portal login-code <username>
  --new <name>       create a chat and an invite to it
  --invite <code>    join with an invite
  --chat <id>        enter a chat you already belong to

Each line is a message. /number shows the safety number, Ctrl+D leaves.
`;

process.on('uncaughtException', ({ message }) => {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
});

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:7331' },
    key: { type: 'string' },
    code: { type: 'string' },
    new: { type: 'string' },
    invite: { type: 'string' },
    chat: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help || !values.key || !values.code) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}

const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
let lines: Interface | undefined;

const client = new PortalClient({ url: values.url, publicKey: values.key });
const me = await client.rest.verify(values.code);
await client.connect();
const room = await client.join(await chosenChat());

/** Lines that the terminal already shows, because they were typed there. */
const typed = new Set<string>();

say(`You are ${me.username} in chat ${room.chatId}. Everything you type is sealed before it leaves this terminal.`);
say('Type /number to compare safety numbers, Ctrl+D to leave.');
for (const message of room.messages) show(message);
room.on('message', show);
room.on('epoch', ({ epoch, reason }) => say(`* new key ${epoch} (${reason})`));
room.on('kicked', ({ reason, banned }) => {
  leave(`You were ${banned ? 'banned' : 'kicked'} from the chat${reason ? `: ${reason}` : ''}.`);
});
room.on('destroyed', () => leave('The chat was destroyed.'));
const stopComplaining = client.on('disconnected', () => say('* connection lost, reconnecting'));
client.on('connected', () => say('* reconnected'));

lines = createInterface({ input: process.stdin, ...(isTerminal ? { output: process.stdout } : {}), prompt: '> ' });
if (isTerminal) lines.prompt();
for await (const line of lines) {
  if (line === '/number') say(`* safety number: ${formatSafetyNumber(room.safetyNumber())}`);
  else if (line.trim() !== '') await send(line);
  if (isTerminal) lines.prompt(true);
}
leave('Bye.');

/** Prints a line above the one being typed, which is drawn again below it. */
function say(line: string): void {
  if (!lines || !isTerminal) {
    process.stdout.write(`${line}\n`);
    return;
  }
  moveCursor(process.stdout, 0, -lines.getCursorPos().rows);
  cursorTo(process.stdout, 0);
  clearScreenDown(process.stdout);
  process.stdout.write(`${line}\n`);
  lines.prompt(true);
}

async function chosenChat(): Promise<number> {
  if (values.invite) return (await client.rest.resolve(values.invite)).chat.id;
  if (values.chat) return Number(values.chat);
  const chat = await client.rest.createChat({ name: values.new ?? 'Talk' });
  const invite = await client.rest.createInvite(chat.id);
  say(`Created chat ${chat.id}. Invite: ${invite.code}`);
  return chat.id;
}

async function send(line: string): Promise<void> {
  if (isTerminal) typed.add(line);
  await room.send(line).catch((error: Error) => say(`* not sent (${error.message}): ${line}`));
  typed.delete(line);
}

function show({ type, sender, body, entry }: RoomMessage): void {
  if (sender?.id === me.id && typed.has(body ?? '')) return;
  if (type === 'system') say(`* ${entry.content}`);
  else say(`${sender?.username ?? '?'}: ${body ?? '(sealed with a key you do not have)'}`);
}

function leave(word: string): void {
  lines?.close();
  lines = undefined;
  process.stdout.write(`${isTerminal ? '\n' : ''}${word}\n`);
  stopComplaining();
  client.close();
  process.exit(0);
}
