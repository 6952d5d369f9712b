import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Timers } from '../../core/clock.ts';
import { systemSentence } from '../../core/system-errors.ts';
import { EngineError } from '../../ports/browser-engine.ts';
import type { Identity } from './identity.ts';
import { startOf } from './system-processes.ts';

const PREFIX = 'portal-browsers';
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
      const folder = join(this.#runFolder(), String(++this.#lastNumber));
      mkdirSync(folder, { mode: 0o700 });
      if (this.#identity) chownSync(folder, this.#identity.uid, this.#identity.gid);
      return folder;
    } catch (error) {
      throw new EngineError(
        `The profile of the browser cannot be made in ${this.#parent}. ${systemSentence(error) ?? String(error)}`,
        { cause: error },
      );
    }
  }

  /** Files may still appear while the browser's last process ends: it goes on until nothing is left. */
  async remove(folder: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await rm(folder, { recursive: true, force: true });
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
      const [, pid = '', start = ''] = /^portal-browsers-(\d+)-(\d*)-/.exec(name) ?? [];
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

  #runFolder(): string {
    if (this.#run !== undefined) return this.#run;
    mkdirSync(this.#parent, { recursive: true });
    const run = mkdtempSync(join(this.#parent, `${PREFIX}-${process.pid}-${startOf(process.pid) ?? ''}-`));
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
    return names.filter((name) => {
      if (!name.startsWith(`${PREFIX}-`)) return false;
      const stat = lstatSync(join(this.#parent, name), { throwIfNoEntry: false });
      return stat?.isDirectory() === true && stat.uid === (process.getuid?.() ?? stat.uid);
    });
  }
}

/** Process ids are used again; the moment of the start tells two processes apart, where it is known. */
function isRunning(pid: number, start: string): boolean {
  if (start !== '') return startOf(pid) === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
