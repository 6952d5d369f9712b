import type { Logger } from '../core/logger.ts';
import type { PacketQuota } from './flood-guard.ts';
import type { Connection } from './socket-handler.ts';
import type { SocketHandshake } from './socket-handshake.ts';
import type { SocketQuota } from './socket-quotas.ts';

export type SocketTransportOptions<Who> = {
  /** Signs a client in, or throws the {@link AppError} to refuse it with. Checks the origin too. */
  authenticate(handshake: SocketHandshake): Promise<Who>;
  /** The rooms a socket stays in for its whole life, besides `everyone` and its own. */
  roomsOf(who: Who): string[];
  onConnect(connection: Connection<Who>): void | Promise<void>;
  /** Called once for each `onConnect`, after it and after every handler of the connection has settled. */
  onDisconnect(connection: Connection<Who>): void | Promise<void>;
  logger: Logger;
  /** The limit for one event or one POST of a polling client. Exceeding it closes the connection. */
  maxPayloadBytes: number;
  /** The limit for data queued for a slow client. Exceeding it closes the connection. */
  maxBufferedBytes: number;
  /** A dead connection is detected within the sum of the two. */
  pingIntervalMs: number;
  pingTimeoutMs: number;
  /** How long a connection may take to sign in. Default: 10 s. */
  connectTimeoutMs?: number;
  /** How many connections of one network may wait to sign in. Further handshakes are refused with 429. */
  pendingPerNetwork?: number | undefined;
  /** How many sign-ins of one network may fail per minute. Further handshakes are refused with 429. */
  refusedPerNetwork?: number | undefined;
  /** How many packets a client may send. Connections that exceed it are closed. */
  packetsOf?(who: Who): PacketQuota | undefined;
  /** Milliseconds on a clock that never runs backwards; the machine's own by default. */
  elapsed?(): number;
  /** The quotas that a client's sockets count against. */
  quotasOf?(who: Who): readonly SocketQuota[];
  /** For pages of other origins that poll: headers for every answer over HTTP, also to `OPTIONS`. */
  corsHeaders?(request: Request): Record<string, string>;
};
