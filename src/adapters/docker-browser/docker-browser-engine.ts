import type { ContainerInfo } from 'dockerode';
import { SECOND_MS } from '../../core/durations.ts';
import {
  type BrowserEngine,
  type BrowserListener,
  type EngineCheck,
  EngineError,
  type FoundBrowser,
  type RunningBrowser,
  type StartProgress,
  type StartRequest,
  UnfencedError,
} from '../../ports/browser-engine.ts';
import { webAddress } from '../web-address.ts';
import { browsersOf, imageOf } from './apps.ts';
import { checkDocker } from './checks.ts';
import { LABELS, labelOf, networkName, requestOf, specHash } from './container-template.ts';
import { Containers } from './containers.ts';
import { DaemonWatch } from './daemon-watch.ts';
import { DiskWatch } from './disk-watch.ts';
import { Docker } from './docker.ts';
import { FenceProof } from './fence-proof.ts';
import { Images } from './images.ts';
import { type MediaAddresses, resolveAddresses } from './media-addresses.ts';
import { ensureNetwork } from './network.ts';
import type { DockerBrowserOptions } from './options.ts';
import { Ports } from './ports.ts';

type Progress = (at: StartProgress) => void;

const CLOSE_MS = 5 * SECOND_MS;
const BACK_MS = 30 * SECOND_MS;

/** Runs an n.eko in a container for each chat. See the README of this folder. */
export class DockerBrowserEngine implements BrowserEngine {
  readonly name = 'docker';
  readonly browsers;
  readonly #options: DockerBrowserOptions;
  readonly #docker: Docker;
  readonly #images: Images;
  readonly #ports: Ports;
  readonly #containers: Containers;
  readonly #watch: DaemonWatch;
  readonly #disk: DiskWatch;
  readonly #fence: FenceProof;
  /** The starts that are under way, by what was asked for. */
  readonly #starting = new Map<StartRequest, Promise<unknown>>();
  readonly #closing = new AbortController();
  /** The network was made or used here. A doctor beside a running server leaves it alone. */
  #usesNetwork = false;

  constructor(options: DockerBrowserOptions) {
    this.#options = options;
    const { timers, isUnchecked, ports, random, logger } = options;
    const docker = new Docker({ host: options.host, timers });
    this.#docker = docker;
    this.browsers = browsersOf(options.image);
    this.#images = new Images({ docker, isUnchecked, timers });
    this.#ports = new Ports(ports, random);
    this.#containers = new Containers({ docker, options, ports: this.#ports });
    this.#watch = new DaemonWatch({
      ...{ docker, timers, logger },
      label: labelOf(options.instance),
      known: () => this.#containers.ids,
      ended: (id) => this.#containers.ended(id),
      connected: () => this.#containers.removeLeft(),
    });
    this.#disk = new DiskWatch({
      ...{ docker, timers, label: labelOf(options.instance), most: options.diskBytes },
      isNeeded: () => this.#containers.ids.length > 0,
      tooMuch: (id) => this.#containers.overfull(id),
    });
    this.#fence = new FenceProof({ docker, options });
  }

  /** Why the daemon cannot be used, as last seen. */
  get problem(): string | undefined {
    return this.#watch.problem;
  }

  /** Whether a daemon answers that can be used. */
  async answers(): Promise<boolean> {
    if (!this.#docker.mayBeThere) return false;
    return this.#docker.facts().then(
      () => true,
      () => false,
    );
  }

  check(): Promise<readonly EngineCheck[]> {
    return checkDocker(this.#docker, this.#options);
  }

  async proveFence(): Promise<EngineCheck> {
    const name = 'Fence';
    const [browser] = this.browsers;
    if (!browser) return { name, ok: false, detail: 'there is no image to prove it with' };
    const { instance, image } = this.#options;
    if (instance === '') return { name, ok: false, detail: 'the server has to have run once, to have a network' };
    try {
      await this.#images.require(imageOf(image, browser), () => {});
      const network = await ensureNetwork(this.#docker, instance);
      this.#usesNetwork ||= network.isNew;
      await this.#fence.prove({ browser, network });
      return { name, ok: true, detail: 'proved from inside a container' };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const reached = error instanceof UnfencedError ? error.reached.join(', ') : '';
      return { name, ok: false, detail: reached === '' ? error.message : `${error.message} (${reached})` };
    }
  }

  async start(
    request: StartRequest,
    listener: BrowserListener,
    progress: Progress,
    abandoned?: AbortSignal,
  ): Promise<RunningBrowser> {
    const signal = abandoned ? AbortSignal.any([abandoned, this.#closing.signal]) : this.#closing.signal;
    const starting = this.#start(request, listener, progress, signal);
    const key = { ...request };
    this.#starting.set(
      key,
      starting.catch(() => {}),
    );
    try {
      return await starting;
    } finally {
      this.#starting.delete(key);
    }
  }

  async clear(): Promise<readonly FoundBrowser[]> {
    this.#open();
    const found = await this.#docker.list(labelOf(this.#options.instance));
    const mine = new Set(this.#containers.ids);
    const old = found.filter(({ Id, Labels }) => !mine.has(Id) && !this.#isInTheMaking(Labels));
    if (old.length === 0) return [];
    const addresses = await this.#addresses();
    const each = await Promise.all(old.map((container) => this.#lookAt(container, addresses)));
    return each.filter((one) => one !== undefined);
  }

  #open(): void {
    this.#watch.open();
    this.#disk.open();
  }

  /** It belongs to a start or a proof that is under way. */
  #isInTheMaking(labels: Record<string, string>): boolean {
    if (labels[LABELS.probe] !== undefined) return this.#starting.size > 0;
    return [...this.#starting.keys()].some(({ chatId }) => String(chatId) === labels[LABELS.chat]);
  }

  /** Containers go on, for the next run of the server to find. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#images.close();
    await this.#withinLimit(Promise.all(this.#starting.values()));
    await this.#containers.letGo();
    this.#disk.close();
    await this.#watch.close();
    if (this.#usesNetwork) await this.#withinLimit(this.#removeNetwork());
  }

  /** A daemon that hangs does not hold up the end of the server. */
  async #withinLimit(work: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#options.timers.after(CLOSE_MS, late.resolve);
    await Promise.race([work, late.promise]);
    cancel();
  }

  async #start(
    request: StartRequest,
    listener: BrowserListener,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<RunningBrowser> {
    const { image, instance } = this.#options;
    if (!this.browsers.includes(request.browser)) throw new EngineError(`This server has no ${request.browser}`);
    if (request.startUrl !== null) webAddress(request.startUrl);
    this.#open();
    const over = Promise.withResolvers<never>();
    over.promise.catch(() => {});
    const stop = () => over.reject(new EngineError('The start was given up'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      // What recovers is not to fail three times while Docker is restarted.
      await Promise.race([this.#watch.untilBack(BACK_MS), over.promise]);
      const pull = this.#images.require(imageOf(image, request.browser), (percent) =>
        progress({ step: 'pull', percent }),
      );
      await Promise.race([pull, over.promise]);
      progress({ step: 'create', percent: null });
      const network = await ensureNetwork(this.#docker, instance);
      this.#usesNetwork = true;
      const proof = this.#fence.require(() => this.#watch.times, { browser: request.browser, network });
      await Promise.race([proof, over.promise]);
      const addresses = await this.#addresses();
      const browser = await this.#containers.open(request, listener, {
        addresses,
        over: over.promise,
        booting: () => progress({ step: 'boot', percent: null }),
      });
      progress({ step: 'ready', percent: 100 });
      return browser;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #addresses(): Promise<MediaAddresses> {
    return resolveAddresses(this.#options.addresses, this.#options.timers);
  }

  /** What an earlier run left: one that goes on is handed out, one that was made by other settings is made anew. */
  async #lookAt(
    { Id: id, State, Labels }: ContainerInfo,
    addresses: MediaAddresses,
  ): Promise<FoundBrowser | undefined> {
    const request = requestOf(Labels);
    const port = Number(Labels[LABELS.port]);
    const goesOn = State === 'running' && request && this.browsers.includes(request.browser);
    if (!goesOn) {
      await this.#docker.remove(id);
      return undefined;
    }
    const isSame = Labels[LABELS.specHash] === specHash(this.#options, request.browser, addresses.first);
    const isAsNow = isSame && this.#ports.has(port);
    if (isAsNow) this.#ports.hold(port);
    return {
      request,
      adopt: async (listener) => {
        if (isAsNow) return this.#containers.adopt({ id, port, request, listener, addresses });
        await this.#docker.remove(id);
        return this.start(request, listener, () => {});
      },
      stop: async () => {
        await this.#docker.remove(id);
        if (isAsNow) this.#ports.giveBack(port);
      },
    };
  }

  /** The network stays while containers are in it. */
  async #removeNetwork(): Promise<void> {
    await this.#docker.removeNetwork(networkName(this.#options.instance)).catch(() => {});
  }
}
