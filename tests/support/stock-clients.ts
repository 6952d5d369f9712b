import { join } from 'node:path';
import { testPortal } from './portal.ts';
import { sealed } from './sealed.ts';
import { eventually } from './waiting.ts';

/** What a stock client has to say about itself, and what it has heard. */
export type ClientEvent = {
  event: 'joined' | 'dropped' | 'failed' | 'refused' | 'sent' | 'heard';
  content?: string;
  error?: string;
  reason?: string;
};

/** Where a client goes, and what else its library is told. */
export type ClientOptions = {
  url: string;
  token: string;
  chat: number;
  reconnectionDelay: number;
  transports?: string[];
};

export type StockClient = {
  readonly name: string;
  readonly events: readonly ClientEvent[];
  send(content: string): void;
  close(): Promise<void>;
};

/** Short, so that a test need not wait for the libraries' own second. */
const RECONNECTION_DELAY_MS = 50;
const TALK_MS = 4000;
const TALKS = 4;

const NODE = ['node', join(import.meta.dir, 'stock-client.mjs')];

/** A data directory with one chat, and a session of somebody who may talk in it for each name. */
export async function prepareChat<Name extends string>(dataDir: string, names: readonly Name[]) {
  const portal = await testPortal({ dataDir, realTime: true });
  const chat = await portal.given.chat();
  const tokens = {} as Record<Name, string>;
  for (const name of names) {
    const who = await portal.given.member(chat);
    await portal.given.speaker(chat, who);
    tokens[name] = who.token;
  }
  await portal.close({ keep: true });
  return {
    chat: chat.id,
    /** The same for every kind of client. */
    options: (name: Name, url: string, transports?: string[]): ClientOptions => ({
      url,
      token: tokens[name],
      chat: chat.id,
      reconnectionDelay: RECONNECTION_DELAY_MS,
      ...(transports ? { transports } : {}),
    }),
  };
}

/** A client in a process of its own, by default `socket.io-client` in Node. */
export function stockClient(name: string, options: ClientOptions, program: readonly string[] = NODE): StockClient {
  const child = Bun.spawn([...program, JSON.stringify(options)], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' });
  const events: ClientEvent[] = [];
  void (async () => {
    let rest = '';
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line) as ClientEvent));
    }
    const complaint = await new Response(child.stderr).text();
    if (complaint) events.push({ event: 'failed', error: complaint.trim() });
  })();
  return {
    name,
    events,
    send(content) {
      child.stdin.write(`${content}\n`);
      void child.stdin.flush();
    },
    async close() {
      child.kill();
      await child.exited;
    },
  };
}

/** Clients that talk in one chat. Close it, or write `await using`. */
export class Party implements AsyncDisposable {
  readonly #clients: readonly StockClient[];
  #said = 0;

  constructor(clients: readonly StockClient[]) {
    this.#clients = clients;
  }

  /** All are in the chat, and each hears each other. */
  async isComplete(): Promise<void> {
    await this.#all(isIn);
    await this.#talk();
  }

  /**
   * All lose their connection by what is done, come back by themselves, and hear each other again. A client may not notice, if it
   * is said to be able to.
   */
  async livesThrough(disturbance: () => unknown, { unnoticedBy }: { unnoticedBy?: string } = {}): Promise<void> {
    const before = new Map(this.#clients.map((client) => [client, count(client, 'joined')]));
    await disturbance();
    const isBack = (client: StockClient) =>
      client.name === unnoticedBy || count(client, 'joined') > Number(before.get(client));
    await this.#all((client) => isBack(client) && isIn(client));
    await this.#talk();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /** A line may break while they talk: then they say it again, as people do. */
  async #talk(): Promise<void> {
    for (let left = TALKS - 1; left >= 0; left--) {
      const words = this.#clients.map(() => sealed({ bytes: 41 + ++this.#said }).content);
      for (const [index, client] of this.#clients.entries()) client.send(words[index] ?? '');
      const understood = this.#all(
        ({ events }) =>
          words.every((word) => events.some(({ event, content }) => event === 'heard' && content === word)),
        TALK_MS,
      );
      try {
        return await understood;
      } catch (error) {
        if (left === 0) throw error;
        await this.#all(isIn);
      }
    }
  }

  #all(isSo: (client: StockClient) => boolean, withinMs?: number): Promise<void> {
    return eventually(() => this.#clients.every(isSo), {
      ...(withinMs === undefined ? {} : { withinMs }),
      found: () => this.#clients.filter((client) => !isSo(client)).map(({ name, events }) => [name, events.slice(-6)]),
    });
  }
}

function count({ events }: StockClient, wanted: ClientEvent['event']): number {
  return events.filter(({ event }) => event === wanted).length;
}

function isIn({ events }: StockClient): boolean {
  return events.findLast(({ event }) => event === 'joined' || event === 'dropped')?.event === 'joined';
}
