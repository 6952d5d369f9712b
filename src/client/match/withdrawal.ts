import { isPassing } from '../errors.ts';
import type { PortalRest } from '../link/rest.ts';
import type { Timing } from '../link/timing.ts';
import type { Rooms } from '../rooms.ts';
import type { Search } from './search.ts';

type Deps = { rest: PortalRest; rooms: Rooms; timing: Timing };

/** The pause between tries stops growing there. */
const MOST_GROWTH = 4;

/** Takes searches back. What cannot be done while the connection is down is done later: nobody is to be left waiting. */
export class Withdrawal {
  readonly #deps: Deps;
  readonly #open = new Set<Search>();
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures: number = 0;
  #recentUntil: number = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** True if a chat that is told now, and that no search waits for, is of one that was taken back. */
  get isRecent(): boolean {
    return this.#open.size > 0 || performance.now() < this.#recentUntil;
  }

  /** Resolves after the first try. Never rejects. */
  async add(search: Search): Promise<void> {
    this.#open.add(search);
    await this.#running;
    await this.settle();
  }

  /** Tries again what is left to do. Never rejects. */
  async settle(): Promise<void> {
    if (this.#open.size === 0) return;
    this.#running ??= this.#settle().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Another search of the session is under way, in another tab: what is found from now on is of that one. */
  forgetRecent(): void {
    this.#recentUntil = 0;
  }

  /** The client was closed, or its session is over. */
  end(): void {
    clearTimeout(this.#timer);
    this.#open.clear();
    this.#recentUntil = 0;
  }

  async #settle(): Promise<void> {
    const { timing } = this.#deps;
    clearTimeout(this.#timer);
    try {
      for (const search of [...this.#open]) {
        await this.#takeBack(search);
        this.#open.delete(search);
      }
      this.#failures = 0;
      this.#recentUntil = performance.now() + timing.ackTimeoutMs;
    } catch {
      if (this.#open.size === 0) return;
      this.#failures += 1;
      const pauseMs = timing.retryDelayMs * 4 ** Math.min(this.#failures, MOST_GROWTH);
      this.#timer = setTimeout(() => void this.settle(), pauseMs);
    }
  }

  /** Whether a pair was made in the same moment is known only after the server has answered. */
  async #takeBack(search: Search): Promise<void> {
    const { rest, rooms } = this.#deps;
    await rest.match.stop().catch(unlessFinal);
    const status = await rest.match.status().catch(unlessFinal);
    const talks = status ? search.newIn(status).filter(({ archived }) => !archived) : [];
    const chats = new Set([...(search.talk ? [search.talk] : []), ...talks].map(({ chat_id }) => chat_id));
    for (const chatId of chats) {
      await rooms.findDirect(chatId)?.close();
      await rest.match.leave({ chat_id: chatId }).catch(unlessFinal);
    }
  }
}

/** A refusal is final: there is nothing to take back. */
function unlessFinal(error: unknown): undefined {
  if (isPassing(error)) throw error;
  return undefined;
}
