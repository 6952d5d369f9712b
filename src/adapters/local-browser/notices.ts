import type { Clock } from '../../core/clock.ts';
import type { BrowserListener, NoticeKind } from '../../ports/browser-engine.ts';

/** A page can ask for the same thing in an endless loop: this many in this time, of each kind. */
const MOST = 10;
const WITHIN_MS = 5000;

/** Words to the viewers. */
export class Notices {
  readonly #clock: Clock;
  readonly #listener: Pick<BrowserListener, 'notice'>;
  readonly #lately = new Map<NoticeKind, number[]>();

  constructor(clock: Clock, listener: Pick<BrowserListener, 'notice'>) {
    this.#clock = clock;
    this.#listener = listener;
  }

  tell(kind: NoticeKind, host: string | null): void {
    const now = this.#clock.elapsed();
    const lately = (this.#lately.get(kind) ?? []).filter((at) => now - at < WITHIN_MS);
    this.#lately.set(kind, lately);
    if (lately.length >= MOST) return;
    lately.push(now);
    this.#listener.notice(kind, host);
  }
}
