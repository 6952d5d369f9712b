import { networkInterfaces } from 'node:os';
import { type EngineCheck, EngineError } from '../../ports/browser-engine.ts';
import { browsersOf, imageOf } from './apps.ts';
import { bridgeName, LABELS, labelOf } from './container-template.ts';
import type { Docker } from './docker.ts';
import { firewallLines } from './firewall.ts';
import { imageProblem } from './images.ts';
import { resolveAddresses } from './media-addresses.ts';
import type { DockerBrowserOptions } from './options.ts';
import { canListen } from './ports.ts';

/** Docker 20.10 is the oldest that was tried. */
const OLDEST_API = 1.41;

/** Looks at what the engine needs. Starts nothing. */
export async function checkDocker(docker: Docker, options: DockerBrowserOptions): Promise<EngineCheck[]> {
  const daemon = await checkDaemon(docker);
  if (!daemon.ok) return [daemon];
  return [
    daemon,
    ...(await Promise.all(
      browsersOf(options.image).map((name) => checkImage(docker, options, imageOf(options.image, name))),
    )),
    await checkAddresses(options),
    await checkPorts(docker, options),
    checkIce(options),
    checkFirewall(options),
  ];
}

async function checkDaemon(docker: Docker): Promise<EngineCheck> {
  const name = 'Docker';
  try {
    const { version, apiVersion, isRootless } = await docker.facts();
    const detail = `version ${version} at ${docker.host}${isRootless ? ', rootless' : ''}`;
    if (Number(apiVersion) >= OLDEST_API) return { name, ok: true, detail };
    return { name, ok: false, detail: `${detail}; Portal needs 20.10 or newer` };
  } catch (error) {
    return failed(name, error);
  }
}

async function checkImage(docker: Docker, options: DockerBrowserOptions, image: string): Promise<EngineCheck> {
  const name = 'Image';
  try {
    const labels = await docker.imageLabels(image);
    if (!labels) return { name, ok: true, detail: `${image} is pulled at the first start` };
    const problem = imageProblem(image, labels, options.isUnchecked);
    return { name, ok: problem === undefined, detail: problem ?? `${image} is there` };
  } catch (error) {
    return failed(name, error);
  }
}

async function checkAddresses({ addresses, timers, ports }: DockerBrowserOptions): Promise<EngineCheck> {
  const name = 'Media address';
  try {
    const { first, more } = await resolveAddresses(addresses, timers);
    const own = new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)));
    const all = [first, ...more];
    const text = all.join(', ');
    if (all.every((address) => /^127\.|^::1$/.test(address))) {
      return {
        name,
        ok: true,
        detail: `${text}: for viewers on this machine alone; PORTAL_BROWSER_ADDRESS names another`,
      };
    }
    const foreign = all.filter((address) => !own.has(address));
    if (foreign.length === 0) return { name, ok: true, detail: text };
    const range = `${ports.first}-${ports.last}`;
    const detail = `${text}; ${foreign.join(', ')} is not of this machine: what has it must hand UDP and TCP ${range} on to this machine, as the same ports`;
    return { name, ok: true, detail };
  } catch (error) {
    return failed(name, error);
  }
}

async function checkPorts(docker: Docker, { ports, instance }: DockerBrowserOptions): Promise<EngineCheck> {
  const name = 'Media ports';
  const own = await docker.list(labelOf(instance));
  const held = new Set(own.map(({ Labels }) => Number(Labels[LABELS.port])));
  const all = Array.from({ length: ports.last - ports.first + 1 }, (_, index) => ports.first + index);
  const taken: number[] = [];
  for (const port of all) if (!held.has(port) && !(await canListen(port))) taken.push(port);
  const range = `${ports.first}-${ports.last}, UDP and TCP`;
  if (taken.length === 0) return { name, ok: true, detail: range };
  const detail = `${range}; other programs have ${taken.join(', ')}`;
  return { name, ok: taken.length < all.length, detail };
}

function checkIce({ ice }: DockerBrowserOptions): EngineCheck {
  const urls = ice.flatMap((entry) => entry.urls);
  const detail = urls.length > 0 ? urls.join(', ') : 'none: viewers reach the media address directly, or not at all';
  return { name: 'ICE servers', ok: true, detail };
}

function checkFirewall({ instance, isUnfenced }: DockerBrowserOptions): EngineCheck {
  const name = 'Firewall';
  if (isUnfenced) return { name, ok: false, detail: 'the fence is not proved, by PORTAL_BROWSER_UNFENCED' };
  if (instance === '') {
    return {
      name,
      ok: true,
      detail: 'the lines that a host needs have a name that the server makes at its first start',
    };
  }
  const lines = firewallLines(bridgeName(instance)).join('; ');
  return { name, ok: true, detail: `portal doctor --prove-fence tries it. The lines that a host needs: ${lines}` };
}

function failed(name: string, error: unknown): EngineCheck {
  if (error instanceof EngineError) return { name, ok: false, detail: error.message };
  throw error;
}
