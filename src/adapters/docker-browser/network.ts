import { bridgeName, LABELS, networkName } from './container-template.ts';
import type { Docker } from './docker.ts';
import { DockerError, isConflict } from './docker-error.ts';

export type NetworkFacts = {
  name: string;
  bridge: string;
  /** The address of this host in it. */
  gateway: string;
  /** It was made just now. */
  isNew: boolean;
};

const NO_TALK = 'com.docker.network.bridge.enable_icc';
const BRIDGE = 'com.docker.network.bridge.name';

/** The network of this server's containers, which do not reach each other in it. Made when it is missing. */
export async function ensureNetwork(docker: Docker, instance: string): Promise<NetworkFacts> {
  const name = networkName(instance);
  const present = await docker.network(name);
  if (!present) {
    await docker
      .createNetwork({
        Name: name,
        Driver: 'bridge',
        EnableIPv6: false,
        // Without it some versions make a second one of the same name.
        CheckDuplicate: true,
        Labels: { [LABELS.instance]: instance },
        Options: { [NO_TALK]: 'false', [BRIDGE]: bridgeName(instance) },
      })
      .catch((error: unknown) => {
        if (!isConflict(error) && !isBridgeTaken(error)) throw error;
      });
  }
  const network = present ?? (await docker.network(name));
  if (network?.Labels?.[LABELS.instance] !== instance || network.Options?.[NO_TALK] !== 'false') {
    throw new DockerError(`The Docker network ${name} is not as Portal makes it; remove it`);
  }
  const gateway = network.IPAM?.Config?.[0]?.Gateway ?? '';
  return { name, bridge: network.Options[BRIDGE] ?? bridgeName(instance), gateway, isNew: !present };
}

/** Two that make it at once: the second is told that its bridge exists. */
const isBridgeTaken = (error: unknown) => error instanceof DockerError && error.status === 403;
