import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Dockerode from 'dockerode';
import { isAlive, keeperFiles, locked } from './docker-files.ts';
import { nekoRootFiles } from './neko-image.ts';
import { findProgram, prerequisite } from './prerequisites.ts';
import { eventually } from './waiting.ts';

const KEEPER = resolve(import.meta.dir, 'docker-keeper.ts');
const START_MS = 60_000;
/** As n.eko's images are labelled. */
export const NEKO_LABELS = {
  'net.m1k1o.neko.api-version': '3',
  'org.opencontainers.image.version': '3.1.5',
} as const;
const NAMES = ['chromium', 'firefox', 'brave', 'tor-browser'];
const CHANGES = [
  'CMD ["/usr/bin/supervisord"]',
  'ENV PATH=/usr/bin:/bin USER=neko DISPLAY=:99.0 NEKO_SERVER_BIND=:8080 NEKO_DOUBLE_CONTROL=9090',
  'HEALTHCHECK --interval=10s --timeout=5s --retries=8 CMD wget -O - http://localhost:8080/health || exit 1',
];

/** A dockerd of the tests' own, with images whose n.eko is the double. */
export type DockerDaemon = {
  /** As in `PORTAL_BROWSER_DOCKER` and `DOCKER_HOST`. */
  readonly host: string;
  readonly docker: Dockerode;
  /** For `PORTAL_BROWSER_IMAGE`. */
  readonly image: string;
  /** The same files under another name, with other labels. */
  addImage(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
};

/** One that a test may stop, kill and start. */
export type OwnDockerDaemon = DockerDaemon & {
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** It stands still, and then goes on. */
  freeze(): void;
  thaw(): void;
};

/**
 * The dockerd that all files of a run share; undefined: skip the test. It ends with the processes that use it. Await this at
 * the top of a file, as {@link prerequisite}.
 */
export async function requireDocker(): Promise<DockerDaemon | undefined> {
  if (!(await requireDockerd())) return undefined;
  return orSkip(async () => {
    const folder = join(tmpdir(), `portal-tests-docker-${process.ppid}`);
    await locked(keeperFiles(folder).lock, () => open(folder));
    return daemonAt(folder);
  });
}

/** A dockerd that nobody else uses, which a test can stop. */
export async function requireOwnDocker(): Promise<OwnDockerDaemon | undefined> {
  if (!(await requireDockerd())) return undefined;
  return orSkip(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-tests-docker-own-'));
    await open(folder);
    const files = keeperFiles(folder);
    return {
      ...daemonAt(folder),
      async stop(signal) {
        writeFileSync(files.down, '');
        const pid = Number(readFileSync(files.pid, 'utf8'));
        process.kill(pid, signal);
        await eventually(() => !isAlive(pid));
      },
      freeze: () => process.kill(Number(readFileSync(files.pid, 'utf8')), 'SIGSTOP'),
      thaw: () => process.kill(Number(readFileSync(files.pid, 'utf8')), 'SIGCONT'),
      async start() {
        rmSync(files.down);
        await untilAnswers(files.socket);
      },
    };
  });
}

async function requireDockerd(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const found = await prerequisite({
    name: 'dockerd',
    find: () =>
      existsSync('/usr/bin/wget') && existsSync('/usr/bin/busybox')
        ? findProgram('DOCKERD', ['dockerd', '/usr/sbin/dockerd'])
        : undefined,
    aptPackages: ['docker.io', 'iptables', 'busybox-static', 'wget'],
  });
  return found !== undefined;
}

/** A dockerd that is there, but does not run here: in a container without rights, for one. */
async function orSkip<Daemon>(start: () => Promise<Daemon>): Promise<Daemon | undefined> {
  try {
    return await start();
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.warn(`SKIPPED: dockerd does not run here: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

async function open(folder: string): Promise<void> {
  const files = keeperFiles(folder);
  const isKept = existsSync(files.keeperPid) && isAlive(Number(readFileSync(files.keeperPid, 'utf8')));
  // A keeper that is ending, or one that was killed.
  if (isKept && !existsSync(files.ready)) await eventually(() => !existsSync(folder));
  mkdirSync(files.users, { recursive: true });
  writeFileSync(join(files.users, String(process.pid)), '');
  if (isKept && existsSync(files.ready)) return;
  const keeper = Bun.spawn([process.execPath, KEEPER, folder], {
    stdio: ['ignore', 'ignore', 'ignore'],
    detached: true,
  });
  keeper.unref();
  await untilAnswers(
    files.socket,
    () => existsSync(files.log) && readFileSync(files.log, 'utf8').trim().split('\n').at(-1),
  );
  const docker = new Dockerode({ socketPath: files.socket });
  await addFirstImage(docker);
  writeFileSync(files.ready, '');
}

async function untilAnswers(socketPath: string, why?: () => unknown): Promise<void> {
  const docker = new Dockerode({ socketPath });
  const answers = () =>
    docker.ping().then(
      () => true,
      () => false,
    );
  await eventually(answers, { withinMs: START_MS, ...(why && { found: why }) });
}

async function addFirstImage(docker: Dockerode): Promise<void> {
  const name = imageName(NAMES[0] ?? '');
  await importImage(docker, name, NEKO_LABELS);
  await Promise.all(NAMES.slice(1).map((browser) => docker.getImage(name).tag(splitName(imageName(browser)))));
}

async function importImage(docker: Dockerode, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const { repo, tag } = splitName(name);
  const changes = [...CHANGES, ...Object.entries(labels).map(([label, value]) => `LABEL ${label}=${value}`)];
  const stream = await docker.importImage(await nekoRootFiles(), { repo, tag, changes });
  await new Promise<void>((done, failed) => {
    docker.modem.followProgress(stream, (error) => (error ? failed(error) : done()));
  });
}

const IMAGE = 'portal.test/neko/{browser}:3.1.5';
const imageName = (browser: string): string => IMAGE.replace('{browser}', browser);

function splitName(name: string): { repo: string; tag: string } {
  const at = name.lastIndexOf(':');
  return { repo: name.slice(0, at), tag: name.slice(at + 1) };
}

function daemonAt(folder: string): DockerDaemon {
  const { socket } = keeperFiles(folder);
  const docker = new Dockerode({ socketPath: socket });
  return {
    host: `unix://${socket}`,
    docker,
    image: IMAGE,
    addImage: (name, labels) => importImage(docker, name, labels),
  };
}
