import type { Cancel, Timers } from '../../src/core/clock.ts';
import { turn } from './waiting.ts';

type Alarm = { at: number; act: () => void };

/** How long an alarm, and all of them, are waited for, should a test hold up what they set going. */
const TURNS = 5000;
const LOOKS = 100;
/** Every job that runs all the time is due once. */
const LAST_MS = 3000;
/** Nothing is to be seen so often: all is done. */
const QUIET_LOOKS = 5;
const START = Date.UTC(2026, 0, 1);

/** A clock that stands still until the test turns it, and rings its alarms on the way. With `real`, the machine's own. */
export class TestTimers implements Timers {
  readonly #real: boolean;
  readonly #alarms = new Set<Alarm>();
  /** Whether something that an alarm set going is still under way. */
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

  /** How many alarms are set. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** Sets the machine's clock forward or back: no time passes. */
  setWallClock(byMs: number): void {
    this.#wallShift += byMs;
  }

  /** Moves the clock without ringing anything on the way: for days. What is overdue rings when the clock is next turned. */
  jump(ms: number): void {
    this.#passed += ms;
  }

  /** As `advance`, for an hour or so: what rings every second or two rings at its end alone. */
  async leap(ms: number): Promise<void> {
    this.jump(ms - LAST_MS);
    await this.advance(LAST_MS);
  }

  /** Turns the clock on, ringing what is due in its order; lets what was rung come to rest. With `real`, the clock jumps. */
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

  /** What an alarm set going is done before the next one rings, its way to the disk included; not what a test holds up. */
  async #giveWay(): Promise<void> {
    for (let turns = 0; turns === 0 || (this.isBusy() && turns < TURNS); turns++) await turn();
  }

  /** As `#giveWay`, pauses between two steps of a job included. */
  async #settle(): Promise<void> {
    for (let looks = 0, quiet = 0; quiet < QUIET_LOOKS && looks < LOOKS; looks++) {
      await Bun.sleep(1);
      quiet = this.isBusy() ? 0 : quiet + 1;
    }
  }
}
