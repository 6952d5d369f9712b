import { isRecord, PortalError } from '../errors.ts';

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export type RestOptions = {
  /** The instance's address, for example `https://chat.example.org`. A path is kept. */
  url: string;
  /** The instance's public key (`hpub_…`), for signing in and for public reading. */
  publicKey?: string;
  /** A bot's own key (`hbot_…`). */
  apiKey?: string;
  /** An existing session token. Outside a browser, signing in sets it. */
  token?: string;
  /** Leave the session to the browser's cookies. The default if there is a `document`. */
  useCookies?: boolean;
  /** Time limit for an answer, in milliseconds; 15,000 by default. */
  timeoutMs?: number;
  fetch?: Fetch;
};

/** Which credential a call carries. */
export type CallAuth = 'none' | 'key' | 'public' | 'session' | 'bot';

export type Call = {
  method: 'GET' | 'POST';
  path: string;
  auth: CallAuth;
  query?: Record<string, string | number | undefined>;
  body?: object;
  /** Statuses besides 2xx whose body is an answer, not an error. */
  accept?: readonly number[];
  /** For calls that may take longer than others. */
  timeoutMs?: number;
};

/** Sends calls with their credentials, keeps the session token, and throws failures as {@link PortalError}. */
export class RestTransport {
  readonly url: string;
  readonly useCookies: boolean;
  /** The session token, unless the browser keeps the cookie. */
  token: string | undefined;
  readonly #options: RestOptions;
  readonly #fetch: Fetch;

  constructor(options: RestOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.url = options.url.replace(/\/+$/, '');
    this.token = options.token;
    this.useCookies = options.useCookies ?? 'document' in globalThis;
  }

  /** @throws PortalError */
  async call<Answer>(call: Call): Promise<Answer> {
    const response = await this.#send(call);
    this.#keepToken(response);
    const correlationId = response.headers.get('x-correlation-id');
    const body = await this.#readJson(response, correlationId);
    const isAnswer = response.ok || (call.accept?.includes(response.status) && !isError(body));
    if (!isAnswer) throw PortalError.fromBody(body, response.status, correlationId);
    return body as Answer;
  }

  /** The body of an answer that is not JSON. @throws PortalError */
  async bytes(call: Call): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.#send(call);
    const correlationId = response.headers.get('x-correlation-id');
    if (!response.ok)
      throw PortalError.fromBody(await this.#readJson(response, correlationId), response.status, correlationId);
    return new Uint8Array(await response.arrayBuffer());
  }

  async #send({ method, path, query, body, auth, timeoutMs }: Call): Promise<Response> {
    const headers = this.#credentials(auth);
    if (body) headers['content-type'] = 'application/json';
    const signal = AbortSignal.timeout(timeoutMs ?? this.#options.timeoutMs ?? 15_000);
    const init: RequestInit = { method, headers, signal, credentials: this.useCookies ? 'include' : 'omit' };
    if (body) init.body = JSON.stringify(body);
    try {
      return await this.#fetch(`${this.url}${path}${queryText(query)}`, init);
    } catch (cause) {
      throw transportError(cause, this.url);
    }
  }

  /** Sends a key only where a call needs one. What the public key opens, a stranger's session alone does not. */
  #credentials(auth: CallAuth): Record<string, string> {
    const { apiKey, publicKey } = this.#options;
    const headers: Record<string, string> = { accept: 'application/json' };
    const key = auth === 'bot' ? apiKey : publicKey;
    const needsKey = auth === 'bot' || auth === 'key' || auth === 'public';
    if (needsKey && key) headers['x-api-key'] = key;
    if (this.token && (auth === 'session' || auth === 'public')) headers.authorization = `Bearer ${this.token}`;
    return headers;
  }

  async #readJson(response: Response, correlationId: string | null): Promise<unknown> {
    try {
      return await response.json();
    } catch (cause) {
      if (cause instanceof DOMException) throw transportError(cause, this.url);
      const message = `The answer is not JSON (status ${response.status})`;
      throw new PortalError({ status: response.status, code: 'ERR_BAD_RESPONSE', message, correlationId, cause });
    }
  }

  /** Not in browsers, which hide Set-Cookie and keep the cookie themselves. */
  #keepToken(response: Response): void {
    if (this.useCookies) return;
    for (const cookie of response.headers.getSetCookie()) {
      const match = /^psession=([^;]*)/.exec(cookie);
      if (match) this.token = match[1] === '' ? undefined : match[1];
    }
  }
}

function isError(body: unknown): boolean {
  return isRecord(body) && typeof body.code === 'string' && typeof body.error === 'string';
}

function transportError(cause: unknown, url: string): PortalError {
  const isTimeout = cause instanceof DOMException && cause.name === 'TimeoutError';
  return isTimeout
    ? new PortalError({ code: 'ERR_TIMEOUT', message: `${url} did not answer in time`, cause })
    : new PortalError({ code: 'ERR_NETWORK', message: `Cannot reach ${url}`, cause });
}

function queryText(query: Call['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}
