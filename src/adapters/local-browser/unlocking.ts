import type { Clock } from '../../core/clock.ts';
import type { Gate } from '../egress/gate.ts';
import { unlock } from '../egress/unlock.ts';
import type { DevToolsPipe } from './devtools-pipe.ts';
import { PageSession } from './page-session.ts';

type Options = {
  pipe: DevToolsPipe;
  clock: Clock;
  gate: Pick<Gate, 'credential' | 'greeting' | 'greetings'>;
  contextId: string;
};

const PACE_MS = 5000;

/**
 * Tells Chromium the credential of its way out: at the beginning, and again when the process that knew it has been replaced. What
 * a page loads in between fails; documents do not, because each of them may ask for itself.
 */
export class Unlocking {
  readonly #options: Options;
  #targetId: string | undefined;
  #isOpening = false;
  #lastAt: number;

  constructor(options: Options) {
    this.#options = options;
    this.#lastAt = options.clock.elapsed();
  }

  /** Whether this may be the page that is opened for it. */
  isOwn(targetId: string): boolean {
    return targetId === this.#targetId || this.#isOpening;
  }

  /** @throws Error when Chromium does not go this way */
  with(session: PageSession): Promise<void> {
    return unlock(session, this.#options.gate);
  }

  /** Chromium has forgotten it. */
  async again(): Promise<void> {
    const { pipe, clock, contextId } = this.#options;
    const now = clock.elapsed();
    if (now - this.#lastAt < PACE_MS || this.#isOpening) return;
    this.#lastAt = now;
    this.#isOpening = true;
    let targetId: string | undefined;
    try {
      const place = { browserContextId: contextId, background: true };
      ({ targetId } = await pipe.send('Target.createTarget', { url: 'about:blank', ...place }));
      this.#targetId = targetId;
      await this.with(await PageSession.attach(pipe, targetId as string));
    } catch {
      // The next request that fails brings it here again.
    } finally {
      this.#isOpening = false;
      if (targetId !== undefined) pipe.send('Target.closeTarget', { targetId }).catch(() => {});
    }
  }
}
