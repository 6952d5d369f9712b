import { DockerBrowserEngine } from '../../src/adapters/docker-browser/docker-browser-engine.ts';
import type { DockerBrowserOptions } from '../../src/adapters/docker-browser/options.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { MIB } from '../../src/core/durations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { randomBelow, randomHex } from '../../src/core/random.ts';
import type { BrowserListener, StartProgress, StartRequest } from '../../src/ports/browser-engine.ts';
import type { DockerDaemon } from './docker-daemon.ts';

/** A range of ports that other test files hardly meet. */
export function somePorts(count: number): { first: number; last: number } {
  const first = 20_000 + 16 * randomBelow(systemRandom, 750);
  return { first, last: first + count - 1 };
}

/** Settings of a server whose browsers run on the tests' daemon. */
export function dockerSettings(daemon: DockerDaemon | undefined, { first, last } = somePorts(2)) {
  return {
    PORTAL_BROWSER_ENGINE: 'docker',
    PORTAL_BROWSER_DOCKER: daemon?.host ?? '',
    PORTAL_BROWSER_IMAGE: daemon?.image ?? '',
    PORTAL_BROWSER_ADDRESS: '127.0.0.1',
    PORTAL_BROWSER_PORTS: `${first}-${last}`,
    PORTAL_BROWSER_UNFENCED: 'on',
  };
}

/** The docker engine of a server of its own, on the tests' daemon. */
export function dockerEngine(daemon: DockerDaemon, more: Partial<DockerBrowserOptions> = {}): DockerBrowserEngine {
  return new DockerBrowserEngine({
    host: daemon.host,
    instance: randomHex(systemRandom, 12),
    image: daemon.image,
    isUnchecked: false,
    size: { width: 1280, height: 720, fps: 30 },
    memoryBytes: 512 * MIB,
    diskBytes: 2048 * MIB,
    cpus: 1,
    pids: 200,
    ports: somePorts(8),
    addresses: ['127.0.0.1'],
    ice: [],
    isUnfenced: true,
    timers: systemTimers,
    random: systemRandom,
    logger: silentLogger,
    ...more,
  });
}

export const requestOf = (chatId: number, more: Partial<StartRequest> = {}): StartRequest => ({
  chatId,
  browser: 'chromium',
  startUrl: null,
  kiosk: false,
  ...more,
});

/** Keeps what an engine tells. */
export function listening() {
  const gone = Promise.withResolvers<string>();
  const listener: BrowserListener = {
    frame() {},
    page() {},
    notice() {},
    dialog() {},
    dialogClosed() {},
    gone: gone.resolve,
  };
  const steps: StartProgress['step'][] = [];
  const progress = ({ step }: StartProgress) => {
    if (steps.at(-1) !== step) steps.push(step);
  };
  return { listener, progress, steps, gone: gone.promise };
}

/** The containers with a port of this range, in any state. Other test files use the same daemon, and the same numbers of chats. */
export async function containersAt({ docker }: DockerDaemon, { first, last }: ReturnType<typeof somePorts>) {
  const all = await docker.listContainers({ all: true, filters: { label: ['portal.port'] } });
  return all.filter(({ Labels }) => Number(Labels['portal.port']) >= first && Number(Labels['portal.port']) <= last);
}

/** The containers of one server, in any state. */
export function containersOf({ docker }: DockerDaemon, instance: string) {
  return docker.listContainers({ all: true, filters: { label: [`portal.instance=${instance}`] } });
}
