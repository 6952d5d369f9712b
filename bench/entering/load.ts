import { usageOf } from '../support/server-process.ts';
import { Caller } from '../support/socket-client.ts';
import type { Person, PreparedChat } from '../support/world.ts';

/** What the load process is asked to do, as JSON on stdin. */
export type EnteringOrder = {
  port: number;
  pid: number;
  sockets: number;
  /** Joins of another room beforehand, to warm up the process. */
  warmUp: number;
  /** All sockets connect first, and only the joins are measured. Otherwise each socket connects and joins. */
  inSteps: boolean;
  /** Two chats, the first for the warm-up, and people who are in neither. Undefined for a bare server. */
  portal: { chats: [PreparedChat, PreparedChat]; people: Person[] } | undefined;
};

/** The result of one run of the load process; with `inSteps`, of the joins alone. */
export type EnteringResult = {
  /** From the first connection, or the first join, to the last acknowledgement. */
  ms: number;
  /** CPU time of the server, including the updates it broadcasts afterwards. */
  cpuMsEach: number;
  /** The size of the acknowledgements. */
  answerKbEach: number;
  /** Everything the server sends to anyone because of one join. */
  sentKbEach: number;
};

type KeyRequest = { epoch: number; recipients: { session_id: string }[] };

const LINES = 50;
/** Crowds and chat lists are updated once a second. */
const TOLD_MS = 1500;
const TOKEN = 'bench';
/** Never opened: sealing a thousand keys would take longer than everything the server does. */
const UNREAD_BLOB = 'A'.repeat(96);
const KEY_REQUEST = '42["portal:key_request"';

const { port, pid, sockets, warmUp, inSteps, portal }: EnteringOrder = await Bun.stdin.json();
const [warmUpRoom, room] = portal ? portal.chats.map(({ chatId }) => chatId) : [1, 2];
let bytesRead = 0;
let packets = 0;
let answerBytes = 0;
let opened = 0;

for (const chat of portal?.chats ?? []) await keep(chat);
await inLines(warmUp, async () => join(await open(), warmUpRoom));
await quiet();

const waiting: Caller[] = [];
if (inSteps) await inLines(sockets, async () => void waiting.push(await open()));
await quiet();

const before = usageOf(pid);
[bytesRead, answerBytes] = [0, 0];
const began = performance.now();
await inLines(sockets, async () => join(waiting.pop() ?? (await open()), room));
const ms = performance.now() - began;
await Bun.sleep(TOLD_MS);
const after = usageOf(pid);
await quiet();
const result: EnteringResult = {
  ms,
  cpuMsEach: (after.cpuMs - before.cpuMs) / sockets,
  answerKbEach: answerBytes / sockets / 1000,
  sentKbEach: (bytesRead + answerBytes) / sockets / 1000,
};
console.log(JSON.stringify(result));
process.exit(0);

function open(): Promise<Caller> {
  const token = portal ? portal.people[opened++]?.token : TOKEN;
  return Caller.open({ port, token: token ?? '', onPacket: count });
}

function count(_: Buffer, start: number, end: number): void {
  packets++;
  bytesRead += end - start;
}

async function join(caller: Caller, chatId: number | undefined): Promise<void> {
  const answer = await caller.call('room:join', { chat_id: chatId });
  if (!answer.includes('"ok":true')) throw new Error(`the join was refused: ${answer}`);
  answerBytes += answer.length;
}

/** The owner sits in the chat and shares its key with everyone who joins. */
async function keep({ chatId, members: [owner] }: PreparedChat): Promise<void> {
  const caller = await Caller.open({
    port,
    token: owner?.token ?? '',
    onPacket(bytes, start, end) {
      count(bytes, start, end);
      const packet = bytes.toString('utf8', start, end);
      if (!packet.startsWith(KEY_REQUEST)) return;
      const [, { epoch, recipients }] = JSON.parse(packet.slice(2)) as [string, KeyRequest];
      const keys = recipients.map(({ session_id }) => ({ session_id, blob: UNREAD_BLOB }));
      void caller.call('portal:key_share', { chat_id: chatId, epoch, keys });
    },
  });
  await join(caller, chatId);
}

/** Runs `work` this many times, `LINES` at a time. */
async function inLines(times: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  const line = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: LINES }, line));
}

/** Waits until no more packets arrive. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== packets; ) {
    before = packets;
    await Bun.sleep(TOLD_MS);
  }
}
