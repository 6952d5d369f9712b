import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Timers } from '../../core/clock.ts';
import { EngineError } from '../../ports/browser-engine.ts';

export type Chromium = {
  path: string;
  /** `shell` is chromium-headless-shell: smaller, faster, and without the windows and shortcuts of the whole browser. */
  kind: 'shell' | 'whole';
};

/** Lists of `<select>` can be drawn in the page from this version on; before it nobody would see them. */
export const OLDEST_VERSION = 135;

export const WHAT_TO_INSTALL =
  'Install chromium-headless-shell or chromium, or set PORTAL_BROWSER_CHROMIUM to the path of one';

/** Debian's /usr/bin/chromium is a script that adds flags of its own, so the programs behind it come first. */
const PLACES = [
  '/usr/lib/chromium/chromium-headless-shell',
  '/usr/lib64/chromium-browser/headless_shell',
  '/usr/lib/chromium-browser/headless_shell',
  '/usr/lib/chromium/chromium',
  '/usr/lib64/chromium-browser/chromium-browser',
  '/usr/lib/chromium/chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const NAMES = [
  'chromium-headless-shell',
  'chrome-headless-shell',
  'headless_shell',
  'chromium',
  'google-chrome-stable',
];
const FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/opt/homebrew/bin'];
const SCRIPTS = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
const BEHIND_SCRIPT = ['/usr/lib/chromium/chromium', '/usr/lib/chromium/chrome'];

/**
 * The Chromium to run: the chosen one, else the first in the usual places.
 *
 * @throws EngineError when there is none, or the chosen one cannot be run
 */
export function findChromium(chosen: string | undefined): Chromium {
  if (chosen !== undefined) {
    if (!existsSync(chosen)) throw new EngineError(`There is no Chromium at ${chosen}. ${WHAT_TO_INSTALL}`);
    if (!isProgram(chosen)) throw new EngineError(`${chosen} cannot be run. ${WHAT_TO_INSTALL}`);
    return of(chosen);
  }
  const inPath = NAMES.flatMap((name) => FOLDERS.map((folder) => join(folder, name)));
  const found = [...PLACES, ...inPath].find(isProgram);
  if (found === undefined) throw new EngineError(`No Chromium was found. ${WHAT_TO_INSTALL}`);
  return of(found);
}

/**
 * The version, such as `156.0.8078.79`.
 *
 * @throws EngineError when the program does not say one, or one that is too old
 */
export async function versionOf({ path }: Chromium, timers: Timers): Promise<string> {
  const text = await outputOf(path, ['--version'], timers);
  const version = /\b\d+(?:\.\d+){1,3}\b/.exec(text)?.[0];
  if (version === undefined) throw new EngineError(`${path} does not say which version it is: is it a Chromium?`);
  if (Number.parseInt(version, 10) < OLDEST_VERSION) {
    throw new EngineError(`${path} is version ${version}; Portal needs ${OLDEST_VERSION} or newer`);
  }
  return version;
}

function of(path: string): Chromium {
  const kind = /headless[-_]shell/.test(basename(path)) ? 'shell' : 'whole';
  if (!SCRIPTS.includes(path) || !isScript(path)) return { path, kind };
  return { path: BEHIND_SCRIPT.find(isProgram) ?? path, kind };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isScript(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(2);
    readSync(file, head, 0, 2, 0);
    return head.toString() === '#!';
  } finally {
    closeSync(file);
  }
}

const VERSION_MS = 5000;

function outputOf(path: string, args: string[], timers: Timers): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  const child = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
  });
  const cancel = timers.after(VERSION_MS, () => child.kill('SIGKILL'));
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.on('error', () => resolve(''));
  child.on('close', () => {
    cancel();
    resolve(text);
  });
  return promise;
}
