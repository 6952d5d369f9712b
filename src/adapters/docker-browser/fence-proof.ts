import { SECOND_MS } from '../../core/durations.ts';
import { randomHex } from '../../core/random.ts';
import { type BrowserName, UnfencedError } from '../../ports/browser-engine.ts';
import { HTTP_PORT, labelOf, probeBody } from './container-template.ts';
import type { Docker } from './docker.ts';
import { isConflict } from './docker-error.ts';
import { firewallLines } from './firewall.ts';
import { untilHealthy } from './health.ts';
import { addressesOfHost, isOwn, listenForProof, privateRouters } from './host-facts.ts';
import type { NetworkFacts } from './network.ts';
import type { DockerBrowserOptions } from './options.ts';

/** What a container must not reach: this host, a network behind it, another room. */
export type Reached = 'host' | 'network' | 'room';
const REACHED: Record<Reached, string> = {
  host: 'the Docker host',
  network: 'networks behind it',
  room: 'each other',
};

export type ProofTarget = { what: Reached; url: string };

export type ProofFacts = {
  /** This host’s address in the network of the containers. */
  gateway: string;
  /** Its other addresses. */
  hostAddresses: readonly string[];
  /** Where it listens for the time of the proof. */
  hostPort: number;
  /** What is tried in the networks behind this host, as host or host:port. */
  networks: readonly string[];
  /** Where another container answers. */
  room: string;
};

type Deps = { docker: Docker; options: DockerBrowserOptions };
type Proof = { browser: BrowserName; network: NetworkFacts };

const TRY_S = 2;
const TRY_MS = 10 * SECOND_MS;
const CONTROL = `http://127.0.0.1:${HTTP_PORT}/health`;

/** The metadata of a cloud are the most valuable address that is not of this host. */
const METADATA = '169.254.169.254';

/** Where routers tend to answer: their pages, and names. */
const ROUTER_PORTS = [80, 443, 53];

export function usualTargets({ gateway, hostAddresses, hostPort, networks, room }: ProofFacts): ProofTarget[] {
  return [
    ...[gateway, ...hostAddresses].map((address) => ({ what: 'host' as const, url: `http://${address}:${hostPort}/` })),
    ...networks.map((host) => ({ what: 'network' as const, url: `http://${host}/` })),
    { what: 'room', url: `${room}/health` },
  ];
}

const usualNetworks = (): string[] => [
  METADATA,
  ...privateRouters().flatMap((router) => ROUTER_PORTS.map((port) => `${router}:${port}`)),
];

/** Tries, from inside a container, what a shared browser must not reach. */
export class FenceProof {
  readonly #deps: Deps;
  #provedAt: number | undefined;
  #proving: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Resolves when it is proved, once for each connection to a daemon, which `connection` counts: an own firewall is written anew when
   * a daemon starts.
   *
   * @throws UnfencedError with the lines of the firewall that are missing
   */
  async require(connection: () => number, proof: Proof): Promise<void> {
    if (this.#deps.options.isUnfenced || this.#provedAt === connection()) return;
    const before = connection();
    this.#proving ??= this.prove(proof).finally(() => {
      this.#proving = undefined;
    });
    await this.#proving;
    const now = connection();
    // The first connection may be counted meanwhile. A later one is to a daemon that was started again.
    if (now !== before && before > 0) return this.require(connection, proof);
    this.#provedAt = now;
  }

  /**
   * Tries it now.
   *
   * @throws UnfencedError with the lines of the firewall that are missing
   */
  async prove({ browser, network }: Proof): Promise<void> {
    const { docker, options } = this.#deps;
    const made = new AsyncDisposableStack();
    try {
      const probe = async (name: string) => {
        const id = await this.#create(browser, name);
        made.defer(() => docker.remove(id));
        await docker.start(id);
        const found = await docker.inspect(id);
        const address = `http://${found?.NetworkSettings.Networks[network.name]?.IPAddress}:${HTTP_PORT}`;
        await untilHealthy(address, options.timers, new Promise(() => {}));
        return { id, address };
      };
      const both = await Promise.allSettled([probe('1'), probe('2')]);
      const [witness, room] = both.map((one) => {
        if (one.status === 'rejected') throw one.reason;
        return one.value;
      });
      if (!witness || !room) return;
      const host = listenForProof();
      made.defer(() => host.stop());
      const { proofTargets = usualTargets, fenceTargets = usualNetworks() } = options;
      const hostAddresses = addressesOfHost(network.gateway);
      const targets = proofTargets({
        gateway: network.gateway,
        hostAddresses,
        hostPort: host.port,
        networks: fenceTargets,
        room: room.address,
      });
      await this.#try(witness.id, targets, network);
    } finally {
      await made.disposeAsync();
    }
  }

  async #try(witness: string, targets: readonly ProofTarget[], { bridge, gateway }: NetworkFacts): Promise<void> {
    if (!(await this.#reaches(witness, CONTROL))) {
      throw new UnfencedError('The fence of the shared browsers cannot be proved: their image has no wget');
    }
    if (this.#deps.options.proofTargets === undefined && !isOwn(gateway)) {
      throw new UnfencedError(
        'The fence of the shared browsers cannot be proved, because the server has a network of its own; run it in the network of the Docker host',
      );
    }
    const tried = await Promise.all(
      targets.map(async (target) => ({ ...target, isReached: await this.#reaches(witness, target.url) })),
    );
    const reached = tried.filter(({ isReached }) => isReached);
    if (reached.length === 0) return;
    const kinds = new Set(reached.map((target) => target.what));
    const what = [...kinds].map((kind) => REACHED[kind]).join(', ');
    const lines = firewallLines(bridge, kinds);
    const hosts = reached.map(({ url }) => new URL(url).host);
    this.#deps.options.logger.warn('shared browsers would reach what they must not', { reached: hosts });
    throw new UnfencedError(`Shared browsers would reach ${what}. The Docker host needs: ${lines.join('; ')}`, hosts);
  }

  /** A connection is enough, whatever is said over it. */
  async #reaches(id: string, url: string): Promise<boolean> {
    const command = ['wget', '-T', String(TRY_S), '-t', '1', '-O', '/dev/null', url];
    const { exitCode, output } = await this.#deps.docker.exec(id, command, { env: ['LC_ALL=C'], limitMs: TRY_MS });
    return exitCode === 0 || /\bconnected\.|server returned|ERROR \d{3}|HTTP\/1/.test(output);
  }

  async #create(browser: BrowserName, name: string): Promise<string> {
    const { docker, options } = this.#deps;
    const place = { address: '127.0.0.1', port: options.ports.first, apiToken: randomHex(options.random, 32) };
    const body = probeBody(options, browser, place, name);
    try {
      return await docker.create(body);
    } catch (error) {
      if (!isConflict(error)) throw error;
      // One that an earlier proof left.
      await removeOwn(docker, options.instance, body.name);
      return docker.create(body);
    }
  }
}

/** Removes a container by its name, if this server made it. */
export async function removeOwn(docker: Docker, instance: string, name: string): Promise<void> {
  const [label, value] = labelOf(instance).split('=');
  const found = await docker.inspect(name);
  if (found && found.Config.Labels[label ?? ''] === value) await docker.remove(found.Id);
}
