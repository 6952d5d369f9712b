import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK_MS = 100;

/** Where everything of a dockerd of the tests' own lies. */
export type KeeperFiles = ReturnType<typeof keeperFiles>;

export function keeperFiles(folder: string) {
  const socket = join(folder, 'docker.sock');
  const pid = join(folder, 'docker.pid');
  // Two daemons must not hand out the same addresses; 24 bits are enough for the containers of a test.
  const pool = 128 + Number(BigInt(Bun.hash(folder)) % 100n);
  return {
    folder,
    /** Held by whoever begins to use it, and by the keeper while it sees that nobody does any more. */
    lock: `${folder}.lock`,
    socket,
    pid,
    log: join(folder, 'docker.log'),
    /** One file for each process that uses it, by its number. */
    users: join(folder, 'users'),
    keeperPid: join(folder, 'keeper.pid'),
    containerdPid: join(folder, 'exec/containerd/containerd.pid'),
    /** While it is there, dockerd is not started. */
    down: join(folder, 'down'),
    /** There once the images are. */
    ready: join(folder, 'ready'),
    daemonArguments: [
      ...['--host', `unix://${socket}`, '--data-root', join(folder, 'root'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', pid, '--default-address-pool', `base=10.${pool}.0.0/16,size=24`],
      // Nothing of this machine's network changes, and no container reaches beyond it.
      ...['--iptables=false', '--ip6tables=false', '--bridge=none', '--ip-forward=false', '--ip-masq=false'],
    ],
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function locked<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  while (!tryLock(path)) await Bun.sleep(LOCK_MS);
  try {
    return await work();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function tryLock(path: string): boolean {
  try {
    mkdirSync(path);
    writeFileSync(join(path, 'pid'), String(process.pid));
    return true;
  } catch {
    const owner = existsSync(join(path, 'pid')) ? Number(readFileSync(join(path, 'pid'), 'utf8')) : 0;
    if (owner > 0 && !isAlive(owner)) rmSync(path, { recursive: true, force: true });
    return false;
  }
}
