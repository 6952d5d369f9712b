import type { CallOptions, Credential } from '../api/route.ts';
import { type RandomBytes, secureRandom } from '../crypto/random.ts';
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
  /** Time limit for one try, in milliseconds; 15,000 by default. */
  timeoutMs?: number;
  /** How long a call may take with all its tries, in milliseconds; 60,000 by default. 0 means one try. */
  patienceMs?: number;
  /** The pause before a call is repeated, where the server names none; it doubles. 400 by default, in milliseconds. */
  pauseMs?: number;
  random?: RandomBytes;
  fetch?: Fetch;
};

/** One call, with everything that its route says. */
export type Call = CallOptions & {
  method: string;
  path: string;
  auth: Credential | 'session';
  query: object | undefined;
  body: object | undefined;
  /** Whether it may be sent again when nobody knows if it took effect. */
  isRepeatable: boolean;
  reads: 'json' | 'text' | 'bytes';
  /** Whether the body of a 503 is an answer, unless it is an error. */
  accepts503: boolean;
};

/** Repetitions without a word from the server how long to wait. */
const MOST_REPEATS = 3;
const LOGOUT = '/v1/authentication/logout';
/** Proxies answer with these for a server that is away, or with 503. */
const AWAY = [502, 503, 504];

/**
 * Sends calls with their credentials, keeps the session token, and throws failures as {@link PortalError}. A call that the
 * server refused for now (429) is sent again after the time that it named; one without an answer, or while the server is away,
 * only if it is safe to repeat.
 */
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

  /** @throws PortalError, or the reason of the caller's signal */
  async call(call: Call): Promise<unknown> {
    const { signal, patienceMs = this.#options.patienceMs ?? 60_000 } = call;
    const deadline = Date.now() + patienceMs;
    for (let repeats = 0; ; repeats += 1) {
      try {
        return await this.#try(call);
      } catch (error) {
        signal?.throwIfAborted();
        // With some chance, so that many clients do not come at once.
        const [chance = 0] = (this.#options.random ?? secureRandom)(1);
        const beat = (this.#options.pauseMs ?? 400) * (0.5 + chance / 256);
        const pause = pauseBefore(error, repeats, beat, call.isRepeatable);
        if (pause === undefined || Date.now() + pause > deadline) throw error;
        await sleep(pause, signal);
      }
    }
  }

  async #try(call: Call): Promise<unknown> {
    const { method, path, query, body, auth, signal, timeoutMs = this.#options.timeoutMs ?? 15_000 } = call;
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(timeoutMs);
    const init: RequestInit = {
      method,
      headers: this.#headers(auth, body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      credentials: this.useCookies ? 'include' : 'omit',
    };
    if (body) init.body = JSON.stringify(body);
    let response: Response;
    let content: unknown;
    try {
      response = await this.#fetch(this.url + path + queryText(query), init);
      content = response.ok && call.reads !== 'json' ? await read(response, call.reads) : await response.text();
    } catch (cause) {
      throw limit.aborted
        ? new PortalError({ code: 'ERR_TIMEOUT', message: `${this.url} did not answer in time`, cause })
        : new PortalError({ code: 'ERR_NETWORK', message: `Cannot reach ${this.url}`, cause });
    }
    this.#keepToken(response, path);
    return response.ok && call.reads !== 'json' ? content : answerOf(response, String(content), call.accepts503);
  }

  /** Sends a key only where a call needs one. What the public key opens, a stranger's session alone does not. */
  #headers(auth: Call['auth'], body: unknown): Record<string, string> {
    const { apiKey, publicKey } = this.#options;
    const isKey = auth === 'key' || auth === 'public';
    const key = auth === 'bot' ? apiKey : isKey ? publicKey : undefined;
    return {
      accept: 'application/json',
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(key ? { 'x-api-key': key } : {}),
      ...(this.token && (auth === 'session' || auth === 'public') ? { authorization: `Bearer ${this.token}` } : {}),
    };
  }

  /** Not in browsers, which hide Set-Cookie and keep the cookie themselves. */
  #keepToken(response: Response, path: string): void {
    if (response.ok && path === LOGOUT) this.token = undefined;
    if (this.useCookies) return;
    for (const cookie of response.headers.getSetCookie()) {
      const match = /^psession=([^;]*)/.exec(cookie);
      if (match) this.token = match[1] || undefined;
    }
  }
}

async function read(response: Response, as: 'text' | 'bytes'): Promise<unknown> {
  return as === 'text' ? response.text() : new Uint8Array(await response.arrayBuffer());
}

/** The answer of a successful call. A list gets its `total`, which travels in a header. */
function answerOf(response: Response, text: string, accepts503: boolean): unknown {
  const { status, ok, headers } = response;
  const correlationId = headers.get('x-correlation-id');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    const message = `The answer is not JSON (status ${status})`;
    throw new PortalError({ status, code: 'ERR_BAD_RESPONSE', message, correlationId, cause });
  }
  const isAnswer = ok || (accepts503 && status === 503 && isRecord(body) && typeof body.code !== 'string');
  if (!isAnswer) throw PortalError.fromBody(body, status, correlationId);
  if (Array.isArray(body)) {
    const value = Number(headers.get('x-total-count') ?? body.length);
    Object.defineProperty(body, 'total', { value });
  }
  return body;
}

/** How long to wait before the call is sent again; undefined: it is not. */
function pauseBefore(error: unknown, repeats: number, beat: number, isRepeatable: boolean): number | undefined {
  if (!(error instanceof PortalError)) return undefined;
  const { status, details } = error;
  if (status === 429 || isRepeatable) {
    const seconds = Number(details.retry_after);
    if (seconds >= 0) return seconds * 1000 + beat;
  }
  const isAway = status === 0 || AWAY.includes(status);
  return isRepeatable && isAway && repeats < MOST_REPEATS ? beat * 2 ** repeats : undefined;
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function queryText(query: object | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return given.length > 0 ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
}
