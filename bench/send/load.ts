import { decodeBase64, sealEnvelope } from '../../src/client/index.ts';
import { postRequest, runHttpClient } from '../support/http-client.ts';
import { Caller } from '../support/socket-client.ts';
import type { PreparedChat } from '../support/world.ts';

/** What the load process is asked to do, as JSON on stdin. */
export type SendOrder = {
  port: number;
  chats: PreparedChat[];
  /** How messages go in: to the yardstick, or to Portal over REST or the socket. */
  way: 'bare' | 'rest' | 'socket';
  warmUpMs: number;
  measureMs: number;
};
export type SendResult = {
  /** In all, the warming up included. */
  accepted: number;
  acceptedPerSecond: number;
  refused: number;
  /** Of what was accepted, how much did not come back to every socket of its chat. */
  undelivered: number;
};

const { port, chats, way, warmUpMs, measureMs }: SendOrder = await Bun.stdin.json();
const TEXT = 'x'.repeat(150);
const NEW_MESSAGE = '42["message:new"';
const PATIENCE_MS = 5000;

let isStopped = false;
let accepted = 0;
let refused = 0;
let delivered = 0;

const senders = chats.flatMap((chat) => {
  const content = sealEnvelope(TEXT, chat.epoch, decodeBase64(chat.chatKey));
  return chat.members.map((member) => ({ chat, member, content }));
});
type Sender = (typeof senders)[number];

const start =
  way === 'socket'
    ? await Promise.all(senders.map(sendOverSocket))
    : await Promise.all(senders.map(way === 'rest' ? sendOverRest : sendBare));
const work = start.map((begin) => begin());

await Bun.sleep(warmUpMs);
const [began, before] = [performance.now(), accepted];
await Bun.sleep(measureMs);
const acceptedPerSecond = ((accepted - before) / (performance.now() - began)) * 1000;
isStopped = true;
await Promise.all(work);
const result: SendResult = {
  accepted,
  acceptedPerSecond,
  refused,
  undelivered: way === 'bare' ? 0 : await undelivered(),
};
console.log(JSON.stringify(result));
process.exit(0);

async function sendBare(sender: Sender): Promise<() => Promise<void>> {
  return () => postAgainAndAgain(sender);
}

async function sendOverRest(sender: Sender): Promise<() => Promise<void>> {
  await joinChat(sender.chat, sender.member.token);
  return () => postAgainAndAgain(sender);
}

function postAgainAndAgain({ chat, member, content }: Sender): Promise<void> {
  const path = `/v1/portal/chats/${chat.chatId}/messages`;
  return runHttpClient({
    port,
    request: postRequest(port, path, member.token, { content }),
    isStopped: () => isStopped,
    onAnswer: (status) => count(status === 200),
  });
}

/** The next message when the last is acknowledged. */
async function sendOverSocket({ chat, member, content }: Sender): Promise<() => Promise<void>> {
  const caller = await joinChat(chat, member.token);
  return async () => {
    while (!isStopped)
      count((await caller.call('message:send', { chat_id: chat.chatId, content })).includes('"ok":true'));
  };
}

/** A socket in the chat: without one nobody may speak there. It counts what comes. */
async function joinChat({ chatId }: PreparedChat, token: string): Promise<Caller> {
  const caller = await Caller.open({
    port,
    token,
    onPacket(bytes, start) {
      if (isNewMessage(bytes, start)) delivered++;
    },
  });
  await caller.join(chatId);
  return caller;
}

/** Sealed messages alone: the server's own lines name no sender. */
function isNewMessage(bytes: Buffer, start: number): boolean {
  // The name alone is compared; `message:` is common to several events.
  return bytes[start + 12] === 0x6e && bytes.toString('latin1', start, start + NEW_MESSAGE.length) === NEW_MESSAGE;
}

function count(isAccepted: boolean): void {
  if (isAccepted) accepted++;
  else refused++;
}

async function undelivered(): Promise<number> {
  const expected = accepted * (chats[0]?.members.length ?? 0);
  const until = performance.now() + PATIENCE_MS;
  while (delivered < expected && performance.now() < until) await Bun.sleep(10);
  return Math.max(0, expected - delivered);
}
