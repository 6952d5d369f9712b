import type { RoomBrowser } from '../../client/room/browser.ts';
import type { BrowserFrame } from '../../client/room/frame-feed.ts';
import { watchInView } from '../stage/in-view.ts';
import type { Latency } from '../stage/latency.ts';
import type { Screen } from '../stage/screen.ts';
import type { Viewer } from './state.ts';

type Deps = {
  browser: Pick<RoomBrowser, 'watch' | 'follow' | 'on'>;
  screen: Screen;
  latency: Latency;
  viewer(): Viewer;
  set(change: Partial<Viewer>): void;
};

/** Hears of the browser while it can be seen, and draws its pictures if it sends them one by one. */
export function watchFrames(element: Element, { browser, screen, latency, viewer, set }: Deps): void {
  let isInView = false;
  const draw = async (frame: BrowserFrame) => {
    const { browser: state } = viewer();
    if (!state) return;
    await screen.draw(frame);
    latency.shown(performance.now());
    const lag = { lagMs: latency.median ?? null, isSlow: latency.isSlow };
    const isSmall = frame.width < state.width;
    const { hasPicture, isSmall: wasSmall, lagMs } = viewer();
    if (!hasPicture || isSmall !== wasSmall || lag.lagMs !== lagMs) set({ hasPicture: true, isSmall, ...lag });
  };
  const follow = switchOf(() => browser.follow());
  const watch = switchOf(() => browser.watch(draw));
  const update = () => {
    watch(isInView && viewer().browser?.frames === true);
    follow(isInView);
  };
  browser.on('started', update);
  watchInView(element, (isSeen) => {
    isInView = isSeen;
    update();
  });
}

/** Begins something and ends it again, one after the other. */
function switchOf(begin: () => Promise<() => void>): (isOn: boolean) => void {
  let isOn = false;
  let end: Promise<(() => void) | undefined> = Promise.resolve(undefined);
  return (turnOn) => {
    if (isOn === turnOn) return;
    isOn = turnOn;
    end = end
      .then((stop) => {
        stop?.();
        return turnOn ? begin() : undefined;
      })
      .catch(() => undefined);
  };
}
