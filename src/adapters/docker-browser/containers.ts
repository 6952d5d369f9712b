import { randomHex } from '../../core/random.ts';
import {
  type BrowserListener,
  CapacityError,
  EngineError,
  type RunningBrowser,
  type StartRequest,
} from '../../ports/browser-engine.ts';
import { APPS } from './apps.ts';
import { containerBody, containerName, HTTP_PORT, networkName } from './container-template.ts';
import type { Docker } from './docker.ts';
import { isConflict, isPortTaken } from './docker-error.ts';
import { removeOwn } from './fence-proof.ts';
import { untilHealthy } from './health.ts';
import { type MediaAddresses, withAllAddresses } from './media-addresses.ts';
import type { DockerBrowserOptions } from './options.ts';
import type { Ports } from './ports.ts';
import { openRoom, type Room } from './room/open-room.ts';
import { startFiles } from './start-files.ts';

type Deps = { docker: Docker; options: DockerBrowserOptions; ports: Ports };

type Opening = {
  addresses: MediaAddresses;
  /** Rejects when nobody waits for it any more. */
  over: Promise<never>;
  booting(): void;
};

type Adoption = {
  id: string;
  port: number;
  request: StartRequest;
  listener: BrowserListener;
  addresses: MediaAddresses;
};

/** A container of this server, from the moment it is there. */
type Container = {
  id: string;
  port: number;
  apiToken: string;
  room: Room | undefined;
  /** Rejects when the container has ended. */
  end: PromiseWithResolvers<never>;
  removed: Promise<void> | undefined;
};

const EXEC_MS = 10_000;
const ENDED = 'The container of the browser has ended';
const USER = 'neko';
const USER_ENVIRONMENT = ['DISPLAY=:99.0', 'HOME=/home/neko', 'USER=neko'];

/** The containers that chats have, each with its port and the room inside. */
export class Containers {
  readonly #deps: Deps;
  readonly #all = new Map<string, Container>();
  /** Those that could not be removed, because the daemon was away. */
  readonly #left = new Set<string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get ids(): string[] {
    return [...this.#all.keys()];
  }

  /** Docker says that this container has ended. */
  ended(id: string): void {
    const container = this.#all.get(id);
    if (!container || container.removed !== undefined) return;
    container.end.reject(new EngineError(ENDED));
    container.room?.failed(ENDED);
  }

  /** This container has filled its disk. The next one begins with an empty one. */
  overfull(id: string): void {
    this.#all.get(id)?.room?.failed('The browser has filled its disk');
  }

  /** Removes what could not be removed before. */
  removeLeft(): void {
    for (const id of this.#left) void this.#tryToRemove(id);
  }

  /** Makes a container and opens its room. Nothing stays when that fails. */
  async open(request: StartRequest, listener: BrowserListener, opening: Opening): Promise<RunningBrowser> {
    const { addresses, over, booting } = opening;
    const container = await this.#make(request, addresses, over);
    try {
      booting();
      const address = await this.#addressOf(container.id);
      if (address === undefined) throw new EngineError(ENDED);
      const { timers } = this.#deps.options;
      await untilHealthy(address, timers, Promise.race([over, container.end.promise]));
      return await this.#openRoom(container, request, { listener, addresses, address, over });
    } catch (error) {
      await this.#sayLastWords(container, error);
      await this.#remove(container);
      throw error;
    }
  }

  /** Opens the room of a container that an earlier run made. */
  async adopt({ id, port, request, listener, addresses }: Adoption): Promise<RunningBrowser> {
    const { docker } = this.#deps;
    const found = await docker.inspect(id);
    const prefix = 'NEKO_SESSION_API_TOKEN=';
    const apiToken = found?.Config.Env.find((line) => line.startsWith(prefix))?.slice(prefix.length) ?? '';
    const container = this.#keep(id, port, apiToken);
    try {
      const address = await this.#addressOf(id);
      if (address === undefined) throw new EngineError(ENDED);
      const over = container.end.promise;
      return await this.#openRoom(container, request, { listener, addresses, address, over });
    } catch (error) {
      await this.#remove(container);
      throw error;
    }
  }

  /** The rooms close, and the containers go on. */
  async letGo(): Promise<void> {
    const rooms = [...this.#all.values()].map(({ room }) => room);
    this.#all.clear();
    await Promise.all(rooms.map((room) => room?.leave()));
  }

  /** A container that has been started, at a port that was free. */
  async #make(request: StartRequest, addresses: MediaAddresses, over: Promise<never>): Promise<Container> {
    const { docker, ports, options } = this.#deps;
    const apiToken = randomHex(options.random, 64);
    /** Docker may know of more than this machine does. */
    const refused = new Set<number>();
    for (;;) {
      const port = await ports.take();
      if (port !== undefined && refused.has(port)) ports.giveBack(port);
      if (port === undefined || refused.has(port)) throw new CapacityError('No port for picture and sound is free');
      let container: Container | undefined;
      try {
        const body = containerBody(options, request, { address: addresses.first, port, apiToken });
        const id = await this.#create(body, containerName(options.instance, request.chatId));
        container = this.#keep(id, port, apiToken);
        const files = await startFiles(APPS[request.browser], request, (path) => docker.read(id, path));
        if (Object.keys(files).length > 0) await docker.put(id, files);
        await docker.start(id);
        await Promise.race([over, Promise.resolve()]);
        return container;
      } catch (error) {
        if (container) await this.#remove(container);
        else ports.giveBack(port);
        if (!isPortTaken(error)) throw error;
        refused.add(port);
        options.logger.info('a port for shared browsers is taken', { port });
      }
    }
  }

  async #create(body: ReturnType<typeof containerBody>, name: string): Promise<string> {
    const { docker, options } = this.#deps;
    try {
      return await docker.create(body);
    } catch (error) {
      if (!isConflict(error)) throw error;
      // One that a start left which nobody waited for.
      await removeOwn(docker, options.instance, name);
      return docker.create(body);
    }
  }

  #keep(id: string, port: number, apiToken: string): Container {
    const container: Container = {
      ...{ id, port, apiToken, room: undefined, removed: undefined },
      end: Promise.withResolvers<never>(),
    };
    container.end.promise.catch(() => {});
    this.#all.set(id, container);
    return container;
  }

  async #openRoom(
    container: Container,
    { browser, startUrl }: StartRequest,
    at: { listener: BrowserListener; addresses: MediaAddresses; address: string; over: Promise<never> },
  ): Promise<RunningBrowser> {
    const { docker, options } = this.#deps;
    const { size, ice, timers, random, logger } = options;
    const { id, apiToken } = container;
    const opening = openRoom({
      ...{ address: at.address, listener: at.listener },
      ...{ apiToken, browser, startUrl, size, ice, timers, random, logger },
      exec: (command) => docker.exec(id, command, { user: USER, env: USER_ENVIRONMENT, limitMs: EXEC_MS }),
      locate: () => this.#addressOf(id),
      remove: () => this.#remove(container),
    });
    opening.catch(() => {});
    container.room = await Promise.race([opening, at.over, container.end.promise]).catch((error: unknown) => {
      opening.then((late) => late.leave()).catch(() => {});
      throw error;
    });
    return withAllAddresses(container.room, at.addresses);
  }

  /** Undefined when it does not run. */
  async #addressOf(id: string): Promise<string | undefined> {
    const found = await this.#deps.docker.inspect(id);
    const { IPAddress } = found?.NetworkSettings.Networks[networkName(this.#deps.options.instance)] ?? {};
    return found?.State.Running && IPAddress ? `http://${IPAddress}:${HTTP_PORT}` : undefined;
  }

  #remove(container: Container): Promise<void> {
    container.removed ??= this.#removeNow(container);
    return container.removed;
  }

  async #removeNow({ id, port, end }: Container): Promise<void> {
    const { ports } = this.#deps;
    end.reject(new EngineError(ENDED));
    await this.#tryToRemove(id);
    this.#all.delete(id);
    ports.giveBack(port);
  }

  async #tryToRemove(id: string): Promise<void> {
    const { docker, options } = this.#deps;
    try {
      await docker.remove(id);
      this.#left.delete(id);
    } catch (error) {
      this.#left.add(id);
      options.logger.warn('a container of a shared browser could not be removed yet', { container: id, error });
    }
  }

  async #sayLastWords({ id }: Container, error: unknown): Promise<void> {
    const { docker, options } = this.#deps;
    const words = await docker.lastWords(id).catch(() => '');
    options.logger.warn('a container of a shared browser did not become ready', {
      reason: error instanceof Error ? error.message : String(error),
      last_words: words.slice(-2000),
    });
  }
}
