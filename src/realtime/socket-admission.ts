import type { DefaultEventsMap, Socket } from 'socket.io';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { connectionOf, cut, type EngineConnection } from './engine-internals.ts';
import type { FloodGuard } from './flood-guard.ts';
import { wireError } from './socket-handler.ts';
import { handshakeOf, type SocketHandshake } from './socket-handshake.ts';
import type { SocketPlaces } from './socket-places.ts';

/** What is known of a client that has been let in; `ended` maps rooms that were ended meanwhile to the reason. */
export type Admitted<Who> = { who: Who; ended: ReadonlyMap<string, string> };

export type ClientSocket<Who> = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Admitted<Who>>;

type Options<Who> = {
  authenticate(handshake: SocketHandshake): Promise<Who>;
  ipOf(connection: EngineConnection): string;
  places: Pick<SocketPlaces<Who>, 'take'>;
  floods: Pick<FloodGuard<Who>, 'admit' | 'refused'>;
  /** How long a refused connection may take to fetch its refusal. */
  farewellMs: number;
  logger: Logger;
};

/** Decides who comes in. */
export class SocketAdmission<Who> {
  readonly #options: Options<Who>;
  readonly #admitted = new WeakSet<EngineConnection>();
  readonly #underWay = new Set<Map<string, string>>();

  constructor(options: Options<Who>) {
    this.#options = options;
  }

  /**
   * Gives the error that the client is told, if it must stay out; its connection ends then. One socket and one attempt a
   * connection: else one client could have us check its token a thousandfold.
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
      this.#options.places.take(connection, who);
      socket.data = { who, ended };
      return undefined;
    } catch (error) {
      this.#options.floods.refused(connection);
      // Socket.IO tells the client in the next tick.
      setImmediate(() => this.#dismiss(connection));
      return this.#refusal(error);
    } finally {
      // Socket.IO connects the socket in the next tick, if the client is still there
      setImmediate(() => this.#underWay.delete(ended));
    }
  }

  /** Whoever is being let in at this moment, and would be in this room, is to be ended as soon as it is in. */
  noteEnd(room: string, reason: string): void {
    for (const ended of this.#underWay) ended.set(room, reason);
  }

  /** Ends the connection as soon as the client has its refusal. */
  #dismiss(connection: EngineConnection): void {
    connection.close();
    if (connection.readyState === 'closed') return;
    const timer = setTimeout(() => cut(connection), this.#options.farewellMs);
    connection.on('close', () => clearTimeout(timer));
  }

  #refusal(error: unknown): Error {
    if (!(error instanceof AppError)) this.#options.logger.error('socket authentication failed', { error });
    const data = wireError(error);
    return Object.assign(new Error(data.error), { data });
  }
}
