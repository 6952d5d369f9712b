import type { Cancel, Timers } from '../../src/core/clock.ts';
import { turn } from './waiting.ts';

type Alarm = { at: number; act: () => void };

/** How long to wait for what alarms start, in case the test holds it up. */
const TURNS = 5000;
const LOOKS = 100;
/** Long enough for each frequent job to run. */
const LAST_MS = 3000;
/** This many quiet looks in a row: everything is done. */
const QUIET_LOOKS = 5;
const START = Date.UTC(2026, 0, 1);

/** A clock that stands still until the test advances it, ringing alarms on the way. With `real`, the machine's own. */
export class TestTimers implements Timers {
  readonly #real: boolean;
  readonly #alarms = new Set<Alarm>();
  /** Whether work that an alarm started is still under way. */
  isBusy: () => boolean = () => false;
  #passed = 0;
  #wallShift = 0;

  constructor(real = false) {
    this.#real = real;
  }

  now(): number {
    return (this.#real ? Date.now() : START) + this.#passed + this.#wallShift;
  }

  elapsed(): number {
    return (this.#real ? performance.now() : 0) + this.#passed;
  }

  after(delayMs: number, act: () => void): Cancel {
    if (this.#real) {
      const timer = setTimeout(act, delayMs);
      return () => clearTimeout(timer);
    }
    const alarm = { at: this.#passed + delayMs, act };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** The number of alarms set. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** Sets the machine's clock forward or back: no time passes. */
  setWallClock(byMs: number): void {
    this.#wallShift += byMs;
  }

  /** Moves the clock without ringing alarms. Overdue ones ring at the next `advance`. */
  jump(ms: number): void {
    this.#passed += ms;
  }

  /** As `advance`, for long spans: alarms on the way ring once, at the end. */
  async leap(ms: number): Promise<void> {
    this.jump(ms - LAST_MS);
    await this.advance(LAST_MS);
  }

  /** Advances the clock, ringing due alarms in order, and waits for what they start. With `real`, the clock jumps. */
  async advance(ms: number): Promise<void> {
    if (this.#real) {
      this.#passed += ms;
      return;
    }
    const until = this.#passed + ms;
    for (;;) {
      const due = [...this.#alarms].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#alarms.delete(due);
      this.#passed = Math.max(this.#passed, due.at);
      due.act();
      await this.#giveWay();
    }
    this.#passed = until;
    await this.#settle();
  }

  /** Waits for what an alarm started, including the sync to disk, but not for what a test holds up. */
  async #giveWay(): Promise<void> {
    for (let turns = 0; turns === 0 || (this.isBusy() && turns < TURNS); turns++) await turn();
  }

  /** As `#giveWay`, including the pauses between two steps of a job. */
  async #settle(): Promise<void> {
    for (let looks = 0, quiet = 0; quiet < QUIET_LOOKS && looks < LOOKS; looks++) {
      await Bun.sleep(1);
      quiet = this.isBusy() ? 0 : quiet + 1;
    }
  }
}
