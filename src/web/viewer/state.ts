import type {
  BrowserDialog,
  BrowserPage,
  BrowserProgress,
  BrowserState,
  ControlState,
  StopReason,
} from '../../client/browser-wire.ts';
import type { ChatDetails } from '../../client/wire.ts';
import type { LiveState } from '../stage/live-picture.ts';

/** All that the page shows. */
export type Viewer = {
  line: 'opening' | 'open' | 'lost' | 'over';
  /** Why it is over, in a sentence. */
  ending: string | null;
  me: number | null;
  names: ReadonlyMap<number, string>;
  /** Of the chat, once it is known. */
  chat: Pick<
    ChatDetails,
    'name' | 'can_manage' | 'allow_control_requests' | 'locked_controls' | 'inactive_cursors' | 'browser_config'
  > | null;
  /** Whether this person may start and stop the browser. */
  mayStart: boolean;
  /** Whether this person runs the server. */
  runsServer: boolean;
  browser: BrowserState | null;
  progress: BrowserProgress | null;
  isRecovering: boolean;
  /** Whether a picture has been drawn since the browser came on. */
  hasPicture: boolean;
  stopped: { reason: StopReason; error: string | null } | null;
  /** Why a start did not work, in the server's sentence. */
  problem: string | null;
  idle: { stopsAt: number; reason: 'idle' | 'max' } | null;
  control: ControlState;
  page: BrowserPage | null;
  dialog: BrowserDialog | null;
  /** The median time from one's own input to the next picture; null before there is one. */
  lagMs: number | null;
  isSlow: boolean;
  /** Pictures come smaller, since the line is slow. */
  isSmall: boolean;
  /** How a browser is shown that sends its picture by WebRTC. */
  live: LiveState;
  /** Why that has ended, in a sentence. */
  liveEnding: string | null;
  /** Its picture has stood still for a while, and is being asked for again. */
  isLate: boolean;
  /** `isHeldBack`: it comes with the first click. */
  sound: { isOn: boolean; isHeldBack: boolean; volume: number };
};

export const AT_FIRST: Viewer = {
  line: 'opening',
  ending: null,
  me: null,
  names: new Map(),
  chat: null,
  mayStart: false,
  runsServer: false,
  browser: null,
  progress: null,
  isRecovering: false,
  hasPicture: false,
  stopped: null,
  problem: null,
  idle: null,
  control: { host_user_id: null, queue: [], locked: false, implicit: false },
  page: null,
  dialog: null,
  lagMs: null,
  isSlow: false,
  isSmall: false,
  live: 'off',
  liveEnding: null,
  isLate: false,
  sound: { isOn: false, isHeldBack: false, volume: 1 },
};

export const isHost = ({ me, control }: Viewer): boolean => me !== null && control.host_user_id === me;
export const hasAsked = ({ me, control }: Viewer): boolean => me !== null && control.queue.includes(me);
export const isManager = ({ chat }: Viewer): boolean => chat?.can_manage ?? false;

/** Whether picture and sound come by WebRTC. */
export const isLive = ({ browser }: Viewer): boolean => browser !== null && !browser.frames;

/** Whether this person may send input now. */
export const holdsMouse = (viewer: Viewer): boolean =>
  isHost(viewer) && viewer.line === 'open' && viewer.browser !== null && !viewer.isRecovering;

/** What this person may do about the mouse now. */
export function controlsOf(viewer: Viewer) {
  const isOn = viewer.line === 'open' && viewer.browser !== null;
  const mine = isHost(viewer);
  const asks = viewer.chat?.allow_control_requests ?? false;
  const asked = hasAsked(viewer);
  const manages = isManager(viewer);
  return {
    ask: isOn && asks && !mine && !asked && !(manages && viewer.control.host_user_id === null),
    cancel: isOn && asked,
    take: isOn && manages && !mine,
    release: isOn && mine,
    grant: isOn && (manages || (mine && asks && !viewer.control.locked)),
    start: viewer.line === 'open' && viewer.browser === null && viewer.mayStart && viewer.progress === null,
    stop: isOn && viewer.mayStart,
    navigate: holdsMouse(viewer) && !viewer.chat?.browser_config.kiosk,
  };
}
