import type { Socket } from 'socket.io';
import { sessionTokensIn } from '../core/session-cookie.ts';
import { connectionOf } from './engine-internals.ts';

/** What is known of a client before it is let in. */
export type SocketHandshake = {
  /** `auth.token`, else what the cookie holds: of several the first counts whose session lives. */
  tokens: readonly string[];
  /** A browser sends cookies by itself, also from a foreign page: then the origin decides. */
  tokenFromCookie: boolean;
  origin: string | undefined;
  host: string | undefined;
  ip: string;
  userAgent: string | undefined;
};

/** Reads a handshake out of Socket.IO's. */
export function handshakeOf(socket: Socket, ip: string): SocketHandshake {
  const { headers } = connectionOf(socket).request;
  const auth: Record<string, unknown> = socket.handshake.auth;
  const given = typeof auth.token === 'string' && auth.token !== '' ? auth.token : undefined;
  const tokens = given === undefined ? sessionTokensIn(headers.cookie) : [given];
  return {
    tokens,
    tokenFromCookie: given === undefined && tokens.length > 0,
    origin: headers.origin,
    host: headers.host,
    ip,
    userAgent: headers['user-agent'],
  };
}
