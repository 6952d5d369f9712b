import type { Timers } from '../../../core/clock.ts';
import { MIB, SECOND_MS } from '../../../core/durations.ts';

type Options = { address: string; apiToken: string; timers: Timers };
type Call = {
  body?: object | undefined;
  /** Whose call it is; Portal's own by default. Null: nobody's. */
  token?: string | null | undefined;
  withinMs?: number | undefined;
};
export type Answer = { status: number; bytes: Uint8Array };

/** n.eko does not answer, or not in time. */
export class NekoSilence extends Error {
  /** The line was refused: nothing runs there, and so nothing sends a picture. */
  readonly isRefused: boolean;

  constructor(path: string, isRefused: boolean) {
    super(`n.eko does not answer at ${path}`);
    this.isRefused = isRefused;
  }
}

/** n.eko answers something else than it should. */
export class NekoRefusal extends Error {
  readonly status: number;

  constructor(path: string, status: number) {
    super(`n.eko answers ${status} at ${path}`);
    this.status = status;
  }
}

const WITHIN_MS = 2 * SECOND_MS;
/** A screenshot of the largest screen is below a tenth of it; what sends more is no n.eko. */
const LARGEST_ANSWER = 16 * MIB;

/** n.eko's HTTP API. Every call has a time limit, since n.eko can hang, and a limit of size, since a page may have taken it over. */
export class NekoApi {
  address: string;
  readonly #apiToken: string;
  readonly #timers: Timers;

  constructor({ address, apiToken, timers }: Options) {
    this.address = address;
    this.#apiToken = apiToken;
    this.#timers = timers;
  }

  /** The answer, whatever its status. @throws NekoSilence */
  async call(method: 'GET' | 'POST' | 'DELETE', path: string, { body, token, withinMs }: Call = {}): Promise<Answer> {
    const abort = new AbortController();
    const tooLate = Promise.withResolvers<never>();
    const cancel = this.#timers.after(withinMs ?? WITHIN_MS, () => {
      tooLate.reject(new NekoSilence(path, false));
      abort.abort();
    });
    try {
      return await Promise.race([
        this.#fetch(method, path, body, token === undefined ? this.#apiToken : token, abort.signal),
        tooLate.promise,
      ]);
    } finally {
      cancel();
    }
  }

  /** As `call`, for what has to succeed. @throws NekoSilence, NekoRefusal */
  async require(method: 'GET' | 'POST' | 'DELETE', path: string, call: Call = {}): Promise<Answer> {
    const answer = await this.call(method, path, call);
    if (answer.status !== 200 && answer.status !== 204) throw new NekoRefusal(path, answer.status);
    return answer;
  }

  async #fetch(
    method: string,
    path: string,
    body: object | undefined,
    token: string | null,
    signal: AbortSignal,
  ): Promise<Answer> {
    try {
      const response = await fetch(`${this.address}${path}`, {
        method,
        signal,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          'accept-encoding': 'identity',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // It would take the token to wherever it points.
        redirect: 'manual',
        // One that n.eko left behind would look like an n.eko that is gone.
        keepalive: false,
        // The room is beside the server, whatever the way out is.
        ...({ proxy: false } as object),
      });
      return { status: response.status, bytes: await bytesOf(response) };
    } catch (error) {
      throw new NekoSilence(path, (error as { code?: string }).code === 'ConnectionRefused');
    }
  }
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > LARGEST_ANSWER) throw new Error('too much');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The object in an answer; an empty one where there is none. */
export function objectIn({ bytes }: Answer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
