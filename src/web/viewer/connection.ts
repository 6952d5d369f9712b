import { Emitter } from '../../client/emitter.ts';
import { isPortalError } from '../../client/errors.ts';
import { BROWSER_EVENTS, type BrowserPayloads, type ChatPayloads, type JoinReply } from '../../client/events.ts';
import { PortalRest } from '../../client/link/rest.ts';
import { listenToChatEvents } from '../../client/link/server-events.ts';
import { connectError, createLink, createSocket, type Link, type PortalSocket } from '../../client/link/socket-link.ts';
import { DEFAULT_TIMING } from '../../client/link/timing.ts';
import { RoomBrowser } from '../../client/room/browser.ts';

export type ConnectionEvents = {
  joined: JoinReply;
  lost: { reason: string };
  members: ChatPayloads['room:members'];
  updated: ChatPayloads['room:updated'];
  /** This person's access or session has ended: why, in a sentence. */
  over: { sentence: string };
};

const RETRY_MS = 1000;
/** A network that changed breaks a line without a word, and who leaves the chat in another tab is told nothing here. */
const CHECK_MS = 3000;
const ANSWER_MS = 3000;
const BROWSER: ReadonlySet<string> = new Set(BROWSER_EVENTS);

/** Refusals that no further try changes. */
const FINAL = [
  'ERR_UNAUTHENTICATED',
  'ERR_BANNED',
  'ERR_TIMED_OUT',
  'ERR_CHAT_BANNED',
  'ERR_NOT_FOUND',
  'ERR_DIRECT_CHAT',
  'ERR_ACCOUNT_REQUIRED',
];

const ENDINGS = {
  logout: 'You signed out.',
  destroyed: 'This session was ended.',
  banned: 'You were banned.',
  timeout: 'You were timed out.',
  expired: 'Your session has expired.',
} as const;

/**
 * A socket in a chat that is there for its browser alone. It has no keys and reads no messages, and leaves the session's
 * keys to the page that talks.
 */
export class ViewerConnection extends Emitter<ConnectionEvents> {
  readonly rest: PortalRest;
  readonly browser: RoomBrowser;
  readonly #chatId: number;
  readonly #socket: PortalSocket;
  readonly #link: Link;
  /** Events that came before the answer to the join, in order. */
  #inbox: (() => void)[] = [];
  #isJoined = false;
  #isOver = false;
  #isChecking = false;
  /** How many events have come. */
  #heard = 0;

  constructor(url: string, chatId: number) {
    super();
    this.#chatId = chatId;
    this.rest = new PortalRest({ url, useCookies: true });
    this.#socket = createSocket(this.rest, { reconnectionDelay: RETRY_MS, reconnectionDelayMax: 5 * RETRY_MS });
    this.#link = createLink(this.#socket, DEFAULT_TIMING.ackTimeoutMs);
    this.browser = new RoomBrowser({ chatId, link: this.#link, rest: this.rest });
    this.#listen();
  }

  open(): void {
    this.#socket.connect();
    setInterval(() => void this.check(), CHECK_MS);
  }

  /** Tries at once instead of waiting for the next time. */
  tryNow(): void {
    if (!this.#isOver && !this.#socket.connected) this.#socket.disconnect().connect();
    else void this.check();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.onAny(() => {
      this.#heard += 1;
    });
    socket.on('connect', () => void this.#join());
    socket.on('disconnect', (reason) => {
      this.#lose(reason);
      // The server closed this connection but not the session; socket.io does not reconnect in that case.
      if (reason === 'io server disconnect') this.#later(() => socket.connect());
    });
    socket.on('connect_error', (error) => {
      const refusal = connectError(error);
      if (FINAL.includes(refusal.code)) return this.#end(refusal.message);
      this.#lose(refusal.message);
      if (!socket.active) this.#later(() => socket.connect());
    });
    socket.on('session:ended', ({ reason }) => this.#end(ENDINGS[reason]));
    listenToChatEvents(socket, (name, payload) => {
      if (payload.chat_id !== this.#chatId) return;
      if (this.#isJoined) this.#receive(name, payload);
      else this.#inbox.push(() => this.#receive(name, payload));
    });
  }

  /** Asks whether the line still carries, and whether this socket is still in the chat; if not, whether it may come back. */
  async check(): Promise<void> {
    if (!this.#isJoined || this.#isOver || this.#isChecking) return;
    this.#isChecking = true;
    const heard = this.#heard;
    const asked = this.#link.request('browser:seen', { chat_id: this.#chatId, seq: 0 });
    const answer = asked.then(
      () => 'well' as const,
      (error: unknown) => (isPortalError(error, 'ERR_NOT_JOINED') ? ('out' as const) : ('well' as const)),
    );
    const found = await Promise.race([answer, silence(ANSWER_MS)]);
    this.#isChecking = false;
    if (this.#isOver || !this.#isJoined) return;
    if (found === 'out') await this.#join();
    // A slow line has no room for an answer, but brings something.
    else if (found === 'silent' && heard === this.#heard) this.#socket.disconnect().connect();
  }

  #receive<Name extends keyof ChatPayloads>(name: Name, payload: ChatPayloads[Name]): void {
    if (BROWSER.has(name)) this.browser.receive(name as keyof BrowserPayloads, payload as never);
    else if (name === 'room:members') this.emit('members', payload as ChatPayloads['room:members']);
    else if (name === 'room:updated') this.emit('updated', payload as ChatPayloads['room:updated']);
    else if (name === 'room:kicked') this.#end(removed(payload as ChatPayloads['room:kicked']));
    else if (name === 'room:destroyed') this.#end('This chat was deleted.');
  }

  async #join(): Promise<void> {
    try {
      const reply = await this.#link.request('room:join', { chat_id: this.#chatId, keyless: true });
      this.#isJoined = true;
      this.emit('joined', reply);
      this.browser.reset(reply.browser, reply.control);
      for (const handle of this.#inbox.splice(0)) handle();
    } catch (error) {
      if (isPortalError(error, ...FINAL)) this.#end(error.message);
      else if (this.#socket.connected) this.#later(() => void this.#join());
    }
  }

  #lose(reason: string): void {
    this.#isJoined = false;
    this.#inbox = [];
    if (!this.#isOver) this.emit('lost', { reason });
  }

  #later(act: () => void): void {
    setTimeout(() => {
      if (!this.#isOver) act();
    }, RETRY_MS);
  }

  #end(sentence: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.emit('over', { sentence });
    this.#socket.close();
  }
}

const silence = (ms: number) => new Promise<'silent'>((resolve) => setTimeout(() => resolve('silent'), ms));

function removed({ reason, banned }: ChatPayloads['room:kicked']): string {
  const what = banned ? 'You were banned from this chat' : 'You were removed from this chat';
  return reason ? `${what}: ${reason}` : `${what}.`;
}
