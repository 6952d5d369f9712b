import type { BrowserAction, BrowserNotice } from '../../client/browser-wire.ts';
import { PortalError } from '../../client/errors.ts';
import type { JoinReply } from '../../client/events.ts';
import { canGoFullScreen, toggleFullScreen } from '../stage/full-screen.ts';
import { StageInput } from '../stage/input.ts';
import { Latency } from '../stage/latency.ts';
import type { Place } from '../stage/mouse.ts';
import { Pointers } from '../stage/pointers.ts';
import { createScreen } from '../stage/screen.ts';
import { Sound } from '../stage/sound.ts';
import { Copier } from './clipboard.ts';
import { ViewerConnection } from './connection.ts';
import { createDialogs } from './dialogs.ts';
import { watchFrames } from './frames.ts';
import { createLive } from './live.ts';
import { AT_FIRST, holdsMouse, isLive, type Viewer } from './state.ts';
import { createView, element, firstShown } from './view.ts';
import { nameOf, noticeWords } from './words.ts';

const NOTICE_MS = 8000;
const POINT_EVERY_MS = 60;

const [, base = '', id = ''] = /^(.*)\/v1\/portal\/chats\/(\d+)\/browser\/?$/.exec(location.pathname) ?? [];
const connection = new ViewerConnection(location.origin + base, Number(id));
const { browser, rest } = connection;
const now = () => performance.timeOrigin + performance.now();

let viewer: Viewer = AT_FIRST;
const view = createView({ grant: (userId) => act(browser.control.grant(userId)) });
const screen = createScreen(element('picture', HTMLCanvasElement));
const pointers = new Pointers(element('pointers', HTMLElement));
const latency = new Latency();
const copier = new Copier({
  get: browser.clipboard.get,
  offer(text) {
    const field = element('copied', HTMLInputElement);
    element('copied-bar', HTMLElement).hidden = false;
    field.value = text;
    field.select();
  },
});
const input = new StageInput({
  screen: view.at.screen,
  field: element('keys', HTMLTextAreaElement),
  platform: /^(Mac|iP)/.test(navigator.platform) ? 'mac' : 'other',
  width: () => viewer.browser?.width ?? 1280,
  send(events) {
    if (isLive(viewer)) return live.send(events);
    browser.input(...events);
    latency.sent(performance.now());
  },
  does(what) {
    if (what === 'leave') leaveKeyboard();
    else if (what === 'copy') act(copier.afterKey());
    else navigate(what);
  },
  points: point,
});
const sound = new Sound({
  video: element('video', HTMLVideoElement),
  controls: element('sounds', HTMLElement),
  changed: () => set({ sound: { isOn: sound.isOn, isHeldBack: sound.isHeldBack, volume: sound.volume } }),
});
const live = createLive({
  url: lineUrl(),
  video: element('video', HTMLVideoElement),
  canvas: element('picture', HTMLCanvasElement),
  screen: view.at.screen,
  pointers,
  viewer: () => viewer,
  set,
  setClipboard: browser.clipboard.set,
  failed,
  play: () => void sound.play(),
});
const dialogs = createDialogs({
  viewer: () => viewer,
  set,
  answer: (dialogId, answer) => act(browser.answer(dialogId, answer)),
  goOn: () => holdsMouse(viewer) && input.focus(),
});

function lineUrl(): string {
  const url = new URL(`${base}/v1/portal/chats/${id}/browser/ws`, location.origin);
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}

function set(change: Partial<Viewer>): void {
  const before = viewer;
  viewer = { ...viewer, ...change };
  if (holdsMouse(viewer) !== holdsMouse(before)) input.setHolding(holdsMouse(viewer));
  if (viewer.chat?.name !== before.chat?.name) document.title = `${viewer.chat?.name ?? ''} · Shared browser`;
  if (viewer.browser && !before.browser) view.at.screen.style.setProperty('--ratio', ratioOf(viewer.browser));
  view.render(viewer, now());
}

const ratioOf = ({ width, height }: { width: number; height: number }) => `${width} / ${height}`;

function endPicture(): void {
  live.stop();
  screen.clear();
  pointers.clear();
}

/** Does something that can be refused, and says so if it is. */
function act(doing: Promise<unknown>): void {
  doing.catch(failed);
}

function failed(error: unknown): void {
  tell(error instanceof PortalError ? error.message : String(error));
}

function tell(sentence: string): void {
  element('said-text', HTMLElement).textContent = sentence;
  element('said-bar', HTMLElement).hidden = false;
}

function leaveKeyboard(): void {
  const next = firstShown();
  if (next) next.focus();
  else element('keys', HTMLTextAreaElement).blur();
}

let pointedAt = 0;
function point({ x, y }: Place): void {
  const at = performance.now();
  if (!viewer.browser || !viewer.chat?.inactive_cursors || at - pointedAt < POINT_EVERY_MS) return;
  pointedAt = at;
  if (isLive(viewer)) live.point({ x, y });
  else browser.point(x, y);
}

/** A whole desktop is over there with some engines: it navigates by the browser's own keys. */
function navigate(action: BrowserAction): void {
  if (isLive(viewer)) live.navigate(action);
  else act(browser.navigate(action));
}

/** The browser is on. */
function begin(): void {
  if (isLive(viewer)) live.start();
}

async function start(): Promise<void> {
  set({ problem: null, stopped: null, progress: { step: 'create', percent: null } });
  try {
    const { state } = await browser.start();
    if (state === 'pulling') set({ progress: { step: 'pull', percent: null } });
  } catch (error) {
    set({ progress: null, problem: error instanceof PortalError ? error.message : String(error) });
  }
}

function showNotice(notice: BrowserNotice): void {
  const line = document.createElement('p');
  line.textContent = noticeWords(notice);
  element('notices', HTMLElement).append(line);
  setTimeout(() => line.remove(), NOTICE_MS);
}

async function learnChat(reply: JoinReply): Promise<void> {
  const chat = await rest.chats.get(reply.chat.id);
  const me = reply.members.find(({ sessions }) => sessions.some(({ session_id }) => session_id === reply.session_id));
  const isOwner = me !== undefined && chat.owner?.id === me.id;
  const runsServer = me?.permission_level === 3;
  set({ chat, mayStart: isOwner || runsServer, runsServer });
}

function listen(): void {
  connection.on('joined', (reply) => {
    const me = reply.members.find(({ sessions }) => sessions.some(({ session_id }) => session_id === reply.session_id));
    const names = new Map(reply.members.flatMap(({ id: userId, username }) => (userId ? [[userId, username]] : [])));
    const wasLost = viewer.line === 'lost';
    // Those that are still open are shown again.
    const asIfNew = { progress: null, isRecovering: false, dialog: null };
    set({ line: 'open', me: me?.id ?? null, names, browser: reply.browser, ...asIfNew });
    if (!isLive(viewer)) live.stop();
    begin();
    if (wasLost) live.tryNow();
    act(learnChat(reply));
  });
  connection.on('lost', () => {
    latency.forget();
    set({ line: viewer.line === 'opening' ? 'opening' : 'lost' });
  });
  connection.on('over', ({ sentence }) => {
    endPicture();
    set({ line: 'over', ending: sentence, browser: null, hasPicture: false, dialog: null, page: null });
  });
  connection.on('members', ({ joined, left }) => {
    const names = new Map(viewer.names);
    for (const { id: userId, username } of joined) if (userId) names.set(userId, username);
    for (const userId of left) pointers.remove(userId);
    set({ names });
  });
  connection.on('updated', (changes) => {
    if (viewer.chat) set({ chat: { ...viewer.chat, ...changes } });
  });
  browser.on('started', ({ browser: state }) => {
    set({ browser: state, progress: null, problem: null, stopped: null, isRecovering: false, idle: null });
    begin();
  });
  browser.on('stopped', ({ reason, error }) => {
    endPicture();
    const off = { browser: null, hasPicture: false, page: null, dialog: null, idle: null, isRecovering: false };
    // Of one's own start that failed the answer may come first.
    const problem = viewer.problem === null ? null : (error ?? viewer.problem);
    set({ ...off, progress: null, stopped: { reason, error }, problem });
  });
  browser.on('progress', (progress) => {
    if (!viewer.browser) set({ progress });
  });
  browser.on('recovering', () => {
    set({ isRecovering: true, dialog: null });
    if (isLive(viewer)) live.stop();
  });
  browser.on('idle', ({ stopsAt, reason }) => {
    if (stopsAt !== null) set({ idle: { stopsAt: Date.parse(stopsAt), reason } });
    else if (viewer.idle?.reason === reason) set({ idle: null });
  });
  browser.on('control', (control) => {
    if (control.host_user_id !== viewer.control.host_user_id) pointers.clear();
    set({ control });
  });
  browser.on('page', (page) => set({ page }));
  browser.on('notice', showNotice);
  browser.on('dialog', dialogs.show);
  browser.on('dialogClosed', ({ id }) => viewer.dialog?.id === id && set({ dialog: null }));
  for (const name of ['cursor', 'pointer'] as const)
    browser.on(name, ({ userId, ...place }) => {
      const isMine = userId === viewer.me;
      if (!isMine) pointers.show(userId, nameOf(viewer, userId), place, userId === viewer.control.host_user_id);
    });
  // A picture that cannot be decoded is followed by the next one.
  browser.on('error', (error) => error instanceof PortalError && tell(error.message));
}

function wire(): void {
  const onClick = (button: string, does: () => void) =>
    element(button, HTMLButtonElement).addEventListener('click', does);
  onClick('cover-does', () => (viewer.browser ? live.tryNow() : void start()));
  onClick('line-now', tryNow);
  onClick('sound', () => sound.toggle());
  onClick('sound-now', () => void sound.play());
  const volume = element('volume', HTMLInputElement);
  volume.addEventListener('input', () => sound.setVolume(volume.valueAsNumber / 100));
  onClick('keep', () => act(browser.keep()));
  onClick('ask', () => act(browser.control.request()));
  onClick('cancel', () => act(browser.control.cancel()));
  onClick('take', () => act(browser.control.take()));
  onClick('release', () => act(browser.control.release()));
  onClick('stop', () => act(browser.stop()));
  onClick('keyboard', () => input.focus());
  onClick('copy', () => act(copier.copy()));
  onClick('full', () => act(toggleFullScreen(view.at.viewer)));
  onClick('copied-close', () => element('copied-bar', HTMLElement).toggleAttribute('hidden', true));
  onClick('said-close', () => element('said-bar', HTMLElement).toggleAttribute('hidden', true));
  const full = element('full', HTMLButtonElement);
  full.hidden = !canGoFullScreen();
  document.addEventListener('fullscreenchange', () =>
    full.setAttribute('aria-pressed', String(document.fullscreenElement !== null)),
  );
  for (const button of view.at.address.querySelectorAll<HTMLButtonElement>('button'))
    button.addEventListener('click', () => navigate(button.dataset.does as BrowserAction));
  view.at.address.addEventListener('submit', (event) => {
    event.preventDefault();
    view.at.url.blur();
    act(browser.navigate({ url: addressOf(view.at.url.value) }));
  });
  setInterval(() => viewer.idle && set({}), 1000);
  addEventListener('online', tryNow);
  document.addEventListener('visibilitychange', () => connection.tryNow());
}

/** The network may be another one. */
function tryNow(): void {
  connection.tryNow();
  live.tryNow();
}

/** As one types it: a name alone gets a scheme. */
function addressOf(typed: string): string {
  const address = typed.trim();
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
}

listen();
wire();
watchFrames(view.at.screen, { browser, screen, latency, viewer: () => viewer, set });
connection.open();
