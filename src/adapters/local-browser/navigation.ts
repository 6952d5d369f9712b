import type { Timers } from '../../core/clock.ts';
import { EngineError } from '../../ports/browser-engine.ts';
import { webAddress } from '../web-address.ts';
import { DevToolsError, DevToolsSilence, type Result } from './devtools-pipe.ts';
import type { PageLife } from './page-life.ts';
import type { PageSession } from './page-session.ts';
import type { PageStates } from './page-state.ts';

type Destination = { url: string } | { action: 'back' | 'forward' | 'reload' };
type Move = (session: PageSession) => Promise<void>;
type Options = {
  timers: Timers;
  life: PageLife;
  states: PageStates;
  /** Those of the page that is left. */
  dismissDialogs(): void;
  /** Calls the listener when the new page asks something, for which it waits, until the returned function is called. */
  onAsked(listener: () => void): () => void;
};

const AT_MOST_MS = 10_000;
/** A page that does nothing for so long, while somebody wants to leave it, hangs. */
const HUNG_MS = 1500;
const EVENT_MS = 1000;
const MOVES: Record<string, number> = { back: -1, forward: 1 };

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/NAME_NOT_RESOLVED/, 'There is no host of this name'],
  [/TUNNEL_CONNECTION_FAILED|PROXY/, 'The address cannot be reached, or must not be opened from this server'],
  [/CONNECTION_REFUSED|ADDRESS_UNREACHABLE|INTERNET_DISCONNECTED/, 'The address cannot be reached'],
  [/TIMED_OUT|CONNECTION_(RESET|CLOSED|ABORTED)|EMPTY_RESPONSE/, 'The server at this address does not answer'],
  [/CERT_|SSL_/, 'The connection to this address is not secure'],
  [/TOO_MANY_REDIRECTS/, 'The address leads back to itself'],
  [/BLOCKED|DISALLOWED|UNSAFE_PORT/, 'This address must not be opened'],
];
/** A download or an answer without content leaves the page where it is; a refusal with an empty body has been shown. */
const NO_FAILURE = /_ABORTED$|HTTP_RESPONSE_CODE_FAILURE|INVALID_AUTH_CREDENTIALS/;

/** The address line, back, forward and reload. They work on pages that hang, too. */
export class Navigation {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** @throws EngineError when the address is refused, cannot be opened, or does not answer within 10 s */
  async go(to: Destination): Promise<void> {
    const { life } = this.#options;
    const move = 'url' in to ? this.#openingOf(webAddress(to.url)) : this.#movingOf(to.action);
    const session = life.session;
    if (session === undefined) throw new EngineError('The browser has no page at the moment; try again');
    const { promise: early, resolve } = Promise.withResolvers<'late' | 'asked'>();
    const cancel = this.#options.timers.after(AT_MOST_MS, () => resolve('late'));
    const unlisten = this.#options.onAsked(() => resolve('asked'));
    try {
      const end = await Promise.race([this.#move(session, move), early]);
      if (end === 'late') throw new EngineError('The page did not answer within 10 seconds');
    } catch (error) {
      if (error instanceof DevToolsError) throw new EngineError('The page did not open', { cause: error });
      throw error;
    } finally {
      cancel();
      unlisten();
    }
  }

  /**
   * A page that hangs would not let go, so it is asked first and crashed if it says nothing. What it still loads is given up
   * before, because as long as a page is on its way, Chromium hands on no question to the one that is there.
   */
  async #move(session: PageSession, move: Move): Promise<void> {
    this.#options.dismissDialogs();
    await session.send('Page.stopLoading');
    const isHung = await session.send('Runtime.evaluate', { expression: '0' }, HUNG_MS).then(
      () => false,
      (error) => error instanceof DevToolsSilence,
    );
    if (isHung) await this.#options.life.crashOnPurpose();
    await move(this.#options.life.session ?? session);
  }

  #movingOf(action: 'back' | 'forward' | 'reload'): Move {
    return async (session) => {
      const step = MOVES[action];
      const { currentIndex, entries } = await session.send('Page.getNavigationHistory');
      const entry = entries[currentIndex + (step ?? 0)];
      if (entry === undefined) return;
      const moved = this.#options.states.moved();
      if (step === undefined) await session.send('Page.reload', {}, AT_MOST_MS);
      else await session.send('Page.navigateToHistoryEntry', { entryId: entry.id }, AT_MOST_MS);
      await moved;
    };
  }

  #openingOf(url: string): Move {
    return async (session) => {
      const moved = this.#options.states.moved();
      const { errorText } = (await session.send('Page.navigate', { url }, AT_MOST_MS + HUNG_MS)) as Result;
      if (errorText !== undefined && NO_FAILURE.test(errorText)) return;
      if (errorText !== undefined) {
        const reason = REASONS.find(([pattern]) => pattern.test(errorText))?.[1] ?? 'The address cannot be opened';
        throw new EngineError(`${reason} (${errorText})`);
      }
      // The answer may come before the event that says where the page is.
      await Promise.race([moved, session.pause(EVENT_MS)]);
    };
  }
}
