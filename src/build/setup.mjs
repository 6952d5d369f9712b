// Makes node_modules what bun.lock says, so that `npm start` and `npm test` work alone on a clean clone with nothing but
// Node 20 and npm, and `bun start` with nothing but Bun. Plain JavaScript without dependencies: it runs before there are any.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.portal-setup');
const lock = join(modules, '.portal-setup.lock');
const log = join(modules, '.portal-setup.log');
const installedBun = join(modules, 'bun', 'bin', 'bun.exe'); // that is its name on every system

const HEARTBEAT_MS = 1000;
const STALE_MS = 15_000;

/** The last started command, ended with this process. */
let running;

class SetupError extends Error {}

/** What a finished setup writes down: the lock, the manifests, and the machine that the packages are for. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const name of ['bun.lock', 'package.json', 'src/client/package.json'])
    hash.update(fs.readFileSync(join(root, name)));
  return hash.digest('hex');
}

function isDone(wanted) {
  try {
    return fs.readFileSync(stamp, 'utf8') === wanted && fs.existsSync(installedBun);
  } catch {
    return false;
  }
}

function pinnedVersion() {
  const manager = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8')).packageManager;
  const version = /^bun@(\d+\.\d+\.\d+)$/.exec(manager ?? '')?.[1];
  if (!version) throw new SetupError('package.json must pin Bun, as in "packageManager": "bun@1.2.3".');
  return version;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A command's exit status and all that it printed; status undefined when there is no such program. */
async function run(command, args) {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve) => {
    // Windows starts npm.cmd by a shell only; none of npm's arguments here needs quoting.
    const shell = process.platform === 'win32' && command === 'npm';
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell });
    running = child;
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', () => resolve({ status: undefined, output }));
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

async function isVersion(command, version) {
  const { status, output } = await run(command, ['--version']);
  return status === 0 && output.trim() === version;
}

/** Turns a failed step into one sentence; the whole story goes to a file. */
function failure(step, { status, output }) {
  fs.writeFileSync(log, output);
  const where = `The whole output is in ${log}.`;
  if (status === undefined) return new SetupError(`Portal could not ${step}: the program for it is not there.`);
  if (/lockfile had changes/i.test(output)) {
    return new SetupError('bun.lock does not match package.json: run `bun install` and commit bun.lock with it.');
  }
  if (
    /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH)|ConnectionRefused|DNS|network/i.test(
      output,
    )
  ) {
    return new SetupError(`Portal could not ${step}: the package registry cannot be reached. ${where}`);
  }
  const reason = output.match(/^(?:npm )?error:?(?: code)? (.+)$/im)?.[1];
  return new SetupError(`Portal could not ${step}${reason ? ` (${reason.trim()})` : ''}. ${where}`);
}

/** The command that is the pinned Bun: this process, the one in PATH, the one installed before, or one that npm fetches. */
async function findBun(version) {
  if (process.versions.bun === version) return [process.execPath];
  if (await isVersion('bun', version)) return ['bun'];
  if (fs.existsSync(installedBun) && (await isVersion(installedBun, version))) return [installedBun];
  if ((await run('npm', ['--version'])).status === 0) return [await fetchBun(version)];
  if (process.versions.bun) return [process.execPath, 'x', `bun@${version}`]; // a newer one
  throw new SetupError(`Portal needs npm, or Bun ${version}, to install its packages, and neither is in PATH.`);
}

/**
 * Not `npm exec`: that needs Bun's install script, which npm's own settings may forbid, and then leaves an empty program.
 * Here the script is run by hand.
 */
async function fetchBun(version) {
  const directory = join(modules, '.portal-bun');
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  const got = await run('npm', [
    'install',
    '--prefix',
    'node_modules/.portal-bun',
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    // Without a network npm's own settings try for more than a minute.
    '--fetch-retries=2',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=3000',
    `bun@${version}`,
  ]);
  if (got.status !== 0) throw failure(`get Bun ${version} by npm`, got);
  const bun = join(directory, 'node_modules', 'bun');
  const placed = await run(process.execPath, [join(bun, 'install.js')]);
  if (placed.status !== 0) throw failure(`put Bun ${version} in place`, placed);
  return join(bun, 'bin', 'bun.exe');
}

async function install(wanted) {
  const version = pinnedVersion();
  console.error('Portal: installing its packages from bun.lock; this happens once.');
  fs.rmSync(stamp, { force: true });
  const [bun, ...args] = await findBun(version);
  const done = await run(bun, [...args, 'install', '--frozen-lockfile']);
  if (done.status !== 0) throw failure('install its packages', done);
  // Without Bun's install script (`ignoreScripts` in someone's settings) its program is an empty file.
  if (!(await isVersion(installedBun, version))) {
    const placed = await run(process.execPath, [join(modules, 'bun', 'install.js')]);
    if (placed.status !== 0 || !(await isVersion(installedBun, version)))
      throw failure(`put Bun ${version} in place`, placed);
  }
  fs.rmSync(join(modules, '.portal-bun'), { recursive: true, force: true });
  fs.rmSync(log, { force: true });
  fs.writeFileSync(`${stamp}.new`, wanted);
  fs.renameSync(`${stamp}.new`, stamp);
}

/** A directory is made by one process only. Its owner touches it every second; one that nobody touches was left behind. */
function takeLock() {
  try {
    fs.mkdirSync(lock);
  } catch (error) {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  }
  fs.writeFileSync(join(lock, 'owner'), `${hostname()} ${process.pid}`);
  const touch = () => {
    try {
      fs.utimesSync(lock, new Date(), new Date());
    } catch {
      // Someone removed node_modules meanwhile; the install then fails by itself.
    }
  };
  const heartbeat = setInterval(touch, HEARTBEAT_MS);
  return () => {
    clearInterval(heartbeat);
    fs.rmSync(lock, { recursive: true, force: true });
  };
}

function isLeftBehind() {
  try {
    if (Date.now() - fs.statSync(lock).mtimeMs > STALE_MS) return true;
    const [host, pid] = fs.readFileSync(join(lock, 'owner'), 'utf8').split(' ');
    if (host !== hostname()) return false;
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Breaking a lock is itself done by one process at a time, which looks again: else two could break each other's new one. */
function breakLock() {
  const breaker = `${lock}.break`;
  try {
    fs.mkdirSync(breaker);
  } catch {
    try {
      if (Date.now() - fs.statSync(breaker).mtimeMs > STALE_MS) fs.rmdirSync(breaker);
    } catch {
      // Gone already.
    }
    return;
  }
  if (isLeftBehind()) fs.rmSync(lock, { recursive: true, force: true });
  fs.rmdirSync(breaker);
}

/** `bun start` and `bun run test` go on with the Bun that they were called with, whatever node_modules holds. */
function refuseOlderBun() {
  const caller = /^bun\/([\d.]+)/.exec(process.env.npm_config_user_agent ?? '')?.[1] ?? process.versions.bun;
  if (!caller) return;
  const pinned = pinnedVersion();
  if (caller.localeCompare(pinned, 'en', { numeric: true }) >= 0) return;
  throw new SetupError(
    `Portal is written for Bun ${pinned} and this is Bun ${caller}: run \`bun upgrade\`, or use npm.`,
  );
}

async function main() {
  refuseOlderBun();
  const wanted = fingerprint();
  if (isDone(wanted)) return;
  if (!process.versions.bun && Number(process.versions.node.split('.')[0]) < 20) {
    throw new SetupError(`Portal needs Node 20 or newer to install itself; this is ${process.version}.`);
  }
  fs.mkdirSync(modules, { recursive: true });
  let release = takeLock();
  if (!release) console.error('Portal: another setup is running here; waiting for it.');
  while (!release) {
    await pause(100);
    if (isLeftBehind()) breakLock();
    release = takeLock();
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      running?.kill();
      release();
      process.exit(1);
    });
  }
  try {
    if (!isDone(wanted)) await install(wanted);
  } finally {
    release();
  }
}

try {
  await main();
} catch (error) {
  console.error(
    error instanceof SetupError ? `error: ${error.message}` : `error: Portal's setup failed: ${error.message}`,
  );
  process.exit(1);
}
