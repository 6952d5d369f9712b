import type { Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import { browserErrors } from './browser.errors.ts';
import type { RunningBrowsers, RunningChat } from './running.ts';

type Deps = { timers: Timers; running: Pick<RunningBrowsers, 'find' | 'onEach'> };

/** The last picture of one run of a browser. */
type Kept = { of: RunningChat; data: Uint8Array | undefined; at: number; next: Promise<Uint8Array> | undefined };

const FULL_EVERY_MS = SECOND_MS;
const PREVIEW = { quality: 60, width: 480 };
const PREVIEW_EVERY_MS = 20 * SECOND_MS;
/** Where there is an older picture, and where there is none: an engine has 2 s to find one. */
const PATIENCE_MS = 1.8 * SECOND_MS;
const PATIENCE_WITHOUT_MS = 2.5 * SECOND_MS;

export type Captures = ReturnType<typeof createCaptures>;

/** Pictures of running browsers, taken no more often than they are allowed to be, however many ask. */
export function createCaptures({ timers, running }: Deps) {
  const screens = new Map<number, Kept>();
  const previews = new Map<number, Kept>();
  running.onEach((chatId) => ({
    gone(isOver) {
      if (!isOver) return;
      screens.delete(chatId);
      previews.delete(chatId);
    },
  }));

  /** The last picture if it is new enough, or if the next one does not come. Throws 404 when the browser is off. */
  async function pictureOf(
    all: Map<number, Kept>,
    everyMs: number,
    chatId: number,
    options: (chat: RunningChat) => { quality: number; width: number },
  ): Promise<Uint8Array> {
    const chat = running.find(chatId);
    if (!chat) throw browserErrors.notRunning();
    const known = all.get(chatId);
    const kept = known?.of === chat ? known : { of: chat, data: undefined, at: 0, next: undefined };
    all.set(chatId, kept);
    if (kept.data && timers.elapsed() - kept.at < everyMs) return kept.data;
    kept.next ??= take(kept, options(chat)).finally(() => {
      kept.next = undefined;
    });
    return orElse(kept.next, kept.data);
  }

  async function take(kept: Kept, options: { quality: number; width: number }): Promise<Uint8Array> {
    const { browser } = kept.of;
    if (!browser) throw browserErrors.noAnswer();
    // Before it is taken: a page that does not answer is not asked more often than one that does.
    kept.at = timers.elapsed();
    kept.data = await browser.capture(options);
    return kept.data;
  }

  /** The next picture, or the last one where that fails or takes too long. */
  async function orElse(next: Promise<Uint8Array>, last: Uint8Array | undefined): Promise<Uint8Array> {
    const late = Promise.withResolvers<Uint8Array>();
    const cancel = last
      ? timers.after(PATIENCE_MS, () => late.resolve(last))
      : timers.after(PATIENCE_WITHOUT_MS, () => late.reject(browserErrors.noAnswer()));
    try {
      return await Promise.race([next, late.promise]);
    } catch {
      if (last) return last;
      throw browserErrors.noAnswer();
    } finally {
      cancel();
    }
  }

  return {
    /** What the browser shows. In between two captures everyone gets the same picture, whatever their quality. */
    screen: (chatId: number, quality: number) =>
      pictureOf(screens, FULL_EVERY_MS, chatId, ({ width }) => ({ quality, width })),

    /** A small picture for lobbies. */
    preview: (chatId: number) => pictureOf(previews, PREVIEW_EVERY_MS, chatId, () => PREVIEW),
  };
}
