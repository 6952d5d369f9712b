import type { Server } from 'bun';

type Answer = (request: Request) => Response | Promise<Response>;

/** Names that lead to the site, in browsers of tests. Their pages are no secure contexts, as those of most networks at home. */
export const [SITE, OTHER] = ['site.test', 'other.test'] as const;

/** `say(text)` in a page tells the test, in order. */
const SAY = `<script>
  let line = Promise.resolve();
  function say(text) { line = line.then(() => fetch('/say', { method: 'POST', body: String(text) })).catch(() => {}) }
</script>`;

/** A website of the test's own, on loopback. */
export class BrowserSite implements AsyncDisposable {
  readonly #server: Server<undefined>;
  readonly #answers = new Map<string, Answer>();
  /** What pages have said. */
  readonly said: string[] = [];
  /** The paths that were asked for. */
  readonly asked: string[] = [];

  constructor() {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 60,
      fetch: (request) => this.#answer(request),
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  url(path: string, host: string = SITE): string {
    return `http://${host}:${this.port}${path}`;
  }

  /** A page; its path is returned. */
  page(path: string, body: string, title = path): string {
    const html = `<!doctype html><meta charset="utf-8"><title>${title}</title>${SAY}<body style="margin:0">${body}`;
    return this.answer(path, () => new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } }));
  }

  answer(path: string, answer: Answer): string {
    this.#answers.set(path, answer);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/say') {
      this.said.push(await request.text());
      return new Response();
    }
    this.asked.push(pathname);
    return (await this.#answers.get(pathname)?.(request)) ?? new Response('nothing here', { status: 404 });
  }
}
