import type { Static, TSchema } from '@sinclair/typebox';
import { AppError, internal, invalid, notFound } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { validator } from '../wire/validator.ts';

/** One client's line to this server, as the handlers see it. */
export type Connection<Who> = {
  readonly id: string;
  readonly who: Who;
  /** False once the client is gone. A handler that was under way then finishes before `onDisconnect` is called. */
  readonly isOpen: boolean;
  /** The rooms it is in; after the end, those it was in, and those that a late handler still joined. */
  readonly rooms: ReadonlySet<string>;
  join(room: string): void;
  leave(room: string): void;
  isIn(room: string): boolean;
  /** To this socket alone, in order with everything published. */
  emit(event: string, payload: object): void;
  /** Whether something that was sent before has not left the server yet. */
  readonly isBehind: boolean;
  /** Ends the connection at once. A client takes it for a broken line. */
  cut(): void;
};

/** Handles `event`. The result of `run` goes into the acknowledgement, beside `ok: true`. */
export type SocketHandler<Who, Schema extends TSchema = TSchema> = {
  event: string;
  payload: Schema;
  /** Comes many times a second, and is limited by its handler instead of the check before events. Handled in order. */
  paced?: true | undefined;
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler with nothing to say simply does not return
  run(connection: Connection<Who>, payload: Static<Schema>): Promise<object | void>;
};

/** Lets the type of a payload follow from its schema: `const handle = socketHandlerFor<Principal>(); handle({ … })`. */
export function socketHandlerFor<Who>() {
  return <Schema extends TSchema>(handler: SocketHandler<Who, Schema>): SocketHandler<Who, Schema> => handler;
}

type Bound<Who> = (connection: Connection<Who>, payload: unknown) => Promise<object | undefined>;
type Acknowledge = (answer: object) => void;

/** Runs before every event, known or not, that is not paced. An error it throws becomes the answer. */
export type EventCheck<Who> = (connection: Connection<Who>) => Promise<void>;

/** Finds, validates, runs and acknowledges. Never throws, whatever a client sends. */
export class SocketHandlers<Who> {
  readonly #handlers = new Map<string, Bound<Who>>();
  readonly #paced = new Set<unknown>();
  readonly #logger: Logger;
  #before: EventCheck<Who> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add<Schema extends TSchema>({ event, payload, paced, run }: SocketHandler<Who, Schema>): void {
    if (this.#handlers.has(event)) throw new Error(`two handlers for ${event}`);
    if (paced) this.#paced.add(event);
    const valid = validator(payload);
    this.#handlers.set(event, async (connection, value) => (await run(connection, valid(value))) ?? undefined);
  }

  isPaced(event: unknown): boolean {
    return this.#paced.has(event);
  }

  /** Runs `check` before every event, known or not, that is not paced. */
  before(check: EventCheck<Who>): void {
    this.#before = check;
  }

  /** `args`: the payload and, if the client wants an acknowledgement, a function. */
  async dispatch(connection: Connection<Who>, event: unknown, args: readonly unknown[]): Promise<void> {
    const last = args.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : undefined;
    const payloads = acknowledge ? args.slice(0, -1) : args;
    try {
      if (this.#before && !this.isPaced(event)) await this.#before(connection);
      const result = await this.#run(connection, event, payloads);
      acknowledge?.({ ...result, ok: true });
    } catch (error) {
      if (!(error instanceof AppError)) this.#logger.error('socket handler failed', { event, error });
      acknowledge?.({ ok: false, ...wireError(error) });
    }
  }

  #run(connection: Connection<Who>, event: unknown, payloads: readonly unknown[]): Promise<object | undefined> {
    const handler = typeof event === 'string' ? this.#handlers.get(event) : undefined;
    if (!handler) throw notFound.saying('No such event')();
    if (payloads.length !== 1 || !isPlainObject(payloads[0])) throw notOneObject();
    return handler(connection, payloads[0]);
  }
}

/** A failure as clients receive it. Anything but an {@link AppError} becomes `ERR_INTERNAL`. */
export function wireError(error: unknown): { error: string; code: string } {
  const { message, errorCode, details } = error instanceof AppError ? error : internal();
  return { ...details, error: message, code: errorCode };
}

function notOneObject(): AppError {
  return invalid.saying('An event carries one object, and an acknowledgement if wanted')({ field: 'body' });
}

function isPlainObject(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Object]';
}
