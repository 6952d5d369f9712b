import type { Logger } from '../core/logger.ts';
import type { PacketQuota } from './flood-guard.ts';
import type { Connection } from './socket-handler.ts';
import type { SocketHandshake } from './socket-handshake.ts';
import type { Place } from './socket-places.ts';

export type SocketTransportOptions<Who> = {
  /** Lets a client in, or throws the {@link AppError} that it is told. The rule of origins belongs in here. */
  authenticate(handshake: SocketHandshake): Promise<Who>;
  /** The rooms a socket is in from the start to the end, besides `everyone` and its own. */
  roomsOf(who: Who): string[];
  onConnect(connection: Connection<Who>): void | Promise<void>;
  /** Called once for each `onConnect`, after it and after every handler of the connection has settled. */
  onDisconnect(connection: Connection<Who>): void | Promise<void>;
  logger: Logger;
  /** One event, or one POST of a polling client; more closes the connection. */
  maxPayloadBytes: number;
  /** What may wait for a client that reads too slowly; more closes the connection. */
  maxBufferedBytes: number;
  /** A client that vanished without a word is noticed within the sum of the two. */
  pingIntervalMs: number;
  pingTimeoutMs: number;
  /** How long a connection may stay without asking to be let in: 10 s. */
  connectTimeoutMs?: number;
  /** How many connections of one network may be waiting to be let in; more are refused over HTTP. */
  pendingPerNetwork?: number | undefined;
  /** How often connections of one network may fail to sign in, a minute; then more are refused over HTTP. */
  refusedPerNetwork?: number | undefined;
  /** How many packets somebody may send; whose connections send more are cut. */
  packetsOf?(who: Who): PacketQuota | undefined;
  /** Milliseconds on a clock that never runs backwards; the machine's own by default. */
  elapsed?(): number;
  /** What a client takes a place in when it is let in. */
  placesOf?(who: Who): readonly Place[];
  /** For pages of other origins that poll: headers for every answer over HTTP, also to `OPTIONS`. */
  corsHeaders?(request: Request): Record<string, string>;
};
