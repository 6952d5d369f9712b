import { eventually } from '../support/waiting.ts';
import type { Neko } from './start-neko.ts';

export type Message = { event: string; payload: Record<string, unknown> };

/** One line, as a page of n.eko has it. */
export class NekoLine {
  readonly #socket: WebSocket;
  readonly messages: Message[] = [];
  closed: number | undefined;

  constructor(address: string, token: string | undefined) {
    const query = token === undefined ? '' : `?token=${token}`;
    this.#socket = new WebSocket(`${address.replace('http', 'ws')}/api/ws${query}`);
    this.#socket.onmessage = ({ data }) => this.messages.push(JSON.parse(String(data)) as Message);
    this.#socket.onclose = ({ code }) => {
      this.closed = code;
    };
  }

  of(event: string): Message['payload'][] {
    return this.messages.filter((one) => one.event === event).map(({ payload }) => payload);
  }

  async next(event: string, count = 1): Promise<Message['payload']> {
    await eventually(() => this.of(event).length >= count, { found: () => this.messages.map((one) => one.event) });
    return this.of(event)[count - 1] as Message['payload'];
  }

  async end(): Promise<number> {
    await eventually(() => this.closed !== undefined);
    return this.closed as number;
  }

  send(event: string, payload: unknown = {}): void {
    this.sendText(JSON.stringify({ event, payload }));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  close(code?: number): void {
    this.#socket.close(code);
  }

  cut(): void {
    (this.#socket as unknown as { terminate(): void }).terminate();
  }
}

export type Answer = { status: number; body: unknown };

/** Calls n.eko as its clients do. */
export function nekoCaller(neko: Neko) {
  async function call(
    method: string,
    path: string,
    body?: unknown,
    token: string | null = neko.apiToken,
  ): Promise<Answer> {
    const answer = await fetch(neko.address + path, {
      method,
      ...(token !== null && { headers: { Authorization: `Bearer ${token}` } }),
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type') === 'application/json';
    return { status: answer.status, body: isJson ? (JSON.parse(text) as unknown) : text };
  }

  async function status(method: string, path: string, body?: unknown, token?: string | null): Promise<number> {
    return (await call(method, path, body, token)).status;
  }

  async function member(username: string, profile: object = {}): Promise<void> {
    await call('POST', '/api/members', { username, password: 'secret', profile });
  }

  async function logIn(username: string): Promise<string> {
    const { body } = await call('POST', '/api/login', { username, password: 'secret' }, null);
    return (body as { token: string }).token;
  }

  /** A member who is in, with its line. */
  async function join(username: string, profile: object = {}): Promise<{ line: NekoLine; token: string }> {
    await member(username, profile);
    const token = await logIn(username);
    const line = new NekoLine(neko.address, token);
    await line.next('system/init');
    return { line, token };
  }

  /** Asks for the picture, and answers the offer. */
  async function watch(line: NekoLine): Promise<void> {
    line.send('signal/request', { video: {}, audio: {} });
    await line.next('signal/provide');
    line.send('signal/answer', { sdp: 'v=0\r\n' });
  }

  return { call, status, member, logIn, join, watch };
}
