import { isIP } from 'node:net';
import { dns } from 'bun';
import type { Timers } from '../../core/clock.ts';
import { SECOND_MS } from '../../core/durations.ts';
import { hostWithPortText } from '../../core/web-host.ts';
import { canonicalAddress, kindOfAddress, machineNetworks, type Network } from './address-policy.ts';
import { isBadPort } from './ports.ts';
import { Refusal } from './refusal.ts';
import { within } from './within.ts';

/** All addresses of a name. Rejects, or finds none, when there is no such name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** Where a browser wants to go: a host as `webHost` writes it. */
export type Target = { host: string; port: number };

export type DestinationOptions = {
  /** `host` or `host:port`, as the setting is read. */
  allowHosts: readonly string[];
  timers: Timers;
  resolve?: Resolve | undefined;
  /** The networks of this machine. */
  networks?: (() => readonly Network[]) | undefined;
};

const RESOLVE_MS = 10 * SECOND_MS;
const MOST_ADDRESSES = 64;

/**
 * By c-ares, which waits on the event loop. The system's own function takes a thread for as long as a name server is silent, of
 * the few that the database's syncs need as well: a page could stop the whole server by naming hosts.
 */
export const systemResolve: Resolve = async (name) =>
  (await dns.lookup(name, { backend: 'c-ares' })).map(({ address }) => address);

/** Finds the addresses of what a browser asks for, once, and refuses those that it must not reach. */
export class Destinations {
  readonly #open: ReadonlySet<string>;
  readonly #timers: Timers;
  readonly #resolve: Resolve;
  readonly #networks: () => readonly Network[];

  constructor({ allowHosts, timers, resolve = systemResolve, networks = machineNetworks }: DestinationOptions) {
    this.#open = new Set(allowHosts);
    this.#timers = timers;
    this.#resolve = resolve;
    this.#networks = networks;
  }

  /**
   * The addresses to connect to, each of which was checked. One wrong address among them, and there are none: which one is
   * connected to is nothing to leave to chance.
   *
   * @throws Refusal
   */
  async find({ host, port }: Target): Promise<readonly string[]> {
    const isNamedPort = this.#open.has(hostWithPortText({ host, port }));
    const isOpen = isNamedPort || this.#open.has(host);
    if (isBadPort(port) && !isNamedPort) throw new Refusal(403, `Port ${port} is not open to the shared browser.`);
    const isAddress = isIP(host) !== 0;
    const addresses = isAddress ? [host] : await this.#addressesOf(host);
    const networks = this.#networks();
    const isRefused = addresses.some((address) => {
      const kind = kindOfAddress(address, networks);
      return kind === 'closed' || (kind === 'inner' && !isOpen);
    });
    if (isRefused) throw isAddress ? notOpen(host) : unknown(host);
    return addresses.map((address) => canonicalAddress(address) as string);
  }

  async #addressesOf(name: string): Promise<readonly string[]> {
    const tooLate = new Refusal(504, `${name}: its name server does not answer.`);
    const looked = () => this.#resolve(name).catch((): readonly string[] => []);
    const found = await within(this.#timers, RESOLVE_MS, looked, tooLate);
    if (found.length === 0 || found.length > MOST_ADDRESSES) throw unknown(name);
    return found;
  }
}

function notOpen(host: string): Refusal {
  return new Refusal(403, `${host} is not open to the shared browser: it is not an address of the public Internet.`);
}

/** The same for a name that leads to a private address: which names a private network has is not for everyone to try. */
function unknown(name: string): Refusal {
  return new Refusal(403, `${name} is not open to the shared browser: there is no public address of this name.`);
}
