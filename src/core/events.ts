import type { Logger } from './logger.ts';

/** Something that has happened and is committed. Modules tell it; whoever cares listens. */
export type DomainEvent = { readonly name: string };

type Listener<E> = (event: E) => void | Promise<void>;

/** Carries domain events to listeners, in the order of their registration. A listener that fails is logged and harms nobody. */
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

  /** The same bus, for who knows only some of its events: those can be listened to and told as well. */
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
