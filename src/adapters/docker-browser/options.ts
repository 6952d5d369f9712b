import type { Timers } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import type { ProofFacts, ProofTarget } from './fence-proof.ts';
import type { IceEntry } from './room/ice.ts';

export type DockerBrowserOptions = {
  /** `unix:///path` or `tcp://host:port`. */
  host: string;
  /** Which server this is: only containers with its name in their labels are touched. Empty: one that has never run. */
  instance: string;
  /** The image, with `{browser}` where the browser's name belongs. */
  image: string;
  /** Images without labels are taken as they are. */
  isUnchecked: boolean;
  size: { width: number; height: number; fps: number };
  memoryBytes: number;
  /** What one container may write to its disk. */
  diskBytes: number;
  cpus: number;
  pids: number;
  ports: { first: number; last: number };
  /** Hosts and addresses at which viewers reach picture and sound, the first one first. */
  addresses: readonly string[];
  ice: readonly IceEntry[];
  /** Browsers run although nothing proves that they cannot reach the networks of this machine. */
  isUnfenced: boolean;
  /** What the proof tries besides this host and another room, as host or host:port; undefined: metadata, private routers. */
  fenceTargets?: readonly string[] | undefined;
  /** All that must not be reached from inside a container, in place of the usual targets. */
  proofTargets?: ((facts: ProofFacts) => readonly ProofTarget[]) | undefined;
  timers: Timers;
  random: Random;
  logger: Logger;
};
