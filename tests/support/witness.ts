import {
  createChatKey,
  createKeyPair,
  type KeyPair,
  openKeyBlob,
  sealEnvelope,
  sealKeyBlob,
} from '../../src/client/index.ts';
import type { House, Payload, Visitor } from '../realtime/house.ts';
import type { Answer } from './caller.ts';
import type { Received } from './two-places.ts';
import { eventually } from './waiting.ts';

type Session = { token: string; sessionId: string };
type Packet = { type: string; data?: string };

/** A person who writes down whatever they receive, over REST and over sockets. */
export class Witness {
  readonly received: Received[] = [];
  /** Of each chat, its key and the key pair that the session has there. */
  readonly pairs = new Map<number, KeyPair & { signingKey: string }>();
  readonly #chatKeys = new Map<number, { epoch: number; key: Uint8Array }>();
  #visitor: Visitor | undefined;
  /** Acknowledgements as they came, and those that a call has taken. */
  #acknowledged = 0;
  #taken = 0;

  readonly house: House;
  readonly session: Session;
  readonly ip: string;

  constructor(house: House, session: Session, ip: string) {
    this.house = house;
    this.session = session;
    this.ip = ip;
  }

  get visitor(): Visitor {
    if (!this.#visitor) throw new Error('not connected');
    return this.#visitor;
  }

  async dial(): Promise<void> {
    const visitor = this.house.knock({ token: this.session.token }, this.session, { 'x-forwarded-for': this.ip });
    visitor.socket.io.engine.on('packet', (packet) => this.#note(packet as unknown as Packet));
    visitor.socket.on('portal:key_request', (request: Payload) => void this.#share(request));
    visitor.socket.on('portal:key_shared', (shared: Payload) => this.#take(shared.chat_id, shared.epoch, shared));
    this.#visitor = visitor;
    await visitor.heard('connect');
  }

  /** The key pair of a chat, made at the first use. */
  pairOf(chatId: number): KeyPair & { signingKey: string } {
    const pair = this.pairs.get(chatId) ?? { ...createKeyPair(), signingKey: createKeyPair().publicKey };
    this.pairs.set(chatId, pair);
    return pair;
  }

  /** Joins a chat, and takes its key if there is one already. */
  async join(chatId: number, token?: string): Promise<Payload> {
    const { publicKey, signingKey } = this.pairOf(chatId);
    const payload =
      token === undefined ? { chat_id: chatId } : { token, public_key: publicKey, signing_key: signingKey };
    const joined = await this.call('room:join', payload, chatId);
    if (joined.key) this.#take(chatId, joined.epoch, joined.key);
    return joined;
  }

  /** Waits until this session holds the chat's key. */
  holdsKey(chatId: number): Promise<void> {
    return eventually(() => this.#chatKeys.has(chatId));
  }

  seal(chatId: number, body: string): string {
    const held = this.#chatKeys.get(chatId);
    if (!held) throw new Error('the chat’s key is not there');
    return sealEnvelope(body, held.epoch, held.key);
  }

  async #share({ chat_id, epoch, recipients }: Payload): Promise<void> {
    const held = this.#chatKeys.get(chat_id);
    const key = held !== undefined && held.epoch === epoch ? held.key : createChatKey();
    this.#chatKeys.set(chat_id, { epoch, key });
    const keys = recipients.map(({ session_id, public_key }: Payload) => ({
      session_id,
      blob: sealKeyBlob(key, public_key, this.pairOf(chat_id)),
    }));
    await this.call('portal:key_share', { chat_id, epoch, keys }, chat_id);
  }

  #take(chatId: number, epoch: number, { blob, sender_public_key }: Payload): void {
    this.#chatKeys.set(chatId, { epoch, key: openKeyBlob(blob, sender_public_key, this.pairOf(chatId)) });
  }

  /** A packet as it came. Acknowledgements are written down by the call that they answer. */
  #note({ type, data = '' }: Packet): void {
    if (type !== 'message' && type !== 'open') return;
    const [, kind, json] = /^(\d*)(.*)$/s.exec(data) ?? [];
    if (kind?.startsWith('3')) this.#acknowledged++;
    if (type === 'message' && kind === '2') {
      const [event, ...values] = JSON.parse(json ?? '');
      for (const value of values) this.received.push({ as: event, chatId: undefined, value });
    } else if (!kind?.startsWith('3') && json)
      this.received.push({ as: type, chatId: undefined, value: JSON.parse(json) });
  }

  /** An event, and its acknowledgement; of a chat, if one is named. */
  async call(event: string, payload: unknown, chatId?: number): Promise<Payload> {
    const value = await this.visitor.call(event, payload);
    this.#taken++;
    this.received.push({ as: `${event} acknowledged`, chatId, value });
    return value;
  }

  get(path: string, chatId?: number): Promise<Answer> {
    return this.#rest('GET', path, undefined, chatId);
  }

  post(path: string, body: unknown = {}, chatId?: number): Promise<Answer> {
    return this.#rest('POST', path, body, chatId);
  }

  async #rest(method: string, path: string, body: unknown, chatId: number | undefined): Promise<Answer> {
    const response = await fetch(`${this.house.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.session.token}`,
        'x-forwarded-for': this.ip,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const value = await response.json();
    const as = `${method} ${path.replace(/\d+-\d+|\d+/g, '…')}`;
    this.received.push({ as, chatId, value: { headers: headers.toJSON(), body: value } });
    return { status, body: value, headers };
  }

  /** Whether no acknowledgement has escaped. */
  get isComplete(): boolean {
    return this.#acknowledged === this.#taken;
  }
}
