import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { Timers } from '../../core/clock.ts';
import { asStarted } from '../../core/started-as.ts';
import { EngineError } from '../../ports/browser-engine.ts';
import { DevToolsPipe } from './devtools-pipe.ts';
import type { Identity } from './identity.ts';
import { isGroupRunning, killGroup } from './system-processes.ts';

/** Waits for a line, so that the bounds are there before Chromium is, and becomes Chromium: same process, same pipes. */
const LAUNCHER = 'read -r go && exec "$0" "$@" 0<&-';
const NICE = 10;
const LOOK_MS = 10;
/** For a process that left its group and still holds the pipe; of all others the last word has come before. */
const LAST_WORDS_MS = 2000;
const KEPT_COMPLAINT = 8192;
/** What every Chromium without a desktop complains about. */
const NOISE = /dbus|crashpad|zygote/;

type Options = {
  path: string;
  flags: readonly string[];
  profile: string;
  identity: Identity | undefined;
  timers: Timers;
  /** Puts bounds on the process while it still waits. */
  enclose(pid: number): void;
};

/** One Chromium: a process group of its own, spoken to over two pipes. When the server ends in any way, the pipes close, and it ends. */
export class ChromiumProcess {
  readonly pid: number;
  readonly pipe: DevToolsPipe;
  readonly #child: ChildProcess;
  readonly #timers: Timers;
  readonly #heardOut: Promise<void>;
  #complaint = '';
  #hasEnded = false;
  #stopping: Promise<void> | undefined;
  /** It ended, whether by itself or stopped. */
  onEnd: () => void = () => {};

  /** @throws EngineError when the program cannot be started */
  static async start(options: Options): Promise<ChromiumProcess> {
    const { path, flags, profile, identity } = options;
    const child = asStarted(() =>
      spawn('/bin/sh', ['-c', LAUNCHER, path, ...flags], {
        stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
        cwd: profile,
        detached: true,
        env: cleanEnvironment(profile),
        ...identity,
      }),
    );
    const { promise: hasSpawned, resolve, reject } = Promise.withResolvers<void>();
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new EngineError(`Chromium cannot be started: ${error.message}`)));
    await hasSpawned;
    return new ChromiumProcess(child, options);
  }

  private constructor(child: ChildProcess, { timers, enclose }: Options) {
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.#timers = timers;
    const [stdin, , stderr, writer, reader] = child.stdio as [Writable, null, Readable, Writable, Readable];
    stderr.on('data', (chunk: Buffer) => {
      this.#complaint = `${this.#complaint}${chunk}`.slice(-KEPT_COMPLAINT);
    });
    this.#heardOut = new Promise((resolve) => stderr.once('close', resolve));
    this.pipe = new DevToolsPipe({ reader, writer, timers });
    this.pipe.onClose = () => this.#ended();
    child.once('exit', () => this.#ended());
    child.on('error', () => this.#ended());
    stdin.on('error', () => {});
    asStarted(() => {
      makeDispensable(this.pid);
      enclose(this.pid);
    });
    stdin.end('go\n');
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Stops it, if need be, and tells why it ended at once, for people. */
  async lastWords(): Promise<string> {
    // What it said may still be on its way here while its end is known already.
    await this.stop();
    if (/no usable sandbox|failed to move to new namespace/i.test(this.#complaint)) {
      return (
        'Chromium finds no sandbox that it could use: this system forbids user namespaces. Allow them ' +
        '(sysctl kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0; in a container a ' +
        'seccomp profile for Chromium), or run it without: PORTAL_BROWSER_SANDBOX=off'
      );
    }
    const lines = this.#complaint.split('\n').filter((line) => line.trim() !== '' && !NOISE.test(line));
    const line = lines.find((one) => one.includes(':FATAL:')) ?? lines.at(-1) ?? 'it did not say why';
    return `Chromium ended at once: ${line.trim().slice(0, 300)}`;
  }

  /** Resolves when no process is left. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    killGroup(this.pid);
    this.pipe.close();
    while (isGroupRunning(this.pid)) {
      killGroup(this.pid);
      await new Promise<void>((resolve) => this.#timers.after(LOOK_MS, resolve));
    }
    await this.#hearOut();
    for (const stream of this.#child.stdio) stream?.destroy();
    this.#ended();
  }

  /** What it said last may still be on its way. */
  async #hearOut(): Promise<void> {
    const { promise: tired, resolve } = Promise.withResolvers<void>();
    const cancel = this.#timers.after(LAST_WORDS_MS, resolve);
    await Promise.race([this.#heardOut, tired]);
    cancel();
  }

  #ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.onEnd();
  }
}

/** Nothing of the server's environment: it may hold secrets, proxies or a display. */
function cleanEnvironment(profile: string): NodeJS.ProcessEnv {
  return {
    HOME: profile,
    TMPDIR: profile,
    XDG_CONFIG_HOME: profile,
    XDG_CACHE_HOME: profile,
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
  };
}

/** The server comes before its browsers, in memory as in time. */
function makeDispensable(pid: number): void {
  try {
    setPriority(pid, NICE);
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // Not on Linux.
  }
}
