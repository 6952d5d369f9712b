import type { DefaultEventsMap, Socket } from 'socket.io';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { connectionOf, cut, type EngineConnection } from './engine-internals.ts';
import type { FloodGuard } from './flood-guard.ts';
import { wireError } from './socket-handler.ts';
import { handshakeOf, type SocketHandshake } from './socket-handshake.ts';
import type { SocketQuotas } from './socket-quotas.ts';

/** What is known of a signed-in client. `ended` maps rooms that were ended in the meantime to the reason. */
export type Admitted<Who> = { who: Who; ended: ReadonlyMap<string, string> };

export type ClientSocket<Who> = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Admitted<Who>>;

type Options<Who> = {
  authenticate(handshake: SocketHandshake): Promise<Who>;
  ipOf(connection: EngineConnection): string;
  quotas: Pick<SocketQuotas<Who>, 'take'>;
  floods: Pick<FloodGuard<Who>, 'admit' | 'refused'>;
  /** How long a refused connection may take to fetch the error. */
  farewellMs: number;
  logger: Logger;
};

/** Signs connections in. */
export class SocketAdmission<Who> {
  readonly #options: Options<Who>;
  readonly #admitted = new WeakSet<EngineConnection>();
  readonly #underWay = new Set<Map<string, string>>();

  constructor(options: Options<Who>) {
    this.#options = options;
  }

  /**
   * Returns the error for a refused client, whose connection then ends. A failure of ours, such as a busy database, ends the
   * connection without an error. A connection gets one socket and one attempt, or a single client could make us check thousands
   * of tokens.
   */
  async admit(socket: ClientSocket<Who>): Promise<Error | undefined> {
    const connection = connectionOf(socket);
    if (this.#admitted.has(connection)) {
      cut(connection);
      return new Error('a second socket on one connection');
    }
    this.#admitted.add(connection);
    const ended = new Map<string, string>();
    this.#underWay.add(ended);
    try {
      const who = await this.#options.authenticate(handshakeOf(socket, this.#options.ipOf(connection)));
      this.#options.floods.admit(connection, who);
      this.#options.quotas.take(connection, who);
      socket.data = { who, ended };
      return undefined;
    } catch (error) {
      if (error instanceof AppError && error.status < 500) return this.#refuse(connection, error);
      if (!(error instanceof AppError)) this.#options.logger.error('socket authentication failed', { error });
      // After an error, stock clients stay away for good; after a broken line they try again.
      cut(connection);
      return new Error('the sign-in failed');
    } finally {
      // Socket.IO connects the socket in the next tick, if the client is still there
      setImmediate(() => this.#underWay.delete(ended));
    }
  }

  /** Ends sockets of this room that are signing in right now as soon as they have. */
  noteEnd(room: string, reason: string): void {
    for (const ended of this.#underWay) ended.set(room, reason);
  }

  #refuse(connection: EngineConnection, error: AppError): Error {
    this.#options.floods.refused(connection);
    // Socket.IO tells the client in the next tick.
    setImmediate(() => this.#dismiss(connection));
    const data = wireError(error);
    return Object.assign(new Error(data.error), { data });
  }

  /** Closes the connection once the client has received the error. */
  #dismiss(connection: EngineConnection): void {
    connection.close();
    if (connection.readyState === 'closed') return;
    const timer = setTimeout(() => cut(connection), this.#options.farewellMs);
    connection.on('close', () => clearTimeout(timer));
  }
}
