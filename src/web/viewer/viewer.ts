import type { BrowserNotice } from '../../client/browser-wire.ts';
import { PortalError } from '../../client/errors.ts';
import type { JoinReply } from '../../client/events.ts';
import { canGoFullScreen, toggleFullScreen } from '../stage/full-screen.ts';
import { watchInView } from '../stage/in-view.ts';
import { StageInput } from '../stage/input.ts';
import { Latency } from '../stage/latency.ts';
import type { Place } from '../stage/mouse.ts';
import { Pointers } from '../stage/pointers.ts';
import { createScreen } from '../stage/screen.ts';
import { Copier } from './clipboard.ts';
import { ViewerConnection } from './connection.ts';
import { AT_FIRST, holdsMouse, isHost, type Viewer } from './state.ts';
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
    browser.input(...events);
    latency.sent(performance.now());
  },
  does(what) {
    if (what === 'leave') leaveKeyboard();
    else if (what === 'copy') act(copier.afterKey());
    else act(browser.navigate(what));
  },
  points: point,
});

function set(change: Partial<Viewer>): void {
  const before = viewer;
  viewer = { ...viewer, ...change };
  if (holdsMouse(viewer) !== holdsMouse(before)) input.setHolding(holdsMouse(viewer));
  if (viewer.chat?.name !== before.chat?.name) document.title = `${viewer.chat?.name ?? ''} · Shared browser`;
  if (viewer.browser && !before.browser) view.at.screen.style.setProperty('--ratio', ratioOf(viewer.browser));
  view.render(viewer, now());
}

const ratioOf = ({ width, height }: { width: number; height: number }) => `${width} / ${height}`;

/** Does something that can be refused, and says so if it is. */
function act(doing: Promise<unknown>): void {
  doing.catch((error: unknown) => tell(error instanceof PortalError ? error.message : String(error)));
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
  browser.point(x, y);
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
  set({ chat, mayStart: isOwner || me?.permission_level === 3 });
}

function listen(): void {
  connection.on('joined', (reply) => {
    const me = reply.members.find(({ sessions }) => sessions.some(({ session_id }) => session_id === reply.session_id));
    const names = new Map(reply.members.flatMap(({ id: userId, username }) => (userId ? [[userId, username]] : [])));
    // Those that are still open are shown again.
    const asIfNew = { progress: null, isRecovering: false, dialog: null };
    set({ line: 'open', me: me?.id ?? null, names, browser: reply.browser, ...asIfNew });
    act(learnChat(reply));
  });
  connection.on('lost', () => {
    latency.forget();
    set({ line: viewer.line === 'opening' ? 'opening' : 'lost' });
  });
  connection.on('over', ({ sentence }) => {
    screen.clear();
    pointers.clear();
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
  browser.on('started', ({ browser: state }) =>
    set({ browser: state, progress: null, problem: null, stopped: null, isRecovering: false, idle: null }),
  );
  browser.on('stopped', ({ reason, error }) => {
    screen.clear();
    pointers.clear();
    const off = { browser: null, hasPicture: false, page: null, dialog: null, idle: null, isRecovering: false };
    // Of one's own start that failed the answer may come first.
    const problem = viewer.problem === null ? null : (error ?? viewer.problem);
    set({ ...off, progress: null, stopped: { reason, error }, problem });
  });
  browser.on('progress', (progress) => {
    if (!viewer.browser) set({ progress });
  });
  browser.on('recovering', () => set({ isRecovering: true, dialog: null }));
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
  browser.on('dialog', (dialog) => {
    element('dialog', HTMLFormElement).reset();
    set({ dialog });
    if (isHost(viewer)) element('dialog', HTMLFormElement).querySelector<HTMLElement>('input, button')?.focus();
  });
  browser.on('dialogClosed', ({ id }) => viewer.dialog?.id === id && set({ dialog: null }));
  for (const name of ['cursor', 'pointer'] as const)
    browser.on(name, ({ userId, ...place }) => {
      const isMine = userId === viewer.me;
      if (!isMine) pointers.show(userId, nameOf(viewer, userId), place, userId === viewer.control.host_user_id);
    });
  // A picture that cannot be decoded is followed by the next one.
  browser.on('error', (error) => error instanceof PortalError && tell(error.message));
}

/** Watches while the picture can be seen. */
function watch(): void {
  let stop: Promise<(() => void) | undefined> = Promise.resolve(undefined);
  watchInView(view.at.screen, (isInView) => {
    stop = stop.then(async (end) => {
      end?.();
      if (!isInView) return undefined;
      return browser.watch(async (frame) => {
        if (!viewer.browser) return;
        await screen.draw(frame);
        latency.shown(performance.now());
        const lag = { lagMs: latency.median ?? null, isSlow: latency.isSlow };
        const isSmall = frame.width < viewer.browser.width;
        if (!viewer.hasPicture || isSmall !== viewer.isSmall || lag.lagMs !== viewer.lagMs)
          set({ hasPicture: true, isSmall, ...lag });
      });
    });
    stop = stop.catch(() => undefined);
  });
}

function wire(): void {
  const onClick = (button: string, does: () => void) =>
    element(button, HTMLButtonElement).addEventListener('click', does);
  onClick('cover-does', () => void start());
  onClick('line-now', () => connection.tryNow());
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
    button.addEventListener('click', () => act(browser.navigate(button.dataset.does as 'back' | 'forward' | 'reload')));
  view.at.address.addEventListener('submit', (event) => {
    event.preventDefault();
    view.at.url.blur();
    act(browser.navigate({ url: addressOf(view.at.url.value) }));
  });
  const dialog = element('dialog', HTMLFormElement);
  dialog.addEventListener('submit', (event) => {
    event.preventDefault();
    answer(true);
  });
  onClick('dialog-no', () => answer(false));
  setInterval(() => viewer.idle && set({}), 1000);
  for (const [target, name] of [[window, 'online'] as const, [document, 'visibilitychange'] as const])
    target.addEventListener(name, () => connection.tryNow());
}

/** As one types it: a name alone gets a scheme. */
function addressOf(typed: string): string {
  const address = typed.trim();
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
}

function answer(accept: boolean): void {
  const { dialog } = viewer;
  if (!dialog) return;
  const text = element('dialog-input', HTMLInputElement).value;
  const secret = element('dialog-password', HTMLInputElement).value;
  const words = dialog.type === 'auth' ? `${text}:${secret}` : text;
  const hasText = accept && (dialog.type === 'prompt' || dialog.type === 'auth');
  act(browser.answer(dialog.id, hasText ? { accept, text: words } : { accept }));
  set({ dialog: null });
  if (holdsMouse(viewer)) input.focus();
}

listen();
wire();
watch();
connection.open();
