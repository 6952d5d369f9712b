import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { isRecord, PortalError } from '../errors.ts';
import type { ClientCalls, ClientEvents, ServerEvents } from '../events.ts';
import { Deferred } from './deferred.ts';
import type { PortalRest } from './rest.ts';

export type PortalSocket = Socket<ServerEvents, ClientEvents>;

type Session = Pick<PortalRest, 'url' | 'token' | 'useCookies'>;

/** Creates a socket without opening it. Each connection attempt reads the current token. */
export function createSocket(session: Session, options: Partial<ManagerOptions & SocketOptions> = {}): PortalSocket {
  const { origin, pathname } = new URL(session.url);
  return io(origin, {
    path: `${pathname.replace(/\/$/, '')}/socket.io/`,
    autoConnect: false,
    // A client is a session of its own and must not share another client's connection.
    forceNew: true,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    withCredentials: session.useCookies,
    auth: (send) => send(session.token === undefined ? {} : { token: session.token }),
    ...options,
  });
}

/** Opens the socket. A refusal rejects at once, and so does the signal; network failures are retried until `timeoutMs`. */
export function firstConnection(socket: PortalSocket, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = new Deferred<void>();
  let last = new Error('No answer');
  const fail = () => reject(connectError(last));
  const giveUp = () => reject(signal.reason);
  const refused = (error: Error) => {
    last = error;
    if (!socket.active) fail();
  };
  const timer = setTimeout(fail, timeoutMs);
  signal.addEventListener('abort', giveUp);
  socket.on('connect_error', refused).on('connect', resolve);
  socket.connect();
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    socket.off('connect_error', refused).off('connect', resolve);
  });
}

/** Calls to the server, each an event with an acknowledgement. */
export type Link = {
  /** @throws PortalError the server's refusal, `ERR_NOT_CONNECTED`, `ERR_DISCONNECTED`, `ERR_TIMEOUT` */
  request<Name extends keyof ClientCalls>(
    name: Name,
    payload: ClientCalls[Name]['payload'],
  ): Promise<ClientCalls[Name]['reply']>;
  /** Sends without waiting for an answer. While the socket is down, nothing is sent. */
  tell<Name extends keyof ClientCalls>(name: Name, payload: ClientCalls[Name]['payload']): void;
};

type Tell = (name: string, payload: object) => void;
type Emit = (name: string, payload: object, done: (failure: Error | null, ack: unknown) => void) => void;

/** A link over a socket. Nothing is queued while the socket is down: the call fails at once. */
export function createLink(socket: PortalSocket, timeoutMs: number): Link {
  return {
    tell(name, payload) {
      if (socket.connected) (socket.emit.bind(socket) as unknown as Tell)(name, payload);
    },
    request(name, payload) {
      type Reply = ClientCalls[typeof name]['reply'];
      return new Promise<Reply>((resolve, reject) => {
        if (!socket.connected) return reject(notConnected());
        const limited = socket.timeout(timeoutMs);
        // socket.io's overloads cannot follow a generic name.
        (limited.emit.bind(limited) as unknown as Emit)(name, payload, (failure, ack) => {
          if (failure) return reject(socket.connected ? timedOut(name) : disconnected(name));
          if (!isRecord(ack) || ack.ok !== true) return reject(PortalError.fromBody(ack));
          resolve(ack as Reply);
        });
      });
    },
  };
}

/** Turns socket.io's `connect_error` into a PortalError. */
export function connectError(error: Error): PortalError {
  const data = 'data' in error ? error.data : undefined;
  if (isRecord(data) && typeof data.code === 'string') {
    return PortalError.fromBody({ error: error.message, ...data });
  }
  return new PortalError({ code: 'ERR_NETWORK', message: 'Cannot open the socket', cause: error });
}

export function notConnected(): PortalError {
  return new PortalError({ code: 'ERR_NOT_CONNECTED', message: 'The socket is not connected' });
}

function disconnected(name: string): PortalError {
  return new PortalError({
    code: 'ERR_DISCONNECTED',
    message: `The connection dropped before ${name} was acknowledged`,
  });
}

function timedOut(name: string): PortalError {
  return new PortalError({ code: 'ERR_TIMEOUT', message: `The server did not acknowledge ${name} in time` });
}
