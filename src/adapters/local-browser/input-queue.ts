import type { Timers } from '../../core/clock.ts';
import type { InputEvent } from '../../ports/browser-engine.ts';
import { type InputCommand, InputCommands } from './input-commands.ts';
import type { PageSession } from './page-session.ts';

type Waiting = InputCommand & { at: number };
type Options = { timers: Timers; width: number; height: number };

/** A page that takes longer for one thing stood still, and nobody means any more what they did meanwhile. */
const STILL_MS = 1000;
const ANSWER_MS = 1500;
const MOST_WAITING = 256;

/**
 * Hands input to the page: presses one after the other, each when the page has dealt with the one before, so that a page that
 * stands still has at most one to catch up on. Movements go along with at most one under way, and a newer one takes the place of
 * an older one. While a dialog is open nothing is taken but releases of what was pressed before it; they then do nothing else.
 */
export class InputQueue {
  readonly #timers: Timers;
  readonly #commands: InputCommands;
  #session: PageSession | undefined;
  #line: Waiting[] = [];
  #pressing: symbol | undefined;
  #moving: symbol | undefined;
  #isHeld = false;
  #stoodStillUntil = Number.NEGATIVE_INFINITY;
  /** What was pressed when nothing was taken: its release will not be taken either. */
  readonly #refused = new Set<string>();
  /** The same of presses that waited for too long. */
  readonly #outdated = new Set<string>();

  constructor({ timers, width, height }: Options) {
    this.#timers = timers;
    this.#commands = new InputCommands({ width, height });
  }

  /** The page has been replaced by another, which knows nothing of what is pressed. */
  moveTo(session: PageSession): void {
    this.#session = session;
    this.forget();
  }

  /** What is under way will never be answered. */
  forget(): void {
    this.#line = [];
    this.#pressing = undefined;
    this.#moving = undefined;
    this.#refused.clear();
    this.#outdated.clear();
    this.#isHeld = false;
  }

  /** While a dialog is open. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    const line = this.#line;
    this.#line = [];
    for (const command of line) this.#append(command);
    this.#pump();
  }

  push(events: readonly InputEvent[]): void {
    const at = this.#timers.elapsed();
    for (const event of events) {
      for (const command of this.#commands.of(event, at)) this.#append({ ...command, at });
    }
    this.#pump();
  }

  #append(command: Waiting): void {
    const last = this.#line.at(-1);
    if (command.kind === 'release') {
      if (this.#refused.delete(thingOf(command))) return;
      this.#line.push(this.#isHeld ? withoutClick(command) : command);
    } else if (this.#isHeld || this.#line.length >= MOST_WAITING) {
      if (command.kind === 'press') this.#refused.add(thingOf(command));
    } else if (command.kind === 'motion' && last?.kind === 'motion' && last.params.type === command.params.type) {
      this.#line[this.#line.length - 1] = joined(last, command);
    } else {
      this.#line.push(command);
    }
  }

  #pump(): void {
    const session = this.#session;
    if (session === undefined || this.#isHeld) return;
    for (let next = this.#line[0]; next !== undefined; next = this.#line[0]) {
      if (this.#hasToWait(next)) return;
      this.#line.shift();
      if (!this.#isOutdated(next)) this.#send(session, next);
    }
  }

  #hasToWait(command: Waiting): boolean {
    if (command.kind === 'motion') return this.#line.length === 1 && this.#moving !== undefined;
    // Keys that are let go do nothing on almost all pages, and text would be half as fast.
    return this.#pressing !== undefined && !(command.kind === 'release' && !isMouse(command));
  }

  /** With a press that is too old goes its release. */
  #isOutdated(command: Waiting): boolean {
    if (command.kind === 'release') return this.#outdated.delete(thingOf(command));
    const isOutdated = command.at < this.#stoodStillUntil;
    if (command.kind === 'press') this.#outdated[isOutdated ? 'add' : 'delete'](thingOf(command));
    return isOutdated;
  }

  #send(session: PageSession, { kind, method, params }: Waiting): void {
    const ticket = Symbol(method);
    const sentAt = this.#timers.elapsed();
    if (kind === 'motion') this.#moving = ticket;
    else this.#pressing ??= ticket;
    const goOn = () => {
      if (ticket !== this.#moving && ticket !== this.#pressing) return;
      if (this.#moving === ticket) this.#moving = undefined;
      else this.#pressing = undefined;
      const now = this.#timers.elapsed();
      if (now - sentAt > STILL_MS) this.#stoodStillUntil = now;
      this.#pump();
    };
    session.send(method, params, ANSWER_MS).then(goOn, goOn);
  }
}

/** A movement takes the place of the one before; turns of the wheel add up. */
function joined(before: Waiting, after: Waiting): Waiting {
  if (after.params.type !== 'mouseWheel') return after;
  const sum = (name: string) => Number(before.params[name]) + Number(after.params[name]);
  return { ...after, params: { ...after.params, deltaX: sum('deltaX'), deltaY: sum('deltaY') } };
}

/** A button that is let go behind a dialog clicks nothing. */
function withoutClick(command: Waiting): Waiting {
  return isMouse(command) ? { ...command, params: { ...command.params, clickCount: 0 } } : command;
}

const isMouse = ({ method }: InputCommand) => method === 'Input.dispatchMouseEvent';

/** The key or button that a command is about. */
const thingOf = (command: InputCommand) => String(isMouse(command) ? command.params.button : command.params.code);
