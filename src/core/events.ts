import type { Logger } from './logger.ts';

/** A committed fact. Modules emit events and listen to each other's. */
export type DomainEvent = { readonly name: string };

type Listener<E> = (event: E) => void | Promise<void>;

/** Delivers domain events to listeners in registration order. A failing listener is logged and affects no other. */
export class EventBus<E extends DomainEvent> {
  readonly #listeners = new Map<string, Listener<E>[]>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<N extends E['name']>(name: N, listener: Listener<Extract<E, { name: N }>>): void {
    const known = this.#listeners.get(name) ?? [];
    this.#listeners.set(name, [...known, listener as Listener<E>]);
  }

  /** The same bus, typed for a subset of its events. */
  only<Some extends E>(): EventBus<Some> {
    return this as unknown as EventBus<Some>;
  }

  /** Never throws. */
  dispatch = (event: E): void => {
    for (const listener of this.#listeners.get(event.name) ?? []) {
      try {
        const pending = listener(event);
        if (pending) pending.catch((error: unknown) => this.#failed(event, error));
      } catch (error) {
        this.#failed(event, error);
      }
    }
  };

  #failed(event: E, error: unknown): void {
    this.#logger.error('event listener failed', { event: event.name, error });
  }
}
