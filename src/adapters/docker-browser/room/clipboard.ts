import { MIB } from '../../../core/durations.ts';
import { EngineError } from '../../../ports/browser-engine.ts';
import type { Driver } from './driver.ts';
import { type Answer, type NekoApi, objectIn } from './neko-api.ts';

type Deps = {
  api: NekoApi;
  driver: Pick<Driver, 'present' | 'inTurn'>;
  tokenOf(viewerId: string): string | undefined;
};

type Work = (token: string | undefined) => Promise<Answer>;

const PATH = '/api/room/clipboard';
const CONTROL = '/api/room/control';
/** n.eko's answer to reading a clipboard into which nothing was copied. */
const EMPTY = 500;
const LONGEST = MIB;

/** The clipboard over there. n.eko gives it to the host alone: as the host, or, while there is none, as one for a moment. */
export class Clipboard {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async read(): Promise<string> {
    const { api } = this.#deps;
    const answer = await this.#asHost((token) => api.call('GET', PATH, { token }));
    if (answer.status === EMPTY) return '';
    const { text } = objectIn(requireDone(answer));
    return typeof text === 'string' ? text.slice(0, LONGEST) : '';
  }

  async write(text: string): Promise<void> {
    const { api } = this.#deps;
    requireDone(await this.#asHost((token) => api.call('POST', PATH, { token, body: { text } })));
  }

  /** Others may not host, so nobody gets control between. */
  #asHost(work: Work): Promise<Answer> {
    const { driver, tokenOf } = this.#deps;
    return driver.inTurn(async () => {
      const host = driver.present;
      const token = host === null ? undefined : tokenOf(host);
      if (token !== undefined) {
        const answer = await work(token);
        if (answer.status !== 401 && answer.status !== 403) return answer;
      }
      return this.#asPortal(work, token === undefined ? null : host);
    });
  }

  async #asPortal(work: Work, host: string | null): Promise<Answer> {
    const { api, driver } = this.#deps;
    await api.require('POST', `${CONTROL}/take`);
    try {
      return await work(undefined);
    } finally {
      await api.call('POST', `${CONTROL}/release`);
      if (host !== null && driver.present === host)
        await api.call('POST', `${CONTROL}/give/${encodeURIComponent(host)}`);
    }
  }
}

function requireDone(answer: Answer): Answer {
  if (answer.status !== 200 && answer.status !== 204)
    throw new EngineError('The browser keeps its clipboard to itself');
  return answer;
}
