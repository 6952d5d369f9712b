import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Bounds = { memoryBytes: number; cpus: number };

const MOST_PROCESSES = 1000;
const CPU_PERIOD_US = 100_000;
const CONTROLLERS = '+memory +cpu +pids';

/**
 * A control group for each browser, where this system lets us make one: version 2, in a group that the server may write to
 * (under systemd `Delegate=yes` with `DelegateSubgroup=`). Elsewhere all of this does nothing, and the watch over memory stands in.
 */
export class ControlGroups {
  readonly #folder: string | undefined;
  #lastNumber = 0;

  /** @param root where the system shows its control groups */
  constructor(root = '/sys/fs/cgroup', own = '/proc/self/cgroup') {
    this.#folder = candidates(root, own).find(canHold);
  }

  get isUsable(): boolean {
    return this.#folder !== undefined;
  }

  /** Puts a process, and all that it will start, into a group with bounds. Undefined where there is no group. */
  enclose(pid: number, { memoryBytes, cpus }: Bounds): string | undefined {
    if (this.#folder === undefined) return undefined;
    const group = join(this.#folder, String(++this.#lastNumber));
    try {
      mkdirSync(group);
      writeFileSync(join(group, 'memory.max'), String(memoryBytes));
      writeFileSync(join(group, 'cpu.max'), `${cpus * CPU_PERIOD_US} ${CPU_PERIOD_US}`);
      writeFileSync(join(group, 'pids.max'), String(MOST_PROCESSES));
      writeFileSync(join(group, 'cgroup.procs'), String(pid));
      return group;
    } catch {
      remove(group);
      return undefined;
    }
  }

  /** After the last process has gone. */
  remove(group: string | undefined): void {
    if (group !== undefined) remove(group);
  }

  close(): void {
    if (this.#folder !== undefined) remove(this.#folder);
  }
}

/** The group beside the server's own comes first: one that holds processes itself cannot share out its resources. */
function candidates(root: string, own: string): string[] {
  const path = /^0::(\/.*)$/m.exec(textOf(own))?.[1];
  if (path === undefined || !/\bmemory\b/.test(textOf(join(root, 'cgroup.controllers')))) return [];
  return [...new Set([dirname(path), path])].map((one) => join(root, one, `portal-browsers-${process.pid}`));
}

function canHold(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(dirname(folder), 'cgroup.subtree_control'), CONTROLLERS);
    writeFileSync(join(folder, 'cgroup.subtree_control'), CONTROLLERS);
    return true;
  } catch {
    remove(folder);
    return false;
  }
}

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It was never made, or a process in it is still ending: an empty group costs nothing.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
