import type { BrowserListener } from '../../../ports/browser-engine.ts';

/** A listener that hears nothing more once `isCurrent` is false: what an attempt tells that is over. */
export function hearWhile(isCurrent: () => boolean, listener: BrowserListener): BrowserListener {
  const heard =
    <About extends unknown[]>(hear: ((...about: About) => void) | undefined) =>
    (...about: About): void => {
      if (isCurrent()) hear?.(...about);
    };
  return {
    frame: heard(listener.frame),
    page: heard(listener.page),
    notice: heard(listener.notice),
    dialog: heard(listener.dialog),
    dialogClosed: heard(listener.dialogClosed),
    away: heard(listener.away),
    back: heard(listener.back),
    gone: heard(listener.gone),
  };
}
