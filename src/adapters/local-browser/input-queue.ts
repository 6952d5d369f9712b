import type { Timers } from '../../core/clock.ts';
import type { InputEvent } from '../../ports/browser-engine.ts';
import { type InputCommand, InputCommands } from './input-commands.ts';
import type { PageSession } from './page-session.ts';

type Waiting = InputCommand & { at: number };
type Options = { timers: Timers; width: number; height: number };

/** Nobody means what they did longer ago than this on a page that stood still. */
const STALE_MS = 1000;
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
  readonly #dropped = new Set<string>();

  constructor({ timers, width, height }: Options) {
    this.#timers = timers;
    this.#commands = new InputCommands({ width, height });
  }

  /** The page has been replaced by another, which knows nothing of what is pressed. */
  moveTo(session: PageSession): void {
    this.#session = session;
    this.#line = [];
    this.#pressing = undefined;
    this.#moving = undefined;
    this.#dropped.clear();
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
      this.#line.push(this.#isHeld ? withoutClick(command) : command);
    } else if (this.#isHeld || this.#line.length >= MOST_WAITING) {
      this.#drop(command);
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
      const isLast = this.#line.length === 1;
      if (next.kind === 'motion' ? isLast && this.#moving !== undefined : this.#pressing !== undefined) return;
      this.#line.shift();
      const isStale = this.#timers.elapsed() - next.at > STALE_MS;
      if (next.kind === 'release' ? this.#dropped.delete(thingOf(next)) : isStale) this.#drop(next);
      else this.#send(session, next);
    }
  }

  /** What was not pressed is not let go either. */
  #drop(command: InputCommand): void {
    if (command.kind === 'press') this.#dropped.add(thingOf(command));
  }

  #send(session: PageSession, { kind, method, params }: Waiting): void {
    const ticket = Symbol(method);
    if (kind === 'press') this.#dropped.delete(thingOf({ kind, method, params }));
    if (kind === 'motion') this.#moving = ticket;
    else this.#pressing = ticket;
    const goOn = () => {
      if (this.#moving === ticket) this.#moving = undefined;
      if (this.#pressing === ticket) this.#pressing = undefined;
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
