import { controlsOf, holdsMouse, isHost, isLive, type Viewer } from './state.ts';
import { type Cover, controlWords, coverOf, dialogWords, idleWords, lagWords, lineWords, nameOf } from './words.ts';

/** An element of the page by its id. */
export function element<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`the page has no ${type.name} #${id}`);
  return found;
}

const one = (id: string) => element(id, HTMLElement);
const button = (id: string) => element(id, HTMLButtonElement);

/** Changes a text only if it is another: a status that is set again is read out again. */
function say(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** The first thing that can be done now. */
export function firstShown(): HTMLButtonElement | undefined {
  return [...document.querySelectorAll<HTMLButtonElement>('.does button')].find(({ hidden }) => !hidden);
}

/** Writes the state into the page. */
export function createView(deps: { grant(userId: number): void }) {
  const at = {
    viewer: one('viewer'),
    address: one('address'),
    url: element('url', HTMLInputElement),
    screen: one('screen'),
    cover: one('cover'),
    coverTitle: one('cover-title'),
    coverText: one('cover-text'),
    coverProgress: element('cover-progress', HTMLProgressElement),
    coverDoes: button('cover-does'),
    lineBar: one('line-bar'),
    lineText: one('line-text'),
    soundBar: one('sound-bar'),
    idleBar: one('idle-bar'),
    idleText: one('idle-text'),
    keep: button('keep'),
    askers: one('askers'),
    holder: one('holder'),
    queue: one('queue'),
    lag: one('lag'),
  };

  function renderCover(cover: Cover | null, viewer: Viewer): void {
    at.cover.hidden = cover === null;
    at.screen.toggleAttribute('data-dim', cover !== null || viewer.line === 'lost' || viewer.isLate);
    at.screen.toggleAttribute('data-empty', !viewer.hasPicture);
    if (!cover) return;
    say(at.coverTitle, cover.title);
    say(at.coverText, cover.text);
    at.coverProgress.hidden = viewer.progress === null || viewer.browser !== null;
    if (cover.percent === null) at.coverProgress.removeAttribute('value');
    else at.coverProgress.value = cover.percent;
    at.coverDoes.hidden = cover.does === null;
    say(at.coverDoes, cover.does === 'again' || viewer.problem !== null ? 'Try again' : 'Start the browser');
  }

  function renderBars(viewer: Viewer, now: number): void {
    const line = lineWords(viewer);
    at.lineBar.hidden = line === undefined;
    say(at.lineText, line ?? '');
    at.soundBar.hidden = !isLive(viewer) || viewer.live !== 'playing' || !viewer.sound.isHeldBack;
    const idle = viewer.line === 'open' && viewer.browser ? idleWords(viewer, now) : undefined;
    at.idleBar.hidden = idle === undefined;
    say(at.idleText, idle ?? '');
    at.keep.hidden = viewer.idle?.reason !== 'idle';
  }

  function renderControl(viewer: Viewer): void {
    const words = controlWords(viewer);
    say(at.holder, words.holder);
    at.holder.toggleAttribute('data-held', viewer.control.host_user_id !== null);
    say(at.queue, words.queue);
    const may = controlsOf(viewer);
    const before = document.activeElement;
    button('ask').hidden = !may.ask;
    button('cancel').hidden = !may.cancel;
    button('take').hidden = !may.take;
    button('release').hidden = !may.release;
    button('stop').hidden = !may.stop;
    button('copy').hidden = viewer.browser === null || viewer.line !== 'open';
    button('keyboard').hidden = !holdsMouse(viewer);
    renderSound(viewer);
    // The button that was pressed may be gone: its successor takes the focus.
    if (before instanceof HTMLButtonElement && before.hidden) firstShown()?.focus();
    say(at.lag, lagWords(viewer) ?? '');
    at.lag.toggleAttribute('data-slow', viewer.isSlow || viewer.isSmall);
    renderAskers(viewer, may.grant);
  }

  function renderSound(viewer: Viewer): void {
    const { isOn, isHeldBack, volume } = viewer.sound;
    one('sounds').hidden = !isLive(viewer) || !viewer.hasPicture;
    button('sound').setAttribute('aria-pressed', String(isOn));
    const slider = element('volume', HTMLInputElement);
    if (document.activeElement !== slider) slider.value = String(isOn || isHeldBack ? Math.round(volume * 100) : 0);
  }

  function renderAskers(viewer: Viewer, mayGrant: boolean): void {
    const asking = mayGrant ? viewer.control.queue.filter((userId) => userId !== viewer.me) : [];
    const key = JSON.stringify(asking.map((userId) => [userId, nameOf(viewer, userId)]));
    if (at.askers.dataset.shown === key) return;
    at.askers.dataset.shown = key;
    at.askers.replaceChildren(...asking.map((userId) => asker(userId, nameOf(viewer, userId))));
  }

  function asker(userId: number, name: string): HTMLElement {
    const line = document.createElement('li');
    const who = document.createElement('bdi');
    who.textContent = name;
    who.translate = false;
    const does = document.createElement('button');
    does.type = 'button';
    does.className = 'button';
    does.dataset.kind = 'control';
    does.textContent = 'Hand over';
    does.setAttribute('aria-label', `Hand over the mouse to ${name}`);
    does.addEventListener('click', () => deps.grant(userId));
    const words = document.createElement('span');
    words.append(who, ' asks for the mouse');
    line.append(words, does);
    return line;
  }

  function renderAddress(viewer: Viewer): void {
    const { navigate } = controlsOf(viewer);
    at.address.hidden = viewer.browser === null || (viewer.chat?.browser_config.kiosk ?? false);
    for (const does of at.address.querySelectorAll('button')) does.disabled = !navigate;
    at.url.readOnly = !navigate;
    at.url.setAttribute('aria-busy', String(viewer.page?.loading ?? false));
    const isTyping = document.activeElement === at.url && navigate;
    const url = viewer.page?.url ?? '';
    if (!isTyping) at.url.value = url === 'about:blank' ? '' : url;
    at.url.placeholder = navigate ? 'Type an address' : '';
  }

  function renderDialog(viewer: Viewer): void {
    const form = element('dialog', HTMLFormElement);
    const { dialog } = viewer;
    form.hidden = dialog === null;
    if (!dialog) return;
    const words = dialogWords(dialog, viewer);
    const isMine = isHost(viewer);
    say(one('dialog-title'), words.title);
    say(one('dialog-text'), dialog.message);
    one('dialog-answer').hidden = !isMine || (dialog.type !== 'prompt' && dialog.type !== 'auth');
    one('dialog-secret').hidden = !isMine || dialog.type !== 'auth';
    say(one('dialog-label'), dialog.type === 'auth' ? 'Name' : 'Answer');
    say(button('dialog-yes'), words.yes);
    button('dialog-yes').hidden = !isMine;
    button('dialog-no').hidden = !isMine || words.no === null;
  }

  return {
    at,
    render(viewer: Viewer, now: number): void {
      const cover = coverOf(viewer);
      renderCover(cover, viewer);
      renderBars(viewer, now);
      renderControl(viewer);
      renderAddress(viewer);
      renderDialog(viewer);
      at.viewer.dataset.line = viewer.line;
      at.viewer.dataset.live = viewer.live;
    },
  };
}

export type View = ReturnType<typeof createView>;
