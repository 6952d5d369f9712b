import { decodeBase64, openEnvelope, parseEnvelope, sealEnvelope } from '../../src/client/index.ts';
import { usageOf } from '../support/server-process.ts';
import { Caller } from '../support/socket-client.ts';
import type { PreparedChat } from '../support/world.ts';
import { type Driver, EVENT, fillOf, type LoadOrder, newsOf, SEQ_OFFSET, TOKEN } from './protocol.ts';
import { Tally } from './tally.ts';

export const SENDERS = 4;

/** How to talk to one kind of server. */
type Dialect = {
  tokenOf(index: number): string;
  enter(caller: Caller): Promise<void>;
  payload(number: number): object;
  /** A number that is each broadcast's own; undefined for any other packet. */
  keyAt(bytes: Buffer, start: number): number | undefined;
  /** Compares all broadcasts in order with all acknowledgements. Throws when they do not match. */
  check(packets: readonly string[], answers: readonly string[]): void;
};

/** A crowd is told of arrivals once a second. */
const QUIET_MS = 1500;
const QUOTE = 0x22;

/**
 * Messages that clients send, each in its own packet and acknowledged, as in a chat; every one is broadcast. The first listener
 * to receive one sets its place in the order; all others must receive it in the same place.
 */
export function sentMessages({ port, pid, chat, spaced, bytes: size }: LoadOrder): Driver {
  const dialect = chat ? portalDialect(chat) : plainDialect(size);
  const order = new Order(dialect.keyAt);
  const tally = new Tally(order.numberOf);
  const senders: Caller[] = [];
  const answers: string[] = [];
  let opened = 0;

  async function open(onPacket: (bytes: Buffer, start: number, end: number) => void): Promise<Caller> {
    const caller = await Caller.open({ port, token: dialect.tokenOf(opened++), onPacket });
    await dialect.enter(caller);
    return caller;
  }

  async function send(number: number): Promise<void> {
    const sender = senders[number % SENDERS] as Caller;
    answers.push(await sender.call('message:send', dialect.payload(number)));
  }

  return {
    tally,
    async openListener() {
      await open(tally.listener());
    },
    async begin() {
      for (let index = 0; index < SENDERS; index++) senders.push(await open(() => {}));
      await quiet(tally);
      order.begin();
    },
    async broadcast(first, count) {
      const numbers = Array.from({ length: count }, (_, index) => first + index);
      if (!spaced) return void (await Promise.all(numbers.map(send)));
      await Promise.all(
        senders.map(async (_, line) => {
          for (const number of numbers) if (number % SENDERS === line) await send(number);
        }),
      );
    },
    usage: async () => usageOf(pid),
    finish: async () => dialect.check(order.packets, answers),
  };
}

/** Waits for silence: a thousand joins have been announced to a thousand sockets. */
async function quiet(tally: Tally): Promise<void> {
  for (let before = -1; before !== tally.packets; ) {
    before = tally.packets;
    await Bun.sleep(QUIET_MS);
  }
}

/** The servers of this folder. */
function plainDialect(size: number): Dialect {
  const fill = fillOf(size);
  return {
    tokenOf: () => TOKEN,
    enter: async () => {},
    payload: (number) => newsOf(number, fill),
    keyAt: (bytes, start) => (bytes[start + 4] === EVENT.charCodeAt(0) ? digits(bytes, start + SEQ_OFFSET) : undefined),
    check(packets, answers) {
      if (packets.length !== answers.length) throw new Error(`${answers.length} sent, ${packets.length} broadcast`);
    },
  };
}

/** A real Portal: messages are sealed in a chat whose members hold the key, and opened again at the end. */
function portalDialect({ chatId, name, epoch, chatKey, members }: PreparedChat): Dialect {
  const key = decodeBase64(chatKey);
  const prefix = `42["message:new",{"chat_id":${chatId},"chat_name":"${name}","id":"`;
  const text = (number: number) => String(number).padEnd(150, '.');
  const sealed = new Map<number, string>();
  return {
    tokenOf: (index) => members[index]?.token ?? '',
    enter: (caller) => caller.join(chatId),
    payload(number) {
      sealed.set(number, sealEnvelope(text(number), epoch, key));
      return { chat_id: chatId, content: sealed.get(number) };
    },
    /** `1710000000000-0` as one number; fewer than 1,000 messages share a millisecond. */
    keyAt(bytes, start) {
      if (bytes[start + 15] !== QUOTE || bytes[start + 12] !== 0x6e) return undefined;
      const seqAt = start + prefix.length + 14;
      return digits(bytes, start + prefix.length) * 1000 + digits(bytes, seqAt);
    },
    check(packets, answers) {
      const entries = packets.map(
        (packet) => JSON.parse(packet)[1] as { id: string; prev_id: string; content: string },
      );
      const stray = entries.findIndex(({ prev_id }, index) => index > 0 && prev_id !== entries[index - 1]?.id);
      if (stray >= 0) throw new Error(`message ${stray} does not follow the one before`);
      const ids = new Set(entries.map(({ id }) => `[${JSON.stringify({ id, ok: true })}]`));
      if (ids.size !== answers.length || !answers.every((answer) => ids.has(answer)))
        throw new Error('what was acknowledged is not what went out');
      const texts = new Set(entries.map(({ content }) => openEnvelope(parseEnvelope(content), key)));
      if (![...sealed.keys()].every((number) => texts.has(text(number)))) throw new Error('a text is missing');
    },
  };
}

/** The number that begins here. */
function digits(bytes: Buffer, start: number): number {
  let number = 0;
  for (let at = start; ; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return number;
    number = number * 10 + digit;
  }
}

/** The order in which broadcasts first arrived. */
class Order {
  readonly packets: string[] = [];
  readonly #keyAt: Dialect['keyAt'];
  readonly #keys: number[] = [];
  readonly #numbers = new Map<number, number>();
  #isBegun = false;

  constructor(keyAt: Dialect['keyAt']) {
    this.#keyAt = keyAt;
  }

  begin(): void {
    this.#isBegun = true;
  }

  numberOf = (bytes: Buffer, start: number, end: number, expected: number): number | undefined => {
    const key = this.#isBegun ? this.#keyAt(bytes, start) : undefined;
    if (key === undefined || this.#keys[expected] === key) return key === undefined ? undefined : expected;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.packets.push(bytes.toString('utf8', start + 2, end));
    this.#numbers.set(key, this.#keys.length);
    return this.#keys.push(key) - 1;
  };
}
