import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Timers } from '../../core/clock.ts';
import { actsAsOther, asStarted } from '../../core/started-as.ts';
import { systemSentence } from '../../core/system-errors.ts';
import { EngineError } from '../../ports/browser-engine.ts';
import type { Identity } from './identity.ts';
import { startOf } from './system-processes.ts';

const NAME = /^portal-b(\d+)-([\da-z]*)-\w{6}$/;
/** Chromium makes a socket in its profile, and the path of a socket has 107 characters at most. */
const LONGEST_PROFILE = 60;
const TRIES = 20;
const PAUSE_MS = 50;
/** Others pass through the folder of a run to their own profile, but see nothing of it. */
const PASS_THROUGH = 0o711;

type Options = { folder: string | undefined; identity: Identity | undefined; timers: Timers };

/**
 * The profiles of one run of the server: a folder of the run, and in it one for each browser. The name of the run's folder says
 * which process it belongs to, so that the next run removes what a killed one left, but never what a neighbour uses.
 */
export class Profiles {
  readonly #parent: string;
  readonly #identity: Identity | undefined;
  readonly #timers: Timers;
  #run: string | undefined;
  #lastNumber = 0;

  constructor({ folder, identity, timers }: Options) {
    this.#parent = folder ?? tmpdir();
    this.#identity = identity;
    this.#timers = timers;
  }

  get parent(): string {
    return this.#parent;
  }

  /**
   * An empty folder that belongs to the user who runs the browser.
   *
   * @throws EngineError when it cannot be made
   */
  make(): string {
    try {
      return asStarted(() => this.#make());
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError(
        `The profile of the browser cannot be made in ${this.#parent}. ${systemSentence(error) ?? String(error)}`,
        { cause: error },
      );
    }
  }

  #make(): string {
    const run = this.#runFolder();
    this.#checkWayTo(run);
    const folder = join(run, String(++this.#lastNumber));
    if (folder.length > LONGEST_PROFILE) {
      throw new EngineError(
        `The path of ${this.#parent} is too long for profiles: choose another by PORTAL_BROWSER_PROFILES`,
      );
    }
    mkdirSync(folder, { mode: 0o700 });
    if (this.#identity) chownSync(folder, this.#identity.uid, this.#identity.gid);
    return folder;
  }

  /** Files may still appear while the browser's last process ends: it goes on until nothing is left. */
  async remove(folder: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await removeFolder(folder);
        return;
      } catch (error) {
        if (tries === TRIES) throw error;
        await new Promise<void>((resolve) => this.#timers.after(PAUSE_MS, resolve));
      }
    }
  }

  /** Removes what runs left that no longer go on. */
  async removeOld(): Promise<void> {
    for (const name of this.#runs()) {
      const [, pid = '', start = ''] = NAME.exec(name) ?? [];
      const isOurs = this.#run === join(this.#parent, name);
      if (!isOurs && !isRunning(Number(pid), start)) await this.remove(join(this.#parent, name));
    }
  }

  /** Removes the folder of this run. */
  async close(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    if (run !== undefined) await this.remove(run);
  }

  /** Chromium runs as a user without rights, and has to get there. */
  #checkWayTo(run: string): void {
    if (this.#identity === undefined) return;
    for (let folder = run; folder !== dirname(folder); folder = dirname(folder)) {
      const { mode, uid } = statSync(folder);
      const isOpen = (mode & (uid === this.#identity.uid ? 0o100 : 0o001)) !== 0;
      if (isOpen) continue;
      throw new EngineError(
        `Chromium runs as user ${this.#identity.uid}, who cannot enter ${folder}: allow it (chmod o+x), or choose another ` +
          'directory for profiles by PORTAL_BROWSER_PROFILES',
      );
    }
  }

  #runFolder(): string {
    // Systems clear their temporary folder of what was not used for days, and then anyone can take the name.
    if (this.#run !== undefined && isOwnFolder(this.#run)) return this.#run;
    mkdirSync(this.#parent, { recursive: true });
    const run = mkdtempSync(join(this.#parent, `portal-b${process.pid}-${shortStartOf(process.pid)}-`));
    chmodSync(run, PASS_THROUGH);
    this.#run = run;
    return run;
  }

  /** The temporary folder is everyone's: only folders of our own user count. */
  #runs(): string[] {
    let names: string[];
    try {
      names = readdirSync(this.#parent);
    } catch {
      return [];
    }
    return names.filter((name) => NAME.test(name) && isOwnFolder(join(this.#parent, name)));
  }
}

function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === (process.getuid?.() ?? stat.uid);
}

/** Short, for the sake of sockets; empty where it is not known. */
function shortStartOf(pid: number): string {
  const start = startOf(pid);
  return start === undefined ? '' : Number(start).toString(36);
}

/** Process ids are used again; the moment of the start tells two processes apart, where it is known. */
function isRunning(pid: number, start: string): boolean {
  if (start !== '') return shortStartOf(pid) === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What is in it belongs to another account. Rights last for one step alone, so that with lent ones nothing else may be done meanwhile. */
async function removeFolder(folder: string): Promise<void> {
  const how = { recursive: true, force: true };
  if (actsAsOther()) asStarted(() => rmSync(folder, how));
  else await rm(folder, how);
}
