import { EngineError } from '../../ports/browser-engine.ts';
import type { DevToolsEvent, DevToolsPipe } from './devtools-pipe.ts';
import { PageSession } from './page-session.ts';

/** Never asked over the network: the answer comes from here. */
const ORIGIN = 'https://clipboard.invalid';
const ANSWER_MS = 3000;
/** What is longer comes from a page, and would have to pass through the server whole. */
const MOST_CHARACTERS = 65_536;

/**
 * The browser's clipboard, by way of a blank page of our own that nobody sees. It alone may read it; the page that is shown keeps
 * having no such right, and needs no `https:`.
 */
export class Clipboard {
  readonly #pipe: DevToolsPipe;
  #targetId: string | undefined;
  #session: Promise<PageSession> | undefined;
  #sessionId: string | undefined;
  #isOpening = false;

  /** @param targetId the page that Chromium started with */
  constructor(pipe: DevToolsPipe, targetId: string | undefined) {
    this.#pipe = pipe;
    this.#targetId = targetId;
  }

  /** Whether this may be the blank page. */
  isOwn(targetId: string): boolean {
    return targetId === this.#targetId || this.#isOpening;
  }

  /**
   * The beginning of a text that is very long.
   *
   * @throws EngineError when the browser does not answer
   */
  read(): Promise<string> {
    return this.#evaluate(`navigator.clipboard.readText().then((text) => text.slice(0, ${MOST_CHARACTERS}))`);
  }

  /** @throws EngineError when the browser does not answer */
  async write(text: string): Promise<void> {
    await this.#evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)}).then(() => '')`);
  }

  handle({ method, params, sessionId }: DevToolsEvent): void {
    if (method === 'Fetch.requestPaused' && sessionId !== undefined && sessionId === this.#sessionId) {
      const { requestId } = params;
      const response = {
        requestId,
        responseCode: 200,
        responseHeaders: [{ name: 'content-type', value: 'text/html' }],
      };
      this.#pipe.send('Fetch.fulfillRequest', response, { sessionId }).catch(() => {});
    }
    const isLost = method === 'Target.targetDestroyed' || method === 'Target.targetCrashed';
    if (isLost && params.targetId === this.#targetId) this.#leave();
  }

  /** A page that fails is replaced by another. */
  async #evaluate(expression: string): Promise<string> {
    return await this.#tryToEvaluate(expression).catch(() => this.#tryToEvaluate(expression));
  }

  async #tryToEvaluate(expression: string): Promise<string> {
    try {
      this.#session ??= this.#open();
      const session = await this.#session;
      const { result, exceptionDetails } = await session.send(
        'Runtime.evaluate',
        { expression, awaitPromise: true, userGesture: true },
        ANSWER_MS,
      );
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return String(result.value);
    } catch (error) {
      this.#leave();
      throw new EngineError('The browser’s clipboard does not answer', { cause: error });
    }
  }

  #leave(): void {
    const targetId = this.#targetId;
    this.#targetId = undefined;
    this.#session = undefined;
    if (targetId !== undefined) this.#pipe.send('Target.closeTarget', { targetId }).catch(() => {});
  }

  async #open(): Promise<PageSession> {
    const session = await PageSession.attach(this.#pipe, await this.#page());
    this.#sessionId = session.id;
    await Promise.all([
      session.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] }),
      session.send('Emulation.setFocusEmulationEnabled', { enabled: true }),
      this.#pipe.send('Browser.grantPermissions', {
        origin: ORIGIN,
        permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'],
      }),
    ]);
    await session.send('Page.navigate', { url: `${ORIGIN}/` }, ANSWER_MS);
    return session;
  }

  async #page(): Promise<string> {
    if (this.#targetId !== undefined) return this.#targetId;
    this.#isOpening = true;
    try {
      const { targetId } = await this.#pipe.send('Target.createTarget', { url: 'about:blank', background: true });
      this.#targetId = targetId;
      return targetId;
    } finally {
      this.#isOpening = false;
    }
  }
}
