import type { Cancel, Timers } from '../../../core/clock.ts';
import { MINUTE_MS } from '../../../core/durations.ts';

export type EndOfTime = 'idle' | 'max';

type Deps = {
  timers: Timers;
  /** How long a browser runs without a viewer. */
  idleMs: number;
  /** How long it runs at most; 0: as long as it likes. */
  maxMs: number;
  /** The browser will stop then; null: it will not, after all. */
  warn(stopsAt: number | null, reason: EndOfTime): void;
  end(reason: EndOfTime): void;
};

const IDLE_LEAD_MS = MINUTE_MS;
const MAX_LEADS_MS = [5 * MINUTE_MS, MINUTE_MS];

/** The time that a running browser has: none without viewers, and its longest. Each end is announced. */
export class Lifetime {
  readonly #deps: Deps;
  readonly #leadMs: number;
  readonly #maxAlarms: Cancel[] = [];
  #idleAlarm: Cancel | undefined;
  #watchers = 0;
  #activeAt: number;
  #isWarned = false;
  #isOver = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#leadMs = leadOf(deps.idleMs, IDLE_LEAD_MS);
    this.#activeAt = deps.timers.elapsed();
    this.#look();
    this.#planMax();
  }

  /** How many watch now. */
  watched(count: number): void {
    const hadNone = this.#watchers === 0;
    this.#watchers = count;
    if (hadNone !== (count === 0)) this.touched();
  }

  /** Somebody does something: the idle time begins anew. */
  touched(): void {
    if (this.#isOver) return;
    this.#activeAt = this.#deps.timers.elapsed();
    if (this.#isWarned) {
      this.#isWarned = false;
      this.#deps.warn(null, 'idle');
    }
    if (!this.#idleAlarm) this.#look();
  }

  stop(): void {
    this.#isOver = true;
    this.#idleAlarm?.();
    for (const cancel of this.#maxAlarms) cancel();
  }

  /** Warns or ends when it is time. The alarm is not moved at each touch: it looks when it rings. */
  #look(): void {
    this.#idleAlarm = undefined;
    if (this.#isOver || this.#watchers > 0) return;
    const { timers, idleMs, warn, end } = this.#deps;
    const leftMs = idleMs - (timers.elapsed() - this.#activeAt);
    if (leftMs <= 0) {
      end('idle');
      return;
    }
    if (leftMs <= this.#leadMs && !this.#isWarned) {
      this.#isWarned = true;
      warn(timers.now() + leftMs, 'idle');
    }
    this.#idleAlarm = timers.after(this.#isWarned ? leftMs : leftMs - this.#leadMs, () => this.#look());
  }

  #planMax(): void {
    const { timers, maxMs, warn, end } = this.#deps;
    if (maxMs === 0) return;
    const leads = MAX_LEADS_MS.filter((lead) => lead < maxMs);
    for (const lead of leads.length > 0 ? leads : [leadOf(maxMs, MINUTE_MS)]) {
      this.#maxAlarms.push(timers.after(maxMs - lead, () => warn(timers.now() + lead, 'max')));
    }
    this.#maxAlarms.push(timers.after(maxMs, () => end('max')));
  }
}

/** How long before the end the warning comes; half of a time that is too short for it. */
const leadOf = (wholeMs: number, leadMs: number): number => (leadMs < wholeMs ? leadMs : wholeMs / 2);
