import { parseArgs } from 'node:util';
import { PortalClient } from './index.ts';
import { talkInGroup } from './talk/group-talk.ts';
import { talkToStrangers } from './talk/stranger-talk.ts';
import { Terminal } from './talk/terminal.ts';

// Talks in the terminal, and an example of how to use the client library.

const usage = `Chat from the terminal.

  --url <address>    the instance (http://localhost:7331)
  --key <hpub_…>     its public key: portal public-key

With an account:
  --code <code>      your login code: portal login-code <username>
  --new <name>       create a chat and an invite to it
  --invite <code>    join with an invite
  --chat <id>        enter a chat you already belong to

Without one:
  --stranger <tag>…  meet someone who shares one of these interests: --stranger music chess

Each line is a message. /number shows the safety number, Ctrl+D leaves. With strangers there are
also /next, /leave and /report <why>.
`;

const terminal = new Terminal();
process.on('uncaughtException', (error) => terminal.fail(error));

const isStranger = process.argv.slice(2).some((word) => word === '--stranger');
const { values, positionals } = parseArgs({
  allowPositionals: isStranger,
  options: {
    url: { type: 'string', default: 'http://localhost:7331' },
    key: { type: 'string' },
    code: { type: 'string' },
    new: { type: 'string' },
    invite: { type: 'string' },
    chat: { type: 'string' },
    stranger: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { code, key, url } = values;
const isComplete = values.stranger ? positionals.length > 0 : code;
if (values.help || !key || !isComplete) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}

const client = new PortalClient({ url, publicKey: key });
const stopComplaining = client.on('disconnected', () => terminal.say('* connection lost, reconnecting'));
terminal.onLeave(() => {
  stopComplaining();
  client.close();
});
if (values.stranger) await talkToStrangers(client, terminal, positionals);
else await talkInGroup(client, terminal, { ...values, code: code ?? '' });
