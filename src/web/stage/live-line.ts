import { type After, Alarms } from './alarms.ts';
import type { LineEnd, SignalLine } from './signal-line.ts';
import type { Ending, Init, Signals } from './signals.ts';

type Handlers = { [Event in keyof Signals]: (payload: Signals[Event]) => void };

type Deps = {
  after: After;
  openLine(end: LineEnd): SignalLine;
  handlers: Omit<Handlers, 'system/heartbeat' | 'portal/ended'>;
  /** It broke; another one is being opened. */
  lost(): void;
  /** It is over, and no further try helps. */
  ended(sentence: string): void;
};

/** A line that is open says so at once. */
const ANSWER_MS = 5000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;

/** The page's line to the browser, opened again whenever it breaks: at once, then with growing pauses. */
export class LiveLine {
  readonly #deps: Deps;
  readonly #alarms: Alarms<'answer' | 'retry'>;
  readonly #handlers: Handlers;
  #line: SignalLine | undefined;
  #session: string | undefined;
  #failures = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#alarms = new Alarms(deps.after);
    this.#handlers = {
      ...deps.handlers,
      'system/init': (init) => this.#begin(init),
      'system/heartbeat': () => this.send('client/heartbeat'),
      'portal/ended': (ending) => this.#end(ending),
    };
  }

  /** What this page is called over there; undefined while the line is not open. */
  get session(): string | undefined {
    return this.#session;
  }

  send(event: string, payload?: object): void {
    this.#line?.send(event, payload);
  }

  open(): void {
    this.close();
    this.#line = this.#deps.openLine({
      signal: ({ event, payload }) => {
        const handle = Object.hasOwn(this.#handlers, event) ? this.#handlers[event as keyof Signals] : undefined;
        (handle as ((payload: unknown) => void) | undefined)?.(payload);
      },
      closed: () => this.again(),
    });
    this.#alarms.set('answer', ANSWER_MS, () => this.again());
  }

  /** The line is of no use. */
  again(): void {
    this.close();
    this.#failures += 1;
    const pause = this.#failures === 1 ? 0 : Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 2));
    this.#alarms.set('retry', pause, () => this.open());
    this.#deps.lost();
  }

  /** It has brought what it is for. */
  proved(): void {
    this.#failures = 0;
  }

  close(): void {
    this.#alarms.clearAll();
    this.#line?.close();
    this.#line = undefined;
    this.#session = undefined;
  }

  #begin(init: Init): void {
    this.#alarms.clear('answer');
    this.#session = init.session_id;
    this.#deps.handlers['system/init'](init);
  }

  #end({ sentence, retry }: Ending): void {
    if (retry) {
      this.again();
      return;
    }
    this.close();
    this.#deps.ended(sentence);
  }
}
