import { existsSync, mkdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Prerequisite = {
  name: string;
  /** Where the program is; undefined when it is not on this machine. */
  find: () => string | undefined;
  /** Debian packages that bring it. */
  aptPackages: string[];
};

const LOCK = join(tmpdir(), 'portal-tests-apt.lock');
const STALE_MS = 20_000;

const CHROMIUM: Prerequisite = {
  name: 'Chromium',
  find: () => findProgram('CHROMIUM', ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']),
  aptPackages: ['chromium', 'fonts-dejavu-core'],
};

/** Where Debian and Fedora put the programs themselves, past the shell scripts that start them. */
const CHROMIUM_HOMES = ['/usr/lib/chromium', '/usr/lib64/chromium-browser'];

/** The path of a Chromium, installed if this machine lets us; undefined: skip the test (see `prerequisite`). */
export function requireChromium(): Promise<string | undefined> {
  return prerequisite(CHROMIUM);
}

/** The Chromiums that Portal can run, the one that it would choose first; a path is undefined where one is missing. */
export async function requireChromiums(): Promise<{ name: string; path: string | undefined }[]> {
  const path = (name: string) => CHROMIUM_HOMES.map((home) => join(home, name)).find(existsSync);
  const wanted = (name: string) => prerequisite({ name, find: () => path(name), aptPackages: [name] });
  // A system without the first shows everything with the second.
  const names = ['chromium-headless-shell', 'chromium'];
  return Promise.all(names.map(async (name) => ({ name, path: await wanted(name) })));
}

/** Says once what is skipped where this machine does not let tests do something; returns what it was given. */
export function capability<Found>(what: string, found: Found): Found {
  if (!found) console.warn(`SKIPPED: this machine does not let tests ${what}`);
  return found;
}

/**
 * A program that some tests need. Looks for it, else installs it where that is a matter of course (root on Debian). Without
 * it a run in CI fails; elsewhere one line says what is skipped, and the caller passes undefined on to `test.skipIf`.
 * Installing takes up to a minute: await this at the top of the test file, not inside a test with a time limit.
 */
export async function prerequisite({ name, find, aptPackages }: Prerequisite): Promise<string | undefined> {
  const found = find();
  if (found) return found;
  const problem = canInstall()
    ? await locked(async () => find() ?? (await install(aptPackages)))
    : 'not Debian, or not root';
  const installed = find();
  if (installed) return installed;
  const sentence = `${name} is missing (packages ${aptPackages.join(', ')}): ${problem ?? 'installed, but not found'}`;
  if (process.env.CI === 'true') throw new Error(sentence);
  console.warn(`SKIPPED: ${sentence}`);
  return undefined;
}

/** A program by an environment variable with its path, else by its names in PATH. */
export function findProgram(variable: string, names: string[]): string | undefined {
  const chosen = process.env[variable];
  if (chosen) {
    if (!existsSync(chosen)) throw new Error(`${variable}=${chosen}: there is no such file`);
    return chosen;
  }
  for (const name of names) {
    const path = Bun.which(name) ?? Bun.which(name, { PATH: '/usr/bin:/usr/local/bin' });
    if (path) return path;
  }
  return undefined;
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && Bun.which('apt-get') !== null;
}

/** Undefined when it went well, else why not. */
async function install(packages: string[]): Promise<string | undefined> {
  console.warn(`Installing ${packages.join(', ')} for the tests; this happens once.`);
  return (await apt(['update'])) ?? (await apt(['install', '--yes', '--no-install-recommends', ...packages]));
}

async function apt(args: string[]): Promise<string | undefined> {
  // An apt-get of someone else's may be at work: wait for it instead of failing.
  const child = Bun.spawn(['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const [complaint, status] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  return status === 0 ? undefined : `apt-get ${args[0]} failed: ${complaint.trim().split('\n').at(-1) ?? status}`;
}

/** One apt-get at a time, also among several `bun test` processes. A lock that its owner stopped touching is taken over. */
async function locked<Result>(work: () => Promise<Result>): Promise<Result> {
  while (!tryLock()) await Bun.sleep(200);
  const heartbeat = setInterval(() => utimesSync(LOCK, new Date(), new Date()), 2000);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function tryLock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    // Two that take over one stale lock at once both go on; apt's own lock then lets one of them fail or wait.
    const touched = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs;
    if (touched !== undefined && Date.now() - touched > STALE_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}
