import {
  createChatKey,
  decodeBase64,
  encodeBase64,
  type KeyPair,
  openKeyBlob,
  sealKeyBlob,
} from '../../src/client/index.ts';
import { Caller } from '../support/socket-client.ts';
import { percentile } from '../support/stats.ts';
import type { Person, PreparedChat } from '../support/world.ts';

/** What the load process is asked to do, as JSON on stdin: all members sit in the chat, then the newcomers follow a link. */
export type JoinOrder = { port: number; chat: PreparedChat; newcomers: Person[]; overMs: number };

/** What it found. Times run from the sending of `room:join` to the chat key, opened. */
export type JoinResult = {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** The longest wait of the server's event loop, by its own account. */
  lagMs: number;
  /** A member's message meanwhile, from the sending to the acknowledgement. */
  sendP99Ms: number;
  /** Messages that had no key, or an old one, in that moment. */
  refused: number;
  epochs: number;
  /** Frames that came to one member who was there before. */
  framesEach: number;
  kilobytesEach: number;
};

type KeyRequest = { epoch: number; generate: boolean; recipients: { session_id: string; public_key: string }[] };
type SealedKey = { epoch: number; blob: string; sender_public_key: string };
type Joined = { ok: boolean; epoch: number; key: Omit<SealedKey, 'epoch'> | null };

const AT_ONCE = 100;
const PATIENCE_MS = 30_000;
/** For those who do not read theirs: thousands of clients seal on thousands of machines, but this is one. */
const UNREAD_BLOB = 'A'.repeat(96);
const KEY_REQUEST = Buffer.from('42["portal:key_request"');
const KEY_SHARED = Buffer.from('42["portal:key_shared"');

const { port, chat, newcomers, overMs }: JoinOrder = JSON.parse(await Bun.stdin.text());
/** By epoch. Whoever is asked for a key holds it: the server knows that, so the clients need not. */
const chatKeys = new Map<number, Uint8Array>([[chat.epoch, decodeBase64(chat.chatKey)]]);
let epoch = chat.epoch;
let refused = 0;
const isNewcomer = new Set(newcomers.map(({ sessionId }) => sessionId));
let frames = 0;
let bytesRead = 0;

const [owner] = chat.members as [Person];
const invite = await post<{ code: string }>(owner, `/v1/portal/chats/${chat.chatId}/invites`, {});
for (let at = 0; at < chat.members.length; at += AT_ONCE)
  await Promise.all(chat.members.slice(at, at + AT_ONCE).map((person) => sit(person)));
await quiet();
await longestLag();
frames = 0;
bytesRead = 0;

const talker = await Caller.open({ port, token: owner.token, onPacket: () => {} });
await talker.join(chat.chatId);
let isOver = false;
const sendMs: number[] = [];
const talking = talk();
const keyMs = await Promise.all(
  newcomers.map(async (person, index) => {
    await Bun.sleep((overMs * index) / newcomers.length);
    return arrive(person);
  }),
);
await Bun.sleep(1000);
isOver = true;
await talking;
const result: JoinResult = {
  p50Ms: percentile(keyMs, 0.5),
  p99Ms: percentile(keyMs, 0.99),
  maxMs: Math.max(...keyMs),
  lagMs: (await longestLag()) * 1000,
  sendP99Ms: percentile(sendMs, 0.99),
  refused,
  epochs: epoch,
  framesEach: frames / chat.members.length,
  kilobytesEach: bytesRead / chat.members.length / 1000,
};
console.log(JSON.stringify(result));
process.exit(0);

/** Somebody is in the chat, and seals its key for whom the server names. */
async function sit(person: Person, onShared?: (shared: SealedKey) => void): Promise<Joined> {
  const keys = keysOf(person);
  const caller = await Caller.open({
    port,
    token: person.token,
    onPacket(bytes, start, end) {
      frames++;
      bytesRead += end - start;
      if (begins(bytes, start, KEY_REQUEST)) share(caller, keys, read(bytes, start, end));
      else if (onShared && begins(bytes, start, KEY_SHARED)) onShared(read(bytes, start, end));
    },
  });
  const answer = await caller.call('room:join', { chat_id: chat.chatId });
  const [joined] = JSON.parse(answer) as [Joined];
  if (!joined.ok) throw new Error(`the join was refused: ${answer}`);
  return joined;
}

/** A newcomer follows the link, comes in, and waits for the key. */
async function arrive(person: Person): Promise<number> {
  await post(person, `/v1/portal/resolve/${invite.code}`, {});
  const keys = keysOf(person);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('a newcomer was left without the key')), PATIENCE_MS);
  const take = (shared: SealedKey) => {
    const opened = openKeyBlob(shared.blob, shared.sender_public_key, keys);
    const isRight = encodeBase64(opened) === encodeBase64(chatKeys.get(shared.epoch) ?? new Uint8Array());
    if (isRight) resolve();
    else reject(new Error('a newcomer got another key'));
  };
  const beganMs = performance.now();
  const { key, epoch: joinedIn } = await sit(person, take);
  if (key) take({ ...key, epoch: joinedIn });
  await promise;
  clearTimeout(timer);
  return performance.now() - beganMs;
}

/** A message every fifth of a second; what is in it is nobody’s concern here. */
async function talk(): Promise<void> {
  while (!isOver) {
    const content = JSON.stringify({ v: 2, epoch, ct: 'A'.repeat(200) });
    const beganMs = performance.now();
    const answer = await talker.call('message:send', { chat_id: chat.chatId, content });
    if (answer.includes('"ok":true')) sendMs.push(performance.now() - beganMs);
    else refused++;
    await Bun.sleep(200);
  }
}

function share(caller: Caller, keys: KeyPair, request: KeyRequest): void {
  const { generate, recipients } = request;
  epoch = Math.max(epoch, request.epoch);
  if (generate && !chatKeys.has(request.epoch)) chatKeys.set(request.epoch, createChatKey());
  const key = chatKeys.get(request.epoch);
  if (!key) return;
  const sealed = recipients.map(({ session_id, public_key }) => ({
    session_id,
    blob: isNewcomer.has(session_id) ? sealKeyBlob(key, public_key, keys) : UNREAD_BLOB,
  }));
  void caller.call('portal:key_share', { chat_id: chat.chatId, epoch: request.epoch, keys: sealed });
}

function keysOf({ publicKey, secretKey }: Person): KeyPair {
  return { publicKey, secretKey: decodeBase64(secretKey) };
}

function begins(bytes: Buffer, start: number, with_: Buffer): boolean {
  return bytes[start + 4] === with_[4] && bytes.subarray(start, start + with_.length).equals(with_);
}

function read<Payload>(bytes: Buffer, start: number, end: number): Payload {
  return (JSON.parse(bytes.toString('utf8', start + 2, end)) as [string, Payload])[1];
}

async function post<Answer>({ token }: Person, path: string, body: object): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** In seconds, since this was last asked. */
async function longestLag(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^portal_event_loop_lag_seconds (\S+)$/m.exec(text)?.[1]);
}

/** When nothing more comes: that thousands have come has been told to thousands. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== frames; ) {
    before = frames;
    await Bun.sleep(2000);
  }
}
