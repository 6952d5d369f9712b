import type { Neko } from '../neko/start-neko.ts';
import { asking } from '../support/browser-house.ts';
import type { Chat } from '../support/given.ts';
import { NekoEngine } from '../support/neko-engine.ts';
import type { TestPortalOptions } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse } from './house.ts';

type Said = { event: string; payload: Record<string, unknown> };
export type LineHouse = Awaited<ReturnType<typeof openLineHouse>>;

/** A server whose browsers are doubles of n.eko, and a chat whose browser is on. */
export async function openLineHouse({
  visibility,
  ...options
}: TestPortalOptions & { visibility?: 'public' | 'official' } = {}) {
  const engine = new NekoEngine();
  const house = await openHouse({ engine, ...options });
  const chat = await house.given.chat(visibility ? { visibility } : {});
  const asked = asking(house, chat.owner, chat);
  const { status } = await asked.start();
  if (status !== 200) throw new Error('the browser did not start');
  return {
    ...house,
    engine,
    chat,
    asked,
    get neko(): Neko {
      return engine.neko;
    },
    lines: () => house.modules.viewerLines.countOf(chat.id),
    page: (who: { token: string }, of: Chat = chat) => new LinePage(house.url, of.id, { token: who.token }).opened(),
    knock: (headers: Record<string, string>, path?: string) => knock(house.url, path ?? linePath(chat.id), headers),
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

export const linePath = (chatId: number | string) => `/v1/portal/chats/${chatId}/browser/ws`;

/** What the server answers to an upgrade: 101 when it is let in. */
export function knock(
  base: string,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; code?: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}${path}`, { headers } as never);
    socket.onopen = () => {
      socket.close();
      resolve({ status: 101 });
    };
    socket.onerror = () => {
      fetch(base + path, {
        headers: {
          ...headers,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        },
      }).then(
        async (response) => resolve({ status: response.status, ...((await response.json()) as { code: string }) }),
        reject,
      );
    };
  });
}

/** The page of the shared browser, as far as its line goes. */
export class LinePage {
  readonly said: Said[] = [];
  closed: number | undefined;
  readonly #socket: WebSocket;

  constructor(url: string, chatId: number, { token, origin }: { token: string; origin?: string }) {
    const headers = { cookie: `psession=${token}`, origin: origin ?? url };
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}${linePath(chatId)}`, { headers } as never);
    this.#socket.onmessage = ({ data }) => this.said.push(JSON.parse(String(data)) as Said);
    this.#socket.onclose = ({ code }) => {
      this.closed = code;
    };
  }

  /** Its name over there. */
  get session(): string {
    return String(this.of('system/init')[0]?.session_id);
  }

  get drives(): boolean {
    const { has_host, host_id } = this.of('control/host').at(-1) ?? {};
    return has_host === true && host_id === this.session;
  }

  get ended(): Record<string, unknown> | undefined {
    return this.of('portal/ended')[0];
  }

  of(event: string): Record<string, unknown>[] {
    return this.said.filter((one) => one.event === event).map(({ payload }) => payload);
  }

  async opened(): Promise<this> {
    await this.hears('system/init');
    return this;
  }

  async hears(event: string, count = 1): Promise<Record<string, unknown>> {
    await eventually(() => this.of(event).length >= count, {
      found: () => [...this.said.map((one) => one.event), this.closed],
    });
    return this.of(event).at(-1) as Record<string, unknown>;
  }

  send(event: string, payload: unknown = {}): void {
    this.sendText(JSON.stringify({ event, payload }));
  }

  sendText(text: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(text);
  }

  async watch(neko: Neko): Promise<this> {
    this.send('signal/request', { video: {}, audio: {} });
    await this.hears('signal/provide');
    this.send('signal/answer', { sdp: 'v=0\r\n' });
    await eventually(() => neko.session(this.session).state.is_watching);
    return this;
  }

  close(): void {
    this.#socket.close();
  }

  cut(): void {
    (this.#socket as unknown as { terminate(): void }).terminate();
  }

  async over(): Promise<number> {
    await eventually(() => this.closed !== undefined);
    return this.closed as number;
  }
}
