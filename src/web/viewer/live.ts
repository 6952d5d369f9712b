import type { BrowserAction, BrowserInput } from '../../client/browser-wire.ts';
import { Alarms, afterTimeout } from '../stage/alarms.ts';
import { cursorOf } from '../stage/cursor-shape.ts';
import { packets, readArrival } from '../stage/data-channel.ts';
import { watchInView } from '../stage/in-view.ts';
import { Latency } from '../stage/latency.ts';
import { LiveInput } from '../stage/live-input.ts';
import { LivePicture, type LiveState } from '../stage/live-picture.ts';
import type { Place } from '../stage/mouse.ts';
import { openPeer } from '../stage/peer.ts';
import type { Pointers } from '../stage/pointers.ts';
import { openSignalLine } from '../stage/signal-line.ts';
import type { Cursors } from '../stage/signals.ts';
import type { Viewer } from './state.ts';
import { nameOf } from './words.ts';

type Deps = {
  /** Of the line, as a WebSocket. */
  url: string;
  video: HTMLVideoElement;
  canvas: HTMLCanvasElement;
  /** The picture's own box. */
  screen: HTMLElement;
  pointers: Pointers;
  viewer(): Viewer;
  set(change: Partial<Viewer>): void;
  setClipboard(text: string): Promise<void>;
  failed(error: unknown): void;
  /** There is something to play. */
  play(): void;
};

const PING_MS = 2000;
/** A picture that stands still for so long is spoken of. */
const LATE_MS = 2000;
/** Pointers of others come together, as often as this. */
const POINTERS_MS = 700;
const MOST_STEPS = 24;

/** How a browser navigates by its own keys. */
const KEYS: Record<BrowserAction, { key: string; modifiers: number }> = {
  back: { key: 'ArrowLeft', modifiers: 1 },
  forward: { key: 'ArrowRight', modifiers: 1 },
  reload: { key: 'F5', modifiers: 0 },
};

export type Live = ReturnType<typeof createLive>;

/** Picture, sound and input of a browser that sends its picture by WebRTC. */
export function createLive(deps: Deps) {
  const { video, canvas, screen, pointers, viewer, set } = deps;
  const now = () => performance.now();
  const alarms = new Alarms<'late'>(afterTimeout);
  const latency = new Latency();
  let pings = 0;

  const input: LiveInput = new LiveInput({
    after: afterTimeout,
    now,
    send: (packet) => picture.send(packet),
    claim: () => picture.claim(),
    async setClipboard(text) {
      try {
        await deps.setClipboard(text);
        return true;
      } catch (error) {
        deps.failed(error);
        return false;
      }
    },
  });
  const picture: LivePicture = new LivePicture({
    after: afterTimeout,
    now,
    openLine: (end) => openSignalLine(deps.url, end),
    openPeer,
    isAudible: () => !video.muted && !video.paused && video.volume > 0,
    changed,
    media: show,
    data: arrive,
    channel: (isOpen) => input.setOpen(isOpen),
    drives: (isDriving) => input.setMayDrive(isDriving),
    size: (size) => input.setSize(size),
    cursors: showOthers,
  });

  function changed(live: LiveState, liveEnding: string | null): void {
    if (live === 'coming') alarms.set('late', LATE_MS, () => set({ isLate: viewer().hasPicture }));
    else alarms.clear('late');
    if (live !== 'playing') latency.forget();
    if (live === 'off' || live === 'ended') hide();
    if (live === 'resting') keepLast();
    const hasPicture = live === 'playing' || (viewer().hasPicture && live !== 'off' && live !== 'ended');
    set({ live, liveEnding, hasPicture, isLate: false, lagMs: null, isSlow: false });
  }

  /** What was to be seen last stays behind the video until the next picture comes. */
  function keepLast(): void {
    if (video.videoWidth === 0 || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext('2d', { alpha: false })?.drawImage(video, 0, 0);
  }

  function show(stream: MediaStream): void {
    if (video.srcObject === stream) return;
    keepLast();
    video.hidden = false;
    canvas.setAttribute('aria-hidden', 'true');
    video.srcObject = stream;
    deps.play();
  }

  function hide(): void {
    video.srcObject = null;
    video.hidden = true;
    canvas.removeAttribute('aria-hidden');
    canvas.getContext('2d', { alpha: false })?.fillRect(0, 0, canvas.width, canvas.height);
    pointers.clear();
  }

  function arrive(data: ArrayBuffer): void {
    const arrival = readArrival(data);
    if (arrival?.what === 'pointer') showHost(input.placeOf(arrival.at));
    else if (arrival?.what === 'shape') screen.style.setProperty('--pointer', cursorOf(arrival) ?? 'default');
    else if (arrival?.what === 'pong' && arrival.id === pings) {
      latency.shown(now());
      set({ lagMs: latency.median ?? null, isSlow: latency.isSlow });
    }
  }

  function showHost(place: Place): void {
    const { control, me } = viewer();
    const { host_user_id: host } = control;
    if (host !== null && host !== me) pointers.show(host, nameOf(viewer(), host), place, true);
  }

  function showOthers(all: Cursors): void {
    for (const { id, cursors } of all) {
      const userId = Number.parseInt(id, 10);
      const { me, control } = viewer();
      if (!(userId > 0) || userId === me || userId === control.host_user_id) continue;
      const steps = cursors.slice(-MOST_STEPS);
      steps.forEach((at, index) => {
        const later = (POINTERS_MS / steps.length) * index;
        setTimeout(() => {
          if (picture.state === 'playing') pointers.show(userId, nameOf(viewer(), userId), input.placeOf(at), false);
        }, later);
      });
    }
  }

  // A page that is opened in a tab behind waits until somebody comes.
  picture.setSeen(false);
  watchInView(screen, (isInView) => picture.setSeen(isInView));
  setInterval(() => {
    if (picture.state !== 'playing' || document.visibilityState === 'hidden') return;
    pings += 1;
    picture.send(packets.ping(pings));
    latency.sent(now());
  }, PING_MS);

  return {
    start: () => picture.start(),
    stop: () => picture.stop(),
    tryNow: () => picture.tryNow(),
    send: (events: readonly BrowserInput[]) => input.take(events),
    point: (place: Place) => input.point(place),
    navigate(action: BrowserAction): void {
      const event = { type: 'key' as const, code: '', ...KEYS[action] };
      input.take([
        { ...event, down: true },
        { ...event, down: false },
      ]);
    },
  };
}
