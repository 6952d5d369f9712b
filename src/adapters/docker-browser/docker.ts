import { existsSync } from 'node:fs';
import type Dockerode from 'dockerode';
import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from 'dockerode';
import type { Timers } from '../../core/clock.ts';
import { KIB, MIB, SECOND_MS } from '../../core/durations.ts';
import { asDockerError, DockerError, isDone, isMissing } from './docker-error.ts';
import { framesText } from './output-frames.ts';

export type DockerOptions = {
  /** `unix:///path` or `tcp://host:port`. */
  host: string;
  timers: Timers;
};

export type DaemonFacts = { id: string; apiVersion: string; version: string; isRootless: boolean };
export type ExecResult = { exitCode: number; output: string };

const UNIX = 'unix://';
const QUICK_MS = 5 * SECOND_MS;
const SLOW_MS = 25 * SECOND_MS;
const MOST_OUTPUT = 256 * KIB;
const LARGEST_FILE = 4 * MIB;

/** The Docker daemon. Every call has a time limit, and what it throws is a sentence. */
export class Docker {
  readonly host: string;
  readonly #timers: Timers;
  #connecting: Promise<Dockerode> | undefined;

  constructor({ host, timers }: DockerOptions) {
    this.host = host;
    this.#timers = timers;
  }

  /** Whether there is something at its address, without asking it. */
  get mayBeThere(): boolean {
    return !this.host.startsWith(UNIX) || existsSync(this.host.slice(UNIX.length));
  }

  facts(): Promise<DaemonFacts> {
    return this.#ask('say what it is', QUICK_MS, async (client) => {
      const [info, version] = await Promise.all([client.info(), client.version()]);
      const isRootless = (info.SecurityOptions ?? []).some((option: string) => option.includes('rootless'));
      return { id: info.ID, apiVersion: version.ApiVersion, version: version.Version, isRootless };
    });
  }

  /** All containers with this label, in any state. */
  list(label: string): Promise<ContainerInfo[]> {
    return this.#ask('list containers', QUICK_MS, (client, abortSignal) =>
      client.listContainers({ all: true, filters: { label: [label] }, abortSignal }),
    );
  }

  /** How many bytes the running containers with this label have written to their own disks, by id. */
  async written(label: string): Promise<Map<string, number>> {
    const size = { size: true } as object;
    const all = await this.#ask('look at the disks of containers', SLOW_MS, (client, abortSignal) =>
      client.listContainers({ filters: { label: [label] }, ...size, abortSignal }),
    );
    return new Map(all.map((one) => [one.Id, (one as { SizeRw?: number }).SizeRw ?? 0]));
  }

  /** Undefined when there is none. */
  inspect(idOrName: string): Promise<ContainerInspectInfo | undefined> {
    return orUndefined(
      this.#ask('look at a container', QUICK_MS, (client, abortSignal) =>
        client.getContainer(idOrName).inspect({ abortSignal }),
      ),
    );
  }

  async create(body: ContainerCreateOptions): Promise<string> {
    const { id } = await this.#ask('make the container', SLOW_MS, (client, abortSignal) =>
      client.createContainer({ ...body, abortSignal }),
    );
    return id;
  }

  async start(id: string): Promise<void> {
    await this.#ask('start the container', SLOW_MS, (client, abortSignal) =>
      client.getContainer(id).start({ abortSignal }),
    ).catch(unless(isDone));
  }

  /** Ends it, with its files. One that is gone is well. */
  async remove(id: string): Promise<void> {
    await this.#ask('remove the container', SLOW_MS, (client, abortSignal) =>
      client.getContainer(id).remove({ force: true, v: true, abortSignal }),
    ).catch(unless((error) => isMissing(error) || isBeingRemoved(error)));
  }

  /** Puts files into a container, by their paths without the first slash. */
  async put(id: string, files: Record<string, string>): Promise<void> {
    const archive = Buffer.from(await new Bun.Archive(files).bytes());
    await this.#ask('put files into the container', SLOW_MS, (client) =>
      client.getContainer(id).putArchive(archive, { path: '/' }),
    );
  }

  /** The text of a file in a container; undefined when there is none. */
  async read(id: string, path: string): Promise<string | undefined> {
    const reading = this.#ask('read a file of the container', SLOW_MS, async (client) => {
      const stream = await client.getContainer(id).getArchive({ path });
      return bytesOf(stream, LARGEST_FILE);
    });
    const bytes = await orUndefined(reading);
    if (!bytes) return undefined;
    for (const [, file] of await new Bun.Archive(bytes).files()) return file.text();
    return undefined;
  }

  /** The end of what the container has said. */
  async lastWords(id: string): Promise<string> {
    const logs = await this.#ask('read the log of the container', QUICK_MS, (client) =>
      client.getContainer(id).logs({ stdout: true, stderr: true, tail: 20 }),
    );
    return framesText(logs as Buffer).trim();
  }

  /** Runs a command in a container, and waits for its end. */
  exec(
    id: string,
    command: readonly string[],
    options: { user?: string; env?: string[]; limitMs: number },
  ): Promise<ExecResult> {
    const { user, env, limitMs } = options;
    return this.#ask('run a command in the container', limitMs, async (client, abortSignal) => {
      const exec = await client.getContainer(id).exec({
        ...{ Cmd: [...command], AttachStdout: true, AttachStderr: true, abortSignal },
        ...(user === undefined ? {} : { User: user }),
        ...(env === undefined ? {} : { Env: env }),
      });
      const output = framesText(await bytesOf(await exec.start({ Detach: false, abortSignal }), MOST_OUTPUT));
      const { ExitCode } = await exec.inspect({ abortSignal });
      return { exitCode: ExitCode ?? -1, output };
    });
  }

  /** The labels of an image; undefined when the daemon has none of this name. */
  async imageLabels(image: string): Promise<Record<string, string> | undefined> {
    const found = await orUndefined(
      this.#ask('look at the image', QUICK_MS, (client) => client.getImage(image).inspect()),
    );
    return found && (found.Config.Labels ?? {});
  }

  /** Begins to pull. The stream tells how far it is, and of failures. */
  pull(image: string, abortSignal: AbortSignal): Promise<NodeJS.ReadableStream> {
    return this.#ask('pull the image', SLOW_MS, (client) => client.pull(image, { abortSignal }));
  }

  network(name: string) {
    return orUndefined(this.#ask('look at the network', QUICK_MS, (client) => client.getNetwork(name).inspect()));
  }

  async createNetwork(body: Dockerode.NetworkCreateOptions): Promise<void> {
    await this.#ask('make the network', SLOW_MS, (client, abortSignal) =>
      client.createNetwork({ ...body, abortSignal }),
    );
  }

  /** False when containers are in it. */
  async removeNetwork(name: string): Promise<boolean> {
    try {
      await this.#ask('remove the network', SLOW_MS, (client, abortSignal) =>
        client.getNetwork(name).remove({ abortSignal }),
      );
      return true;
    } catch (error) {
      if (isMissing(error)) return true;
      if (error instanceof DockerError && error.status === 403) return false;
      throw error;
    }
  }

  /** The ends of containers with this label, as they happen. */
  events(label: string, abortSignal: AbortSignal): Promise<NodeJS.ReadableStream> {
    return this.#ask('tell what happens', QUICK_MS, (client) =>
      client.getEvents({
        filters: { type: ['container'], label: [label], event: ['die', 'destroy'] },
        abortSignal,
      }),
    );
  }

  /** The library takes a third of a second and 40 MB: only where there is a daemon to speak to. */
  #connect(): Promise<Dockerode> {
    this.#connecting ??= import('dockerode').then(({ default: Client }) => new Client(connection(this.host)));
    return this.#connecting;
  }

  async #ask<T>(
    doing: string,
    limitMs: number,
    act: (client: Dockerode, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const limit = new AbortController();
    const tooLong = Promise.withResolvers<never>();
    const cancel = this.#timers.after(limitMs, () => {
      tooLong.reject(new DockerError(`The Docker daemon at ${this.host} does not answer in time`));
      limit.abort();
    });
    const answer = this.#connect().then((client) => act(client, limit.signal));
    answer.catch(() => {});
    try {
      return await Promise.race([answer, tooLong.promise]);
    } catch (error) {
      throw asDockerError(error, doing, this.host);
    } finally {
      cancel();
    }
  }
}

function connection(host: string): Dockerode.DockerOptions {
  if (host.startsWith(UNIX)) return { socketPath: host.slice(UNIX.length) };
  const { hostname, port } = new URL(host.replace(/^tcp:/, 'http:'));
  return { protocol: 'http', host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 2375) };
}

const isBeingRemoved = (error: unknown) => error instanceof DockerError && /already in progress/.test(error.words);

const unless = (isWell: (error: unknown) => boolean) => (error: unknown) => {
  if (!isWell(error)) throw error;
};

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** What runs in a container may be in strangers' hands, and can say more than this server has room for. */
async function bytesOf(stream: NodeJS.ReadableStream, most: number): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    // Leaving the loop closes the stream.
    if (size > most) throw new DockerError('The container says more than it should');
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts);
}
