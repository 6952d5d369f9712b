import type { ManagerOptions, SocketOptions } from 'socket.io-client';
import type { RandomBytes } from '../crypto/random.ts';
import { PortalError } from '../errors.ts';
import type { EndReason } from '../events.ts';
import type { PortalRest } from './rest.ts';
import { pauseMs } from './retry.ts';
import {
  connectError,
  createLink,
  createSocket,
  firstConnection,
  type Link,
  notConnected,
  type PortalSocket,
} from './socket-link.ts';
import type { Timing } from './timing.ts';

type Deps = {
  rest: PortalRest;
  /** Passed to socket.io-client. */
  options: Partial<ManagerOptions & SocketOptions> | undefined;
  timing: Timing;
  random: RandomBytes;
  connected(isFirst: boolean): void;
  disconnected(reason: string): void;
  /** The account is timed out. The connection comes back by itself when that ends. */
  timedOut(error: PortalError): void;
  /** The session is over, or unknown to the server. The connection does not come back. */
  ended(reason: EndReason | 'refused', error: PortalError): void;
};

/** Refusals after which no try helps. */
const OVER = ['ERR_UNAUTHENTICATED', 'ERR_BANNED'];
/** A timeout may be lifted before its time: how long to wait at most before looking again. */
const LOOK_AGAIN_MS = 5 * 60_000;

/** One socket, from its first connection until it is closed or its session ends. In between it comes back by itself. */
export class Connection {
  readonly socket: PortalSocket;
  readonly link: Link;
  readonly #deps: Deps;
  readonly #closing = new AbortController();
  #isFirst: boolean = true;
  #isTimedOut: boolean = false;
  /** Refused tries since the last connection. */
  #refusals = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.socket = createSocket(deps.rest, deps.options);
    this.link = createLink(this.socket, deps.timing.ackTimeoutMs);
    this.#listen();
  }

  /** @throws PortalError the server's refusal, `ERR_NETWORK`, or `ERR_NOT_CONNECTED` if it is closed meanwhile */
  open(): Promise<void> {
    return firstConnection(this.socket, this.#deps.timing.connectTimeoutMs, this.#closing.signal);
  }

  close(): void {
    this.#closing.abort(notConnected());
    clearTimeout(this.#timer);
    this.socket.close();
  }

  #listen(): void {
    const { socket } = this;
    socket.on('connect', () => {
      const isFirst = this.#isFirst;
      this.#isFirst = false;
      this.#isTimedOut = false;
      this.#refusals = 0;
      this.#deps.connected(isFirst);
    });
    socket.on('disconnect', (reason) => {
      if (this.#isClosed) return;
      this.#deps.disconnected(reason);
      // The server closed this connection but not the session; socket.io does not reconnect in that case.
      if (reason === 'io server disconnect') this.#comeBack(this.#pause());
    });
    socket.on('connect_error', (error) => {
      // `active`: socket.io retries by itself. The first connection is handled by open().
      if (!socket.active && !this.#isFirst && !this.#isClosed) this.#refused(connectError(error));
    });
    socket.on('session:ended', ({ reason }) => {
      // The session lives on: the next try tells until when.
      if (reason === 'timeout') return;
      const message = `The session ended: ${reason}`;
      this.#deps.ended(reason, new PortalError({ code: 'ERR_UNAUTHENTICATED', message }));
    });
  }

  #refused(error: PortalError): void {
    if (OVER.includes(error.code)) this.#deps.ended('refused', error);
    else if (error.code === 'ERR_TIMED_OUT') this.#timedOut(error);
    else this.#comeBack(this.#pause(error));
  }

  #timedOut(error: PortalError): void {
    if (!this.#isTimedOut) this.#deps.timedOut(error);
    this.#isTimedOut = true;
    const { ttl } = error.details;
    this.#comeBack(Math.max(this.#pause(), Math.min(LOOK_AGAIN_MS, typeof ttl === 'number' ? ttl * 1000 : 0)));
  }

  #pause(error?: PortalError): number {
    const { timing, random } = this.#deps;
    return pauseMs({ error, attempt: this.#refusals++, baseMs: timing.retryDelayMs, random });
  }

  #comeBack(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.socket.connect(), afterMs);
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }
}
