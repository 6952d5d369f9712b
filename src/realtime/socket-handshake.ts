import type { Socket } from 'socket.io';
import { connectionOf } from './engine-internals.ts';

/** What is known of a client before it is let in. */
export type SocketHandshake = {
  /** `auth.token`, else the cookie `psession`. */
  token: string | undefined;
  /** A browser sends cookies by itself, also from a foreign page: then the origin decides. */
  tokenFromCookie: boolean;
  origin: string | undefined;
  host: string | undefined;
  ip: string;
  userAgent: string | undefined;
};

const SESSION_COOKIE = 'psession';

/** Reads a handshake out of Socket.IO's. */
export function handshakeOf(socket: Socket, ip: string): SocketHandshake {
  const { headers } = connectionOf(socket).request;
  const auth: Record<string, unknown> = socket.handshake.auth;
  const given = typeof auth.token === 'string' && auth.token !== '' ? auth.token : undefined;
  const token = given ?? cookieOf(headers.cookie, SESSION_COOKIE);
  return {
    token,
    tokenFromCookie: given === undefined && token !== undefined,
    origin: headers.origin,
    host: headers.host,
    ip,
    userAgent: headers['user-agent'],
  };
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(';').find((part) => part.trim().startsWith(`${name}=`));
  return pair?.trim().slice(name.length + 1) || undefined;
}
