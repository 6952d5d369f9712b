import { usageOf } from '../support/server-process.ts';
import { Caller } from '../support/socket-client.ts';
import { percentile } from '../support/stats.ts';
import type { Person, PreparedChat } from '../support/world.ts';

/** What the load process is asked to do, as JSON on stdin. */
export type SteadyOrder = { port: number; pid: number; chats: PreparedChat[]; perSecond: number; seconds: number };

export type SteadyResult = {
  sent: number;
  refused: number;
  /** Of every message to every socket of its chat. */
  delivered: number;
  lost: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Of the server: with everybody connected, before the first message; at the end. */
  rssBeforeMb: number;
  rssAfterMb: number;
  /** At every tenth of the time. */
  rssMb: number[];
};

const AT_ONCE = 100;
const TICK_MS = 20;
const PATIENCE_MS = 10_000;
/** Times of so many messages are kept: those at the end of a long run stand for all. */
const KEPT = 2_000_000;
const NEW_MESSAGE = Buffer.from('42["message:new"');
const NUMBER = Buffer.from('ct\\":\\"');
const DIGITS = 12;

const { port, pid, chats, perSecond, seconds }: SteadyOrder = await Bun.stdin.json();
const sentAt = new Map<number, { ms: number; left: number }>();
const tookMs = new Float32Array(KEPT);
let [sent, refused, delivered] = [0, 0, 0];

const people = chats.flatMap((chat) => chat.members.map((member) => ({ chat, member })));
const senders: { chat: PreparedChat; caller: Caller }[] = [];
for (let at = 0; at < people.length; at += AT_ONCE)
  senders.push(...(await Promise.all(people.slice(at, at + AT_ONCE).map(({ chat, member }) => sit(chat, member)))));
await Bun.sleep(3000);

const rssBeforeMb = usageOf(pid).rssMb;
const rssMb: number[] = [];
const beganMs = performance.now();
let nextSample = 1;
for (;;) {
  const elapsedS = (performance.now() - beganMs) / 1000;
  if (elapsedS >= (seconds * nextSample) / 10) {
    rssMb.push(Math.round(usageOf(pid).rssMb));
    nextSample++;
  }
  if (elapsedS >= seconds) break;
  while (sent < elapsedS * perSecond) send();
  await Bun.sleep(TICK_MS);
}
const deadline = performance.now() + PATIENCE_MS;
while (sentAt.size > 0 && performance.now() < deadline) await Bun.sleep(50);

const times = [...tookMs.subarray(0, Math.min(delivered, KEPT))];
const result: SteadyResult = {
  sent,
  refused,
  delivered,
  lost: [...sentAt.values()].reduce((sum, { left }) => sum + left, 0),
  p50Ms: percentile(times, 0.5),
  p99Ms: percentile(times, 0.99),
  maxMs: times.reduce((longest, ms) => Math.max(longest, ms), 0),
  rssBeforeMb,
  rssAfterMb: usageOf(pid).rssMb,
  rssMb,
};
console.log(JSON.stringify(result));
process.exit(0);

async function sit(chat: PreparedChat, { token }: Person) {
  const caller = await Caller.open({ port, token, onPacket: received });
  await caller.join(chat.chatId);
  return { chat, caller };
}

/** The next message, from whoever’s turn it is; its number is what it says. */
function send(): void {
  const number = sent++;
  const { chat, caller } = senders[(number * 7919) % senders.length] as (typeof senders)[number];
  const ct = String(number).padStart(DIGITS, '0').padEnd(300, 'A');
  sentAt.set(number, { ms: performance.now(), left: chat.members.length });
  void caller
    .call('message:send', { chat_id: chat.chatId, content: JSON.stringify({ v: 2, epoch: chat.epoch, ct }) })
    .then((answer) => {
      if (answer.includes('"ok":true')) return;
      refused++;
      sentAt.delete(number);
    });
}

function received(bytes: Buffer, start: number, end: number): void {
  if (bytes[start + 4] !== NEW_MESSAGE[4] || !bytes.subarray(start, start + NEW_MESSAGE.length).equals(NEW_MESSAGE))
    return;
  const at = bytes.subarray(start, end).indexOf(NUMBER);
  if (at < 0) return;
  const number = Number(bytes.toString('latin1', start + at + NUMBER.length, start + at + NUMBER.length + DIGITS));
  const message = sentAt.get(number);
  if (!message) return;
  tookMs[delivered++ % KEPT] = performance.now() - message.ms;
  if (--message.left === 0) sentAt.delete(number);
}
