import type { Clock } from '../../core/clock.ts';
import type { BrowserListener, NoticeKind } from '../../ports/browser-engine.ts';

/** A page can ask for the same thing in an endless loop. */
const PACE_MS = 2000;

/** Words to the viewers, each kind at most once in two seconds. */
export class Notices {
  readonly #clock: Clock;
  readonly #listener: Pick<BrowserListener, 'notice'>;
  readonly #lastAt = new Map<NoticeKind, number>();

  constructor(clock: Clock, listener: Pick<BrowserListener, 'notice'>) {
    this.#clock = clock;
    this.#listener = listener;
  }

  tell(kind: NoticeKind, host: string | null): void {
    const now = this.#clock.elapsed();
    const last = this.#lastAt.get(kind);
    if (last !== undefined && now - last < PACE_MS) return;
    this.#lastAt.set(kind, now);
    this.#listener.notice(kind, host);
  }
}
