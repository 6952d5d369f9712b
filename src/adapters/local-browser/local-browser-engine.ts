import type { Timers } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { asStarted } from '../../core/started-as.ts';
import {
  type BrowserEngine,
  type BrowserListener,
  type EngineCheck,
  EngineError,
  type FoundBrowser,
  type RunningBrowser,
  type StartProgress,
  type StartRequest,
} from '../../ports/browser-engine.ts';
import type { EgressFence } from '../egress/fence.ts';
import type { Gate } from '../egress/gate.ts';
import { webAddress } from '../web-address.ts';
import { type Chromium, findChromium, versionOf } from './chromium-binary.ts';
import { chromiumFlags } from './chromium-flags.ts';
import { ChromiumProcess } from './chromium-process.ts';
import { ControlGroups } from './control-groups.ts';
import { checkEngine, hasSharedMemory } from './engine-checks.ts';
import { browserIdentity, type Identity } from './identity.ts';
import { LocalBrowser, type PictureSize } from './local-browser.ts';
import { MemoryWatch } from './memory-watch.ts';
import { Profiles } from './profiles.ts';

export type LocalBrowserOptions = {
  /** The path of the Chromium to run; undefined: it is looked for. */
  chromium: string | undefined;
  sandbox: boolean;
  /** The directory for profiles; undefined: the system's temporary one. */
  profiles: string | undefined;
  size: PictureSize;
  memoryBytes: number;
  cpus: number;
  /** The way out: each browser gets a gate of its own. */
  fence: Pick<EgressFence, 'openGate' | 'check'>;
  timers: Timers;
  logger: Logger;
};

type Progress = (at: StartProgress) => void;
type Prepared = { chromium: Chromium; version: string };

/** Runs a headless Chromium of this machine for each chat, spoken to over pipes alone. See the README of this folder. */
export class LocalBrowserEngine implements BrowserEngine {
  readonly name = 'local';
  readonly browsers = ['chromium'] as const;
  readonly #options: LocalBrowserOptions;
  readonly #identity: Identity | undefined = browserIdentity();
  readonly #profiles: Profiles;
  readonly #memory: MemoryWatch;
  #groups: ControlGroups | undefined;
  #prepared: Promise<Prepared> | undefined;
  #cleared: Promise<void> | undefined;
  readonly #running = new Set<LocalBrowser>();
  readonly #starting = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(options: LocalBrowserOptions) {
    this.#options = options;
    const { profiles, timers } = options;
    this.#profiles = new Profiles({ folder: profiles, identity: this.#identity, timers });
    this.#memory = new MemoryWatch(timers);
  }

  async check(): Promise<readonly EngineCheck[]> {
    const { fence } = this.#options;
    const own = await checkEngine({ ...this.#options, identity: this.#identity, folder: this.#profiles.parent });
    return [...own, ...(await fence.check())];
  }

  async start(request: StartRequest, listener: BrowserListener, progress: Progress): Promise<RunningBrowser> {
    if (this.#isClosed) throw new EngineError('The server is ending');
    if (request.browser !== 'chromium') throw new EngineError('This server has Chromium alone');
    const startUrl = request.startUrl === null ? null : webAddress(request.startUrl);
    const starting = this.#start(startUrl, listener, progress);
    const quiet = starting.catch(() => {});
    this.#starting.add(quiet);
    try {
      return await starting;
    } finally {
      this.#starting.delete(quiet);
    }
  }

  /** None goes on: they end with the server. */
  async clear(): Promise<readonly FoundBrowser[]> {
    this.#cleared ??= this.#profiles.removeOld();
    await this.#cleared;
    return [];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#starting);
    await Promise.all([...this.#running].map((browser) => browser.stop()));
    await this.#cleared;
    await this.#profiles.close();
    await this.#profiles.removeOld();
    asStarted(() => this.#groups?.close());
  }

  async #start(startUrl: string | null, listener: BrowserListener, progress: Progress): Promise<RunningBrowser> {
    progress({ step: 'create', percent: null });
    const prepared = await this.#prepare();
    // What has been made so far: undone in reverse, now if something fails, else when the browser ends.
    const made = new AsyncDisposableStack();
    let chromium: ChromiumProcess | undefined;
    try {
      const profile = this.#profiles.make();
      made.defer(() => this.#profiles.remove(profile));
      let browser: LocalBrowser | undefined;
      const gate = await this.#options.fence.openGate({ lockedOut: () => browser?.lockedOut() });
      made.defer(() => gate.close());
      progress({ step: 'boot', percent: null });
      chromium = await this.#launch(prepared, { profile, gate, made });
      browser = await LocalBrowser.open({
        ...this.#options,
        ...{ chromium, gate, startUrl, listener },
        cleanUp: () => made.disposeAsync(),
      });
      this.#keep(browser, made);
      progress({ step: 'ready', percent: 100 });
      return browser;
    } catch (error) {
      // It may have been replaced by another since it was looked at.
      this.#prepared = undefined;
      const lastWords = await chromium?.lastWords();
      await made.disposeAsync();
      if (error instanceof EngineError) throw error;
      throw new EngineError(lastWords ?? `Chromium cannot be started: ${error}`, { cause: error });
    }
  }

  #launch(
    prepared: Prepared,
    { profile, gate, made }: { profile: string; gate: Gate; made: AsyncDisposableStack },
  ): Promise<ChromiumProcess> {
    return ChromiumProcess.start({
      path: prepared.chromium.path,
      flags: this.#flagsFor(prepared, profile, gate.flags),
      profile,
      identity: this.#identity,
      timers: this.#options.timers,
      enclose: (pid) => made.defer(this.#bound(pid)),
    });
  }

  #keep(browser: LocalBrowser, made: AsyncDisposableStack): void {
    this.#running.add(browser);
    made.defer(() => void this.#running.delete(browser));
  }

  /** What is the same for all browsers, looked at once; again after it went wrong. */
  #prepare(): Promise<Prepared> {
    this.#prepared ??= this.#lookAround();
    this.#prepared.catch(() => {
      this.#prepared = undefined;
    });
    return this.#prepared;
  }

  async #lookAround(): Promise<Prepared> {
    const { chromium: chosen, timers } = this.#options;
    const chromium = findChromium(chosen);
    const version = await versionOf(chromium, timers);
    await this.clear();
    this.#groups ??= asStarted(() => new ControlGroups());
    return { chromium, version };
  }

  #flagsFor(prepared: Prepared, profile: string, fence: readonly string[]): string[] {
    const { size, sandbox } = this.#options;
    return chromiumFlags({
      ...{ ...prepared, ...size, profile, fence },
      hasSandbox: sandbox,
      hasSharedMemory: hasSharedMemory(),
    });
  }

  /** Bounds for a process that has not become Chromium yet. */
  #bound(pid: number): () => void {
    const { memoryBytes, cpus, logger } = this.#options;
    const group = this.#groups?.enclose(pid, { memoryBytes, cpus });
    const unwatch = this.#memory.watch(pid, {
      memoryBytes: group === undefined ? memoryBytes : Number.POSITIVE_INFINITY,
      onOver: (bytes) => logger.warn('a shared browser took too much memory', { bytes, most: memoryBytes }),
    });
    return () => {
      unwatch();
      asStarted(() => this.#groups?.remove(group));
    };
  }
}
