import { Caller } from '../support/socket-client.ts';
import { percentile } from '../support/stats.ts';

/** What the load process is asked to do, as JSON on stdin. Everyone has a socket before the first one searches. */
export type MeetingOrder = {
  port: number;
  tokens: string[];
  /** The first so many search beforehand. */
  warmUp: number;
  /** Null: all in one moment. */
  perSecond: number | null;
  tags: number;
};
/** `lateMs`: how far the requests were behind their time. */
export type MeetingResult = { pairs: number; p50Ms: number; p99Ms: number; worstMs: number; lateMs: number };

type Seeker = { token: string; tags: string[]; askedAt: number; chatId: number; foundAt: number };

const FOUND = '42["match:found",';
const LINES = 50;
const QUIET_MS = 1000;
const WARM_UP_RATE = 200;

const { port, tokens, warmUp, perSecond, tags }: MeetingOrder = await Bun.stdin.json();
const seekers: Seeker[] = tokens.map((token) => ({ token, tags: [], askedAt: 0, chatId: 0, foundAt: 0 }));
let packets = 0;

const left = [...seekers];
await Promise.all(
  Array.from({ length: LINES }, async () => {
    for (let seeker = left.pop(); seeker; seeker = left.pop()) await connect(seeker);
  }),
);
await quiet();
const first = seekers.splice(0, warmUp);
await searchAll(first, WARM_UP_RATE);
await quiet();
for (const seeker of first) await ask(seeker, '/dequeue', {});
const lateMs = await searchAll(seekers, perSecond ?? Number.POSITIVE_INFINITY);
await quiet();
console.log(JSON.stringify(checked(seekers, lateMs)));
process.exit(0);

async function connect(seeker: Seeker): Promise<void> {
  await Caller.open({
    port,
    token: seeker.token,
    onPacket(bytes, start, end) {
      packets++;
      const packet = bytes.toString('utf8', start, end);
      if (!packet.startsWith(FOUND)) return;
      if (seeker.chatId) throw new Error('someone was paired twice');
      seeker.foundAt = performance.now();
      seeker.chatId = JSON.parse(packet.slice(2))[1].chat_id;
    },
  });
}

/** One after the other at a fixed rate, whether or not the answers have come. Gives the longest delay. */
async function searchAll(all: Seeker[], rate: number): Promise<number> {
  const began = performance.now();
  const answers: Promise<void>[] = [];
  let lateMs = 0;
  for (const [index, seeker] of all.entries()) {
    const dueAt = began + (index * 1000) / rate;
    const waitMs = dueAt - performance.now();
    if (waitMs > 1) await Bun.sleep(waitMs);
    lateMs = Math.max(lateMs, -waitMs);
    answers.push(search(seeker));
  }
  await Promise.all(answers);
  return lateMs;
}

async function search(seeker: Seeker): Promise<void> {
  seeker.tags = [...new Set(Array.from({ length: 1 + below(3) }, skewedTag))];
  seeker.askedAt = performance.now();
  await ask(seeker, '', { interests: seeker.tags });
}

async function ask({ token }: Seeker, path: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/portal/match${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`refused: ${await answer.text()}`);
}

/** The first tag is wanted by a sixth of all, the last by one in a thousand. */
function skewedTag(): string {
  return `tag${Math.floor(tags ** Math.random())}`;
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/** Everyone is in one pair or waits, and nobody waits while someone with a shared tag waits too. */
function checked(all: Seeker[], late: number): MeetingResult {
  const pairs = Map.groupBy(
    all.filter(({ chatId }) => chatId > 0),
    ({ chatId }) => chatId,
  );
  const tookMs: number[] = [];
  for (const [chatId, pair] of pairs) {
    const [one, other, third] = pair;
    if (!one || !other || third) throw new Error(`${pair.length} people were told of chat ${chatId}`);
    if (!one.tags.some((tag) => other.tags.includes(tag))) throw new Error('two without a shared tag were paired');
    tookMs.push(Math.max(one.foundAt, other.foundAt) - Math.max(one.askedAt, other.askedAt));
  }
  const waiting = all.filter(({ chatId }) => chatId === 0).flatMap((seeker) => seeker.tags);
  if (new Set(waiting).size < waiting.length) throw new Error('two who share a tag still wait');
  return {
    pairs: pairs.size,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    worstMs: percentile(tookMs, 1),
    lateMs: late,
  };
}

/** Waits until no more packets arrive. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== packets; ) {
    before = packets;
    await Bun.sleep(QUIET_MS);
  }
}
