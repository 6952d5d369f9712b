import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { isRecord, PortalError } from '../errors.ts';
import type { ClientCalls, ClientEvents, ServerEvents } from '../events.ts';
import type { PortalRest } from './rest.ts';

export type PortalSocket = Socket<ServerEvents, ClientEvents>;

type Session = Pick<PortalRest, 'url' | 'token' | 'useCookies'>;

/** A socket that is not open yet. The token is read anew at each attempt. */
export function createSocket(session: Session, options: Partial<ManagerOptions & SocketOptions> = {}): PortalSocket {
  const { origin, pathname } = new URL(session.url);
  return io(origin, {
    path: `${pathname.replace(/\/$/, '')}/socket.io/`,
    autoConnect: false,
    // Each client is a session of its own, so it never shares a connection with another one.
    forceNew: true,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    withCredentials: session.useCookies,
    auth: (send) => send(session.token === undefined ? {} : { token: session.token }),
    ...options,
  });
}

/** Opens the socket. What the server refuses ends it at once; a network that fails is tried again until `timeoutMs`. */
export function firstConnection(socket: PortalSocket, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = new Error('No answer');
    const fail = () => {
      clearTimeout(timer);
      reject(connectError(last));
    };
    const timer = setTimeout(fail, timeoutMs);
    socket.on('connect_error', (error) => {
      last = error;
      if (!socket.active) fail();
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.connect();
  });
}

/** Calls the server by event and acknowledgement. */
export type Link = {
  /** @throws PortalError the server's refusal, `ERR_NOT_CONNECTED`, `ERR_DISCONNECTED`, `ERR_TIMEOUT` */
  request<Name extends keyof ClientCalls>(
    name: Name,
    payload: ClientCalls[Name]['payload'],
  ): Promise<ClientCalls[Name]['reply']>;
};

type Emit = (name: string, payload: object, done: (failure: Error | null, ack: unknown) => void) => void;

/** A link over a socket. Nothing is queued while it is down: a call then fails at once, and can be made again. */
export function createLink(socket: PortalSocket, timeoutMs: number): Link {
  return {
    request(name, payload) {
      type Reply = ClientCalls[typeof name]['reply'];
      return new Promise<Reply>((resolve, reject) => {
        if (!socket.connected) return reject(notConnected());
        const limited = socket.timeout(timeoutMs);
        // The generic name defeats the library's overloads; the types above say the same.
        (limited.emit.bind(limited) as unknown as Emit)(name, payload, (failure, ack) => {
          if (failure) return reject(socket.connected ? timedOut(name) : disconnected(name));
          if (!isRecord(ack) || ack.ok !== true) return reject(PortalError.fromBody(ack));
          resolve(ack as Reply);
        });
      });
    },
  };
}

/** What went wrong with the connection itself, out of socket.io's `connect_error`. */
export function connectError(error: Error): PortalError {
  const data = 'data' in error ? error.data : undefined;
  if (isRecord(data) && typeof data.code === 'string') {
    return PortalError.fromBody({ error: error.message, ...data });
  }
  return new PortalError({ code: 'ERR_NETWORK', message: 'The socket cannot be opened', cause: error });
}

export function notConnected(): PortalError {
  return new PortalError({ code: 'ERR_NOT_CONNECTED', message: 'The socket is not connected' });
}

function disconnected(name: string): PortalError {
  return new PortalError({ code: 'ERR_DISCONNECTED', message: `The socket went down before ${name} was acknowledged` });
}

function timedOut(name: string): PortalError {
  return new PortalError({ code: 'ERR_TIMEOUT', message: `The server did not acknowledge ${name} in time` });
}
