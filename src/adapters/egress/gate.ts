import { createServer, type Server, type Socket } from 'node:net';
import type { Timers } from '../../core/clock.ts';
import { type Random, randomBase62 } from '../../core/random.ts';
import { sameText } from '../../core/secrets.ts';
import { fenceFlags } from './chromium-flags.ts';
import type { Destinations, Target } from './destinations.ts';
import type { Connect } from './dial.ts';
import { valuesOf } from './header-lines.ts';
import type { GateLimits } from './limits.ts';
import { Pace } from './pace.ts';
import { Refusal } from './refusal.ts';
import type { RequestHead } from './request-head.ts';
import { serveClient } from './serve-client.ts';

export type GateEvents = {
  /** Something was not let through; the target is null where it was not understood. */
  refused?: (refusal: Refusal, to: Target | null) => void;
  /** A request came without the credential after the browser had it: its network process may have been replaced. */
  lockedOut?: () => void;
};

export type GateOptions = GateEvents & {
  destinations: Destinations;
  connect: Connect;
  timers: Timers;
  random: Random;
  limits: GateLimits;
};

const USER = 'browser';
const CREDENTIAL_LENGTH = 32;
/** No name of the Internet ends in `.invalid`. */
const GREETING_HOST = 'portal-fence.invalid';

/** The one way out of one browser: a proxy on a loopback port of its own, for whom has the credential. */
export class Gate {
  readonly credential: { readonly username: string; readonly password: string };
  /** The URL at which the gate itself answers, with nothing. */
  readonly greeting = `http://${GREETING_HOST}/`;
  readonly #expected: string;
  readonly #options: GateOptions;
  readonly #pace: Pace;
  readonly #clients = new Set<Socket>();
  readonly #server: Server;
  #greetings = 0;

  private constructor(options: GateOptions) {
    const { random, timers, limits } = options;
    this.#options = options;
    this.#pace = new Pace(timers, limits.bytesPerSecond);
    this.credential = { username: USER, password: randomBase62(random, CREDENTIAL_LENGTH) };
    this.#expected = `Basic ${Buffer.from(`${USER}:${this.credential.password}`).toString('base64')}`;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#take(client));
  }

  static async open(options: GateOptions): Promise<Gate> {
    const gate = new Gate(options);
    await new Promise<void>((resolve, reject) => {
      gate.#server.once('error', reject);
      gate.#server.listen(0, '127.0.0.1', resolve);
    });
    return gate;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** What the browser must be started with. */
  get flags(): readonly string[] {
    return fenceFlags(this.port);
  }

  /** How often the browser has greeted with the credential. */
  get greetings(): number {
    return this.#greetings;
  }

  /** The number of connections of the browser. */
  get connections(): number {
    return this.#clients.size;
  }

  /** Ends all connections, and takes no more. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) client.destroy();
    await closed;
  }

  #take(client: Socket): void {
    if (this.#clients.size >= this.#options.limits.connections) {
      client.on('error', () => {});
      return void client.destroy();
    }
    this.#clients.add(client);
    client.on('close', () => this.#clients.delete(client));
    void serveClient(client, {
      ...this.#options,
      pace: this.#pace,
      authorize: (head) => this.#authorize(head),
      isGreeting: (to) => this.#isGreeting(to),
      onRefusal: (refusal, to) => this.#options.refused?.(refusal, to),
    });
  }

  #authorize({ headers }: RequestHead): void {
    const given = valuesOf(headers, 'proxy-authorization');
    if (given.length === 1 && sameText(given[0] ?? '', this.#expected)) return;
    if (this.#greetings > 0) this.#options.lockedOut?.();
    throw new Refusal(407, 'This proxy is for shared browsers of Portal only.');
  }

  #isGreeting({ host }: Target): boolean {
    if (host !== GREETING_HOST) return false;
    this.#greetings++;
    return true;
  }
}
