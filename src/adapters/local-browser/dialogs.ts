import type { Cancel, Timers } from '../../core/clock.ts';
import type { BrowserListener, Dialog } from '../../ports/browser-engine.ts';
import { hostOf } from '../web-address.ts';
import type { DevToolsEvent, Params } from './devtools-pipe.ts';
import { PERMISSION_ASKED } from './page-script.ts';
import type { PageSession } from './page-session.ts';

type Options = {
  timers: Timers;
  listener: Pick<BrowserListener, 'dialog' | 'dialogClosed'>;
  /** What the way out asks for. No website gets it. */
  credential: { username: string; password: string };
  /** The page stands still, or goes on. */
  onChange(isOpen: boolean): void;
  /** What a page wanted was refused. */
  onPermissionAsked(): void;
  /** A page that is to come asks before it does. */
  onAuth(): void;
};
type Answer = { accept: boolean; text?: string };
type Open = { type: Dialog['type']; give(answer: Answer): void; cancel: Cancel };

const UNANSWERED_MS = 30_000;
const LONGEST_MESSAGE = 1000;

/** What a page asks. It stands still meanwhile; without an answer the question is dismissed after 30 s. */
export class Dialogs {
  readonly #options: Options;
  readonly #open = new Map<string, Open>();
  #lastNumber = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Takes an event of this page. */
  handle({ method, params }: DevToolsEvent, session: PageSession): void {
    if (method === 'Page.javascriptDialogOpening') this.#ofScript(params, session);
    if (method === 'Page.javascriptDialogClosed') this.#close((type) => type !== 'auth');
    if (method === 'Fetch.requestPaused') session.tell('Fetch.continueRequest', { requestId: params.requestId });
    if (method === 'Fetch.authRequired') this.#ofServer(params, session);
    if (method === 'Page.frameNavigated' && params.frame.parentId === undefined) this.#close((type) => type === 'auth');
  }

  answer(id: string, answer: Answer): void {
    const dialog = this.#open.get(id);
    if (!dialog) return;
    this.#forget(id, dialog);
    dialog.give(answer);
  }

  /** The page is left, or gone. Even then Chromium takes no input until it hears an answer. */
  dismissAll(): void {
    for (const id of [...this.#open.keys()]) this.answer(id, { accept: false });
  }

  #ofScript({ type, message }: { type: string; message: string }, session: PageSession): void {
    const give = (answer: { accept: boolean; text?: string }) => {
      const params: Params = { accept: answer.accept };
      if (answer.text !== undefined) params.promptText = answer.text;
      session.tell('Page.handleJavaScriptDialog', params);
    };
    if (message === PERMISSION_ASKED) {
      give({ accept: false });
      this.#options.onPermissionAsked();
      return;
    }
    // "Leave this page?" comes only when someone wants to leave it.
    if (type === 'beforeunload') give({ accept: true });
    else if (type === 'confirm' || type === 'prompt') this.#ask(type, message, give);
    else this.#ask('alert', message, give);
  }

  #ofServer({ requestId, request, authChallenge }: AuthRequired, session: PageSession): void {
    const respond = (response: Params) =>
      session.tell('Fetch.continueWithAuth', { requestId, authChallengeResponse: response });
    if (authChallenge.source === 'Proxy') {
      respond({ response: 'ProvideCredentials', ...this.#options.credential });
      return;
    }
    const host = hostOf(request.url) ?? '';
    const message = authChallenge.realm ? `${host}: ${authChallenge.realm}` : host;
    this.#ask('auth', message, ({ accept, text = '' }) => {
      const end = text.indexOf(':');
      const [username, password] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
      respond(accept ? { response: 'ProvideCredentials', username, password } : { response: 'CancelAuth' });
    });
  }

  #ask(type: Dialog['type'], message: string, give: Open['give']): void {
    const id = String(++this.#lastNumber);
    const cancel = this.#options.timers.after(UNANSWERED_MS, () => this.answer(id, { accept: false }));
    this.#open.set(id, { type, give, cancel });
    this.#options.onChange(true);
    if (type === 'auth') this.#options.onAuth();
    this.#options.listener.dialog({ id, type, message: message.slice(0, LONGEST_MESSAGE) });
  }

  #close(isMeant: (type: Dialog['type']) => boolean): void {
    for (const [id, dialog] of [...this.#open]) if (isMeant(dialog.type)) this.#forget(id, dialog);
  }

  #forget(id: string, { cancel }: Open): void {
    cancel();
    this.#open.delete(id);
    this.#options.listener.dialogClosed(id);
    if (!this.isOpen) this.#options.onChange(false);
  }
}

type AuthRequired = {
  requestId: string;
  request: { url: string };
  authChallenge: { source?: string; realm?: string };
};
