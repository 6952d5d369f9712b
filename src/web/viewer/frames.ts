import type { RoomBrowser } from '../../client/room/browser.ts';
import { watchInView } from '../stage/in-view.ts';
import type { Latency } from '../stage/latency.ts';
import type { Screen } from '../stage/screen.ts';
import type { Viewer } from './state.ts';

type Deps = {
  browser: Pick<RoomBrowser, 'watch'>;
  screen: Screen;
  latency: Latency;
  viewer(): Viewer;
  set(change: Partial<Viewer>): void;
};

/** Draws the pictures of a browser that sends them one by one, while they can be seen. */
export function watchFrames(element: Element, { browser, screen, latency, viewer, set }: Deps): void {
  let stop: Promise<(() => void) | undefined> = Promise.resolve(undefined);
  watchInView(element, (isInView) => {
    stop = stop.then(async (end) => {
      end?.();
      if (!isInView) return undefined;
      return browser.watch(async (frame) => {
        const { browser: state } = viewer();
        if (!state) return;
        await screen.draw(frame);
        latency.shown(performance.now());
        const lag = { lagMs: latency.median ?? null, isSlow: latency.isSlow };
        const isSmall = frame.width < state.width;
        const { hasPicture, isSmall: wasSmall, lagMs } = viewer();
        if (!hasPicture || isSmall !== wasSmall || lag.lagMs !== lagMs) set({ hasPicture: true, isSmall, ...lag });
      });
    });
    stop = stop.catch(() => undefined);
  });
}
