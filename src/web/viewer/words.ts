import type { BrowserDialog, BrowserNotice, BrowserProgress, StopReason } from '../../client/browser-wire.ts';
import { controlsOf, hasAsked, isHost, isLive, type Viewer } from './state.ts';

/** What lies over the picture: what is going on, and what one can do. */
export type Cover = { title: string; text: string; does: 'start' | 'again' | null; percent: number | null };

const STEPS: Record<BrowserProgress['step'], string> = {
  pull: 'Fetching the browser. The first time, this can take minutes.',
  create: 'Making room for it.',
  boot: 'It is coming up.',
  ready: 'Almost there.',
};

const STOPPED: Record<StopReason, string> = {
  stopped: 'It was stopped.',
  idle: 'It stopped because nobody was watching.',
  max: 'It stopped because it had run for as long as it may here.',
  failed: 'It stopped working.',
  replaced: 'It was replaced.',
  deleted: 'It is gone.',
  shutdown: 'The server is being restarted.',
};

/** What is said instead of a picture, or over one that stands still; null while all is well. */
export function coverOf(viewer: Viewer): Cover | null {
  const cover = (title: string, text = '', more: Partial<Cover> = {}): Cover => ({
    title,
    text,
    does: null,
    percent: null,
    ...more,
  });
  const { line, browser, progress, problem, stopped } = viewer;
  if (line === 'over') return cover('This is over', sentence(viewer.ending ?? ''));
  if (line === 'opening') return cover('One moment', 'Connecting.');
  if (viewer.isRecovering) return cover('The browser crashed', 'It is being started again.');
  if (browser) {
    const live = isLive(viewer) ? liveWords(viewer) : undefined;
    if (live) return cover(live.title, live.text, { does: live.again ? 'again' : null });
    if (line === 'open' && !viewer.hasPicture) return cover('One moment', 'The picture is coming.');
    return null;
  }
  if (progress) return cover('Starting the browser', STEPS[progress.step], { percent: progress.percent });
  const { start } = controlsOf(viewer);
  const does = start ? 'start' : null;
  if (problem !== null) return cover('The browser did not start', problem, { does });
  const howToStart = start ? 'Everyone in the chat will see it.' : 'The chat’s owner can start it.';
  if (!stopped) return cover('The shared browser is off', howToStart, { does });
  const why = stopped.error ?? STOPPED[stopped.reason];
  return cover('The shared browser is off', `${sentence(why)} ${start ? '' : howToStart}`.trim(), { does });
}

/** What is said when picture and sound do not come; undefined while they do, or may. */
function liveWords({
  live,
  liveEnding,
  runsServer,
}: Viewer): { title: string; text: string; again: boolean } | undefined {
  if (live === 'ended') return { title: 'The picture has ended', text: sentence(liveEnding ?? ''), again: false };
  if (live === 'unanswered')
    return { title: 'No picture comes', text: 'The browser does not answer. Trying again.', again: true };
  if (live !== 'blocked') return undefined;
  const help = 'Try another network, or switch off a VPN or a strict firewall.';
  const more = runsServer
    ? 'If nobody gets a picture, run “portal doctor”: it says which port or address is wrong.'
    : 'The talk goes on, and this page tries again by itself.';
  return { title: 'Your network is blocking the video', text: `${help} ${more}`, again: true };
}

/** That the connection, or the picture alone, is being sought again; undefined while all is well. */
export function lineWords({ line, browser, isLate, live }: Viewer): string | undefined {
  if (line === 'lost') return 'Connection lost. Trying again.';
  return browser && isLate && live === 'coming' ? 'The picture stopped. Trying again.' : undefined;
}

const sentence = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`);

export const nameOf = ({ names }: Pick<Viewer, 'names'>, userId: number): string => names.get(userId) ?? 'Somebody';

/** Who has the mouse, and who waits for it. */
export function controlWords(viewer: Viewer): { holder: string; queue: string } {
  const { browser, control, me } = viewer;
  if (!browser) return { holder: '', queue: '' };
  const { host_user_id: host, queue } = control;
  const holder = isHost(viewer)
    ? 'You have the mouse'
    : host === null
      ? 'Nobody has the mouse'
      : `${nameOf(viewer, host)} has the mouse`;
  const place = me === null ? -1 : queue.indexOf(me);
  if (hasAsked(viewer)) return { holder, queue: place === 0 ? 'You are next' : `You asked: ${place} before you` };
  return { holder, queue: '' };
}

/** That the browser is about to stop; undefined while it is not. */
export function idleWords({ idle }: Pick<Viewer, 'idle'>, now: number): string | undefined {
  if (!idle) return undefined;
  const seconds = Math.round((idle.stopsAt - now) / 1000);
  const why = idle.reason === 'idle' ? 'Nobody is watching. ' : '';
  // The clocks here and there may differ by anything.
  if (seconds <= 0 || seconds > 600) return `${why}The browser stops soon.`;
  return `${why}The browser stops in ${durationWords(seconds)}.`;
}

function durationWords(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** How the line is; undefined while there is nothing to say. */
export function lagWords({ browser, lagMs, isSlow, isSmall }: Viewer): string | undefined {
  if (!browser) return undefined;
  const lag = lagMs === null ? '' : `${Math.round(lagMs)} ms`;
  if (isSmall) return `Slow line: smaller picture${lag && ` · ${lag}`}`;
  if (isSlow) return `Slow line · ${lag}`;
  return lag || undefined;
}

/** What the page over there wanted and did not get, or what happened to it. */
export function noticeWords({ kind, host }: BrowserNotice): string {
  const who = host ?? 'The page';
  switch (kind) {
    case 'download':
      return `${who} offered a download. The shared browser takes none.`;
    case 'popup':
      return `${who} opened another page. It is shown here.`;
    case 'permission':
      return `${who} asked for a permission. The shared browser gives none.`;
    case 'upload':
      return `${who} asked for a file. The shared browser has none.`;
    case 'crash':
      return 'The page crashed and was loaded again.';
    case 'closed':
      return 'The page closed itself.';
  }
}

/** How a dialog of the page is introduced, and what its buttons say. */
export function dialogWords(
  { type }: BrowserDialog,
  viewer: Viewer,
): { title: string; yes: string; no: string | null } {
  const isMine = isHost(viewer);
  const { host_user_id: host } = viewer.control;
  const asks = type === 'auth' ? 'The page asks for a name and a password' : 'The page asks';
  const who = host === null ? 'whoever takes the mouse can answer' : `${nameOf(viewer, host)} can answer`;
  const title = type === 'alert' ? 'The page says' : isMine ? asks : `${asks}; ${who}`;
  return { title, yes: type === 'auth' ? 'Sign in' : 'OK', no: type === 'alert' ? null : 'Cancel' };
}
