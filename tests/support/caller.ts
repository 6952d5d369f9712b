type Fetch = (request: Request, ip?: string) => Promise<Response>;

// biome-ignore lint/suspicious/noExplicitAny: a test compares the wire raw
export type Answer = { status: number; body: any; headers: Headers };

/** A caller: the same headers with every request. */
export type Caller = {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The same caller from another address. */
  from(ip: string): Caller;
};

/** A string body is sent raw, for malformed JSON. */
export function callerOf(fetch: Fetch, own: Record<string, string>, ip?: string): Caller {
  async function call(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = new Request(`http://localhost${path}`, {
      method,
      headers: { ...type, ...own, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const response = await fetch(request, ip);
    const text = await response.text();
    return { status: response.status, body: parsed(text), headers: response.headers };
  }
  return {
    get: (path, headers = {}) => call('GET', path, undefined, headers),
    post: (path, body, headers = {}) => call('POST', path, body, headers),
    from: (other) => callerOf(fetch, own, other),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
