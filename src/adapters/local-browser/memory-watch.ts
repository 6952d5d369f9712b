import { writeFileSync } from 'node:fs';
import type { Cancel, Timers } from '../../core/clock.ts';
import { asStarted } from '../../core/started-as.ts';
import { memoryOf, runningProcesses } from './system-processes.ts';

const LOOK_MS = 1000;
const FIRST_TO_GO = '1000';

type Watched = { memoryBytes: number; onOver(bytes: number): void };

/**
 * Holds browsers to their memory where no control group does: one that takes too much loses its largest process, which is the
 * page that takes it. And of all processes, the system is to end these first.
 */
export class MemoryWatch {
  readonly #timers: Timers;
  readonly #watched = new Map<number, Watched>();
  readonly #marked = new Set<number>();
  #cancel: Cancel | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Watches a group of processes until the returned function is called. */
  watch(group: number, watched: Watched): () => void {
    this.#watched.set(group, watched);
    this.#cancel ??= this.#timers.after(LOOK_MS, () => this.#look());
    return () => {
      this.#watched.delete(group);
      if (this.#watched.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
      this.#marked.clear();
    };
  }

  #look(): void {
    this.#cancel = this.#timers.after(LOOK_MS, () => this.#look());
    const members = new Map<number, number[]>();
    const processes = (runningProcesses() ?? []).filter(({ group }) => this.#watched.has(group));
    // A number is given to another process again.
    const present = new Set(processes.map(({ pid }) => pid));
    for (const pid of this.#marked) if (!present.has(pid)) this.#marked.delete(pid);
    for (const { pid, group } of processes) {
      members.set(group, [...(members.get(group) ?? []), pid]);
      this.#mark(pid);
    }
    for (const [group, pids] of members) this.#weigh(group, pids);
  }

  #weigh(group: number, pids: readonly number[]): void {
    const watched = this.#watched.get(group);
    const sizes = pids.map((pid) => ({ pid, bytes: memoryOf(pid) })).sort((a, b) => b.bytes - a.bytes);
    const bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
    const [largest] = sizes;
    if (watched === undefined || largest === undefined || bytes <= watched.memoryBytes) return;
    watched.onOver(bytes);
    try {
      asStarted(() => process.kill(largest.pid, 'SIGKILL'));
    } catch {
      // It has ended by itself.
    }
  }

  /** Chromium gives its pages a mark of its own, which is lower than the one it was started with. */
  #mark(pid: number): void {
    if (this.#marked.has(pid)) return;
    this.#marked.add(pid);
    try {
      asStarted(() => writeFileSync(`/proc/${pid}/oom_score_adj`, FIRST_TO_GO));
    } catch {
      // Without root a sandboxed process cannot be marked; Chromium's own mark still puts it before the server.
    }
  }
}
