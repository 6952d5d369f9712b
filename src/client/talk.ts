import { parseArgs } from 'node:util';
import { PortalClient } from './index.ts';
import { talkInGroup } from './talk/group-talk.ts';
import { KeyFile } from './talk/key-file.ts';
import { sentenceOf } from './talk/sentences.ts';
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
  --history <n>      print this many earlier messages (20)
  --keep <file>      keep your session and its keys in this file, which only you can read; from then
                     on start without --code
  --verified         seal only for people whom you have confirmed with /verify

Without one:
  --stranger <tag>…  meet someone who shares one of these interests: --stranger music chess

Each line is a message. /help lists the commands, Ctrl+D leaves.
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
    history: { type: 'string', default: '20' },
    keep: { type: 'string' },
    verified: { type: 'boolean', default: false },
    stranger: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});
const { code, key, keep, url, verified } = values;
const isComplete = values.stranger ? positionals.length > 0 && !keep : code || keep;
if (values.help || !key || !isComplete) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}
const history = Number(values.history);
if (!URL.canParse(url)) throw new Error('--url must be an address such as http://localhost:7331');
if (!Number.isInteger(history) || history < 0 || history > 500) throw new Error('--history must be 0 to 500');

terminal.explainBy((error) => sentenceOf(error, url));
const kept = keep ? new KeyFile(keep, url, () => client.rest.token) : undefined;
const client: PortalClient = new PortalClient({
  url,
  publicKey: key,
  trust: verified ? 'verified' : 'listed',
  ...(kept?.keptToken ? { token: kept.keptToken } : {}),
  ...(kept ? { storage: kept } : {}),
});
if (values.stranger) await talkToStrangers(client, terminal, positionals);
else await talkInGroup(client, terminal, { ...values, history, kept });
