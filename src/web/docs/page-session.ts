/** The part of Swagger UI that knows what the caller has shown. */
export type AuthActions = {
  authorize(given: Record<string, object>): void;
  logout(names: readonly string[]): void;
};

/** The security scheme of the cookie, which the browser sends by itself. */
const SCHEME = 'session';
const SIGNS_IN = /\/v1\/authentication\/(verify|claim|stranger)$/;
const SIGNS_OUT = /\/v1\/authentication\/logout$/;

/** Remembers within this tab that the page is signed in; the cookie itself cannot be read. */
const REMEMBERED = 'signed-in-as';

type Request = { headers: Record<string, string> };
type Response = { url: string; ok: boolean; body?: unknown };
type Definitions = { filter(isWanted: (one: Definition) => boolean): Definitions };
type Definition = { has(name: string): boolean };

/** Authorize offers only what works when it is typed in: no page can send a cookie. */
export const onlyWhatWorks = {
  statePlugins: {
    auth: {
      wrapSelectors: {
        definitionsToAuthorize:
          (original: (...args: unknown[]) => Definitions) =>
          (_state: unknown, ...args: unknown[]): Definitions =>
            original(...args).filter((one) => !one.has(SCHEME)),
      },
    },
  },
};

/** Whether this page is signed in: by executing an operation that sets the session's cookie. */
export class PageSession {
  readonly #line: HTMLElement;
  #actions: AuthActions | undefined;
  #isOpen = false;

  constructor(line: HTMLElement) {
    this.#line = line;
  }

  /** Checks that a session from before a reload still lives. */
  async begin(actions: AuthActions): Promise<void> {
    this.#actions = actions;
    const name = sessionStorage.getItem(REMEMBERED);
    if (name === null) return this.#show(undefined);
    const { ok } = await fetch('/v1/portal/match/status');
    this.#show(ok ? name : undefined);
  }

  /** Notices that an operation has signed the page in or out. */
  noticed(response: Response): Response {
    if (response.ok && SIGNS_IN.test(response.url)) this.#show(nameIn(response.body));
    if (response.ok && SIGNS_OUT.test(response.url)) this.#show(undefined);
    return response;
  }

  /** The request without the cookie's stand-in, which only closes the locks: the browser adds the cookie. */
  without(request: Request): Request {
    delete request.headers.Cookie;
    return request;
  }

  #show(name: string | undefined): void {
    if (name === undefined) {
      sessionStorage.removeItem(REMEMBERED);
      // Swagger UI cannot undo what was never done.
      if (this.#isOpen) this.#actions?.logout([SCHEME]);
      this.#isOpen = false;
      this.#line.textContent =
        'Not signed in. Give the public key to Authorize, then execute verifyLoginCode with a code: that signs this page in.';
      return;
    }
    sessionStorage.setItem(REMEMBERED, name);
    this.#isOpen = true;
    const schema = { type: 'apiKey', in: 'cookie', name: 'psession' };
    this.#actions?.authorize({ [SCHEME]: { name: SCHEME, schema, value: 'sent by the browser' } });
    this.#line.textContent = `Signed in as ${name}: what you execute here is done by this session. `;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Sign out';
    button.addEventListener('click', () => void this.#signOut());
    this.#line.append(button);
  }

  async #signOut(): Promise<void> {
    const { ok, status } = await fetch('/v1/authentication/logout', { method: 'POST' });
    if (ok || status === 401) this.#show(undefined);
  }
}

function nameIn(body: unknown): string {
  const name = typeof body === 'object' && body !== null && 'username' in body ? body.username : undefined;
  return typeof name === 'string' ? name : 'a stranger';
}
