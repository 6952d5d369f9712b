import { parseArgs } from 'node:util';
import { measureDockerBrowser } from './browser/docker.ts';
import { measureBrowser } from './browser/measure.ts';
import { measureBystander } from './bystander/measure.ts';
import { measureDisk } from './disk/measure.ts';
import { measureEntering } from './entering/measure.ts';
import { measureFanout } from './fanout/measure.ts';
import { measureHistory } from './history/measure.ts';
import { measureJoin } from './join/measure.ts';
import { measureMatch } from './match/measure.ts';
import { measureSealing } from './sealing/measure.ts';
import { measureSend } from './send/measure.ts';
import { measureStart } from './start/measure.ts';
import { measureSteady } from './steady/measure.ts';
import type { Finding } from './support/finding.ts';
import { measureUsers } from './users/measure.ts';

const USAGE = `Usage: npm run bench -- [fanout] [send] [users] [start] [join] [entering] [history]
                             [steady] [bystander] [disk] [match] [browser] [docker] [sealing]
                             [options]

Measures on loopback alone; everything it starts it also stops. Without a name: all. See bench/README.md.

  --quick                     fewer rounds: for a first look
  --rounds <n>                rounds of fanout, send, users, entering and sealing (5)
  --sockets <n>               listeners of fanout, and who comes in entering (1000)
  --broadcasts <n>            broadcasts of one run of fanout (400)
  --batch <n>                 broadcasts under way at once (100)
  --members <n>               people in the chat of join (5000); a fifth as many come
  --closed                    join: the history of the chat is closed
  --messages <n>              in the long chat of history (1000000)
  --seconds <n>               how long steady goes on (60)
  --server 'name=command …'   one more server for fanout
`;

const NAMES = [
  'fanout',
  'send',
  'users',
  'start',
  'join',
  'entering',
  'history',
  'steady',
  'bystander',
  'disk',
  'match',
  'browser',
  'docker',
  'sealing',
] as const;

const { values, positionals } = readArguments();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const rounds = values.rounds === undefined ? (values.quick ? 1 : 5) : Number(values.rounds);
const measures: Record<(typeof NAMES)[number], () => Promise<Finding[]>> = {
  fanout: () =>
    measureFanout({
      rounds,
      sockets: Number(values.sockets),
      broadcasts: Number(values.broadcasts),
      batch: Number(values.batch),
      servers: values.server,
    }),
  send: () => measureSend({ rounds, measureMs: values.quick ? 1500 : 3000 }),
  users: () => measureUsers({ rounds, measureMs: values.quick ? 1500 : 3000 }),
  join: () =>
    measureJoin({
      rounds: Math.min(rounds, 3),
      members: Number(values.members),
      newcomers: Number(values.members) / 5,
      overMs: 10_000,
      isClosed: values.closed,
    }),
  entering: () => measureEntering({ rounds, sockets: Number(values.sockets) }),
  history: () => measureHistory({ rounds: Math.min(rounds, 3), messages: Number(values.messages) }),
  steady: () => measureSteady({ chats: 200, sockets: 5000, perSecond: 500, seconds: Number(values.seconds) }),
  disk: () => measureDisk({ rounds, measureMs: values.quick ? 2000 : 5000 }),
  match: () => measureMatch({ isQuick: values.quick }),
  browser: () =>
    measureBrowser(values.quick ? { starts: 3, clicks: 15, overMs: 3000 } : { starts: 10, clicks: 60, overMs: 8000 }),
  docker: () =>
    measureDockerBrowser(
      values.quick ? { starts: 3, kicks: 3, messages: 40 } : { starts: 10, kicks: 10, messages: 200 },
    ),
  sealing: () => measureSealing({ rounds, eachMs: values.quick ? 200 : 500 }),
  bystander: () => measureBystander({ floodMs: values.quick ? 3000 : 10_000 }),
  start: () => measureStart(values.quick ? { starts: 3, idleStarts: 1 } : { starts: 9, idleStarts: 3 }),
};

const findings: Finding[] = [];
for (const name of NAMES) {
  if (positionals.length === 0 || positionals.includes(name)) findings.push(...(await measures[name]()));
}
console.log('\nAll');
console.table(findings.map(({ ok, ...finding }) => ({ ...finding, ok: ok === undefined ? '' : ok ? 'ok' : 'NOT' })));

function readArguments() {
  try {
    const read = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        sockets: { type: 'string', default: '1000' },
        broadcasts: { type: 'string', default: '400' },
        members: { type: 'string', default: '5000' },
        closed: { type: 'boolean', default: false },
        messages: { type: 'string', default: '1000000' },
        seconds: { type: 'string', default: '60' },
        batch: { type: 'string', default: '100' },
        server: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const unknown = read.positionals.find((name) => !(NAMES as readonly string[]).includes(name));
    if (unknown !== undefined) throw new Error(`There is no measurement "${unknown}"`);
    return read;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
