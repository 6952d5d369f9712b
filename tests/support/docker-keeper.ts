import { existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { isAlive, type KeeperFiles, keeperFiles, locked } from './docker-files.ts';

/**
 * A program of its own that runs dockerd in a folder, for as long as one of the processes lives that are named in `users`.
 * Then it removes every container, network, mount and file of it. Tests that were killed leave nothing behind that way.
 */
const LOOK_MS = 200;
const END_MS = 10_000;

async function keep(files: KeeperFiles): Promise<void> {
  let daemon = isHeldDown(files) ? undefined : start(files);
  while (!(await isUnused(files))) {
    await Bun.sleep(LOOK_MS);
    if (daemon && daemon.exitCode === null && daemon.signalCode === null) continue;
    // A test may have stopped it; while the file is there, it stays down.
    daemon = isHeldDown(files) ? undefined : start(files);
  }
  daemon ??= start(files);
  await removeAll(files);
  await end(daemon);
  killPid(files.containerdPid);
  unmountAll(files.folder);
  rmSync(files.folder, { recursive: true, force: true });
}

function start(files: KeeperFiles) {
  // After a kill, dockerd would wait for a containerd that has ended with it.
  killPid(files.containerdPid);
  for (const path of [files.pid, files.containerdPid]) rmSync(path, { force: true });
  return Bun.spawn(['dockerd', ...files.daemonArguments], {
    stdin: 'ignore',
    stdout: openSync(files.log, 'a'),
    stderr: openSync(files.log, 'a'),
    // Its own session: what ends the tests does not end it before it is cleared.
    detached: true,
  });
}

const isHeldDown = (files: KeeperFiles): boolean => existsSync(files.down);

/** From then on nobody begins to use it: it is not ready any more. */
async function isUnused(files: KeeperFiles): Promise<boolean> {
  if (hasUsers(files)) return false;
  return locked(files.lock, () => {
    if (hasUsers(files)) return false;
    rmSync(files.ready, { force: true });
    return true;
  });
}

function hasUsers(files: KeeperFiles): boolean {
  const users = readdirSync(files.users).map(Number);
  for (const user of users) if (!isAlive(user)) rmSync(join(files.users, String(user)), { force: true });
  return users.some(isAlive);
}

async function removeAll(files: KeeperFiles): Promise<void> {
  const docker = new Dockerode({ socketPath: files.socket });
  const until = performance.now() + END_MS;
  while (performance.now() < until) {
    try {
      const containers = await docker.listContainers({ all: true });
      await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
      const networks = await docker.listNetworks();
      const made = networks.filter(({ Name }) => !['bridge', 'host', 'none'].includes(Name));
      await Promise.all(made.map(({ Id }) => docker.getNetwork(Id).remove()));
      return;
    } catch {
      await Bun.sleep(LOOK_MS);
    }
  }
}

async function end(daemon: Bun.Subprocess): Promise<void> {
  daemon.kill('SIGTERM');
  await Promise.race([daemon.exited, Bun.sleep(END_MS)]);
  daemon.kill('SIGKILL');
}

function killPid(path: string): void {
  if (!existsSync(path)) return;
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The deepest first. */
function unmountAll(folder: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.toSorted((a, b) => b.length - a.length)) Bun.spawnSync(['umount', '--lazy', path]);
}

const folder = process.argv[2];
if (!folder) throw new Error('Say in which folder');
const files = keeperFiles(folder);
writeFileSync(files.keeperPid, String(process.pid));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('SIGHUP', () => {});
await keep(files);
// A pause that nobody waits for any more would hold it up.
process.exit(0);
