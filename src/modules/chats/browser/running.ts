import type {
  BrowserEngine,
  BrowserListener,
  Dialog,
  PageState,
  RunningBrowser,
} from '../../../ports/browser-engine.ts';

/** A chat whose browser is on. It stays the same object when the browser crashes and is started again. */
export type RunningChat = {
  readonly chatId: number;
  readonly engine: BrowserEngine['name'];
  /** The size of the picture. */
  readonly width: number;
  readonly height: number;
  /** Undefined while it is being started again after a crash. */
  readonly browser: RunningBrowser | undefined;
  readonly page: PageState;
  /** The dialogs that stand open. */
  readonly dialogs: ReadonlyMap<string, Dialog>;
};

/** What happens in a chat's browser, as the engine tells it, with its beginnings. */
export type BrowserHearer = Omit<BrowserListener, 'away' | 'back' | 'gone'> & {
  /** A browser is there: newly started, or again after a crash. It casts nothing yet. */
  ready(browser: RunningBrowser): void;
  /** The browser is gone. `isOver`: it was stopped; else it is being started again. */
  gone(isOver: boolean): void;
};

type Attached = Partial<BrowserHearer>;

/**
 * The browsers that are on, by chat, and who drives each. Hearers are called in the order of their subscription,
 * from the moment when the engine begins to start: a chat can have a page and dialogs before it is found here.
 */
export class RunningBrowsers {
  readonly #chats = new Map<number, RunningChat>();
  readonly #hearers = new Map<number, Set<Attached>>();
  readonly #ofEach = new Set<(chatId: number) => Attached>();
  readonly #hosts = new Map<number, number>();

  /** Undefined while it is off, and while it is being started for the first time. */
  find(chatId: number): RunningChat | undefined {
    return this.#chats.get(chatId);
  }

  get all(): readonly RunningChat[] {
    return [...this.#chats.values()];
  }

  get count(): number {
    return this.#chats.size;
  }

  /** Hears what happens in this chat's browser, now and after restarts, until the returned function is called. */
  on(chatId: number, hearer: Attached): () => void {
    const hearers = this.#hearers.get(chatId) ?? new Set();
    this.#hearers.set(chatId, hearers.add(hearer));
    return () => {
      hearers.delete(hearer);
      if (hearers.size === 0 && this.#hearers.get(chatId) === hearers) this.#hearers.delete(chatId);
    };
  }

  /** Hears what happens in every browser. `hearerOf` is called once for each event. */
  onEach(hearerOf: (chatId: number) => Attached): void {
    this.#ofEach.add(hearerOf);
  }

  /** The user who drives the chat's browser. */
  hostOf(chatId: number): number | undefined {
    return this.#hosts.get(chatId);
  }

  setHost(chatId: number, userId: number | undefined): void {
    if (userId === undefined) this.#hosts.delete(chatId);
    else this.#hosts.set(chatId, userId);
  }

  /** For the service that starts browsers. */
  put(chat: RunningChat): void {
    this.#chats.set(chat.chatId, chat);
  }

  /** For the service that starts browsers. */
  remove(chatId: number): void {
    this.#chats.delete(chatId);
  }

  /** Tells everyone who hears this chat. For the service that starts browsers. */
  tell<What extends keyof BrowserHearer>(chatId: number, what: What, ...about: Parameters<BrowserHearer[What]>): void {
    for (const hearer of [...[...this.#ofEach].map((of) => of(chatId)), ...(this.#hearers.get(chatId) ?? [])]) {
      const hear = hearer[what] as ((...about: Parameters<BrowserHearer[What]>) => void) | undefined;
      hear?.apply(hearer, about);
    }
  }
}
