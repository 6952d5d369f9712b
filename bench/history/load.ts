import { Database } from 'bun:sqlite';
import { Caller } from '../support/socket-client.ts';
import { percentile } from '../support/stats.ts';
import type { PreparedChat } from '../support/world.ts';

/** What the load process is asked to do, as JSON on stdin: read pages out of two chats, then talk while the long one is cleared. */
export type HistoryOrder = {
  port: number;
  databaseFile: string;
  long: FilledChat;
  short: FilledChat;
  /** The chat in which people talk during the clearing. */
  other: PreparedChat;
  reads: number;
  content: string;
};

/** A chat that is already full. */
export type FilledChat = PreparedChat & { messages: number };

export type HistoryResult = {
  longP50Ms: number;
  longP99Ms: number;
  shortP50Ms: number;
  shortP99Ms: number;
  cleared: number;
  clearMs: number;
  /** From the start of the clearing until the disk holds none of it. */
  goneMs: number;
  sendP50Ms: number;
  sendP99Ms: number;
  sendMaxMs: number;
};

const PAGE = 500;
const POLL_MS = 250;

const order: HistoryOrder = await Bun.stdin.json();
const { port, databaseFile, long, short, other, reads, content } = order;

const [longMs, shortMs] = [await readPages(long), await readPages(short)];
const sendMs: number[] = [];
let isOver = false;
const talking = other.members.map(talk);
await Bun.sleep(1000);
sendMs.length = 0;
const began = performance.now();
const { cleared } = await call<{ cleared: number }>(long, 'POST', '/clear', {});
const clearMs = performance.now() - began;
while (isClearing()) await Bun.sleep(POLL_MS);
const goneMs = performance.now() - began;
isOver = true;
await Promise.all(talking);

const result: HistoryResult = {
  longP50Ms: percentile(longMs, 0.5),
  longP99Ms: percentile(longMs, 0.99),
  shortP50Ms: percentile(shortMs, 0.5),
  shortP99Ms: percentile(shortMs, 0.99),
  cleared,
  clearMs,
  goneMs,
  sendP50Ms: percentile(sendMs, 0.5),
  sendP99Ms: percentile(sendMs, 0.99),
  sendMaxMs: Math.max(...sendMs),
};
console.log(JSON.stringify(result));
process.exit(0);

/** Pages from anywhere in the chat, one at a time; every other one is the newest. */
async function readPages(chat: FilledChat): Promise<number[]> {
  const [newest] = (await call<{ id: string }[]>(chat, 'GET', '/history?limit=1')) as [{ id: string }];
  const last = Number(newest.id.split('-')[0]);
  const tookMs: number[] = [];
  for (let index = 0; index < reads; index++) {
    const back = Math.floor(Math.random() * chat.messages) * 1000;
    const before = index % 2 === 0 ? '' : `&before=${last - back}-0`;
    const beganMs = performance.now();
    await call(chat, 'GET', `/history?limit=${PAGE}${before}`);
    tookMs.push(performance.now() - beganMs);
  }
  // The first requests hit cold caches.
  return tookMs.slice(10);
}

/** Asks the database itself: no client is told. */
function isClearing(): boolean {
  const db = new Database(databaseFile, { readonly: true });
  const [row] = db
    .query<{ left: number }, number>('select is_clearing as left from chats where id = ?')
    .all(long.chatId);
  db.close();
  return row?.left === 1;
}

async function talk({ token }: { token: string }): Promise<void> {
  const caller = await Caller.open({ port, token, onPacket: () => {} });
  await caller.join(other.chatId);
  while (!isOver) {
    const beganMs = performance.now();
    const answer = await caller.call('message:send', { chat_id: other.chatId, content });
    if (!answer.includes('"ok":true')) throw new Error(`a message was refused: ${answer}`);
    sendMs.push(performance.now() - beganMs);
    await Bun.sleep(10);
  }
}

async function call<Answer>(chat: PreparedChat, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/portal/chats/${chat.chatId}${path}`, {
    method,
    headers: { authorization: `Bearer ${chat.members[0]?.token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}
