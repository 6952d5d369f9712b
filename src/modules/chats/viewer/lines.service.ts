import { networkOf } from '../../../core/addresses.ts';
import type { Timers } from '../../../core/clock.ts';
import { MINUTE_MS, SECOND_MS, secondsToWait } from '../../../core/durations.ts';
import { AppError, accountRequired, notFound } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import { firstThatLives } from '../../../core/session-cookie.ts';
import type { Queries } from '../../../db/queries.ts';
import { EngineError, type Viewers } from '../../../ports/browser-engine.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import type { Sessions } from '../../people/sessions/sessions.service.ts';
import { browserErrors } from '../browser/browser.errors.ts';
import type { Browsers } from '../browser/browsers.service.ts';
import type { RunningBrowsers, RunningChat } from '../browser/running.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { ControlService } from '../control/control.service.ts';
import { type Ending, PageLine } from './page-line.ts';
import { viewerErrors } from './viewer.errors.ts';

type Deps = {
  config: { limits: { enabled: boolean } };
  read: Queries;
  timers: Timers;
  logger: Logger;
  limiter: Pick<RateLimiter, 'consume' | 'peek'>;
  sessions: Pick<Sessions, 'require' | 'requireById'>;
  chats: Pick<Chats, 'requireAccess'>;
  running: Pick<RunningBrowsers, 'find' | 'on' | 'onEach'>;
  browsers: Pick<Browsers, 'watched' | 'touched'>;
  control: Pick<ControlService, 'hostOf'>;
};

/** All lines of one chat. `driver`: the line that the browser was told of. */
type Room = { lines: Set<PageLine>; driver: string | null; showsPointers: boolean };

type Knock = { tokens: readonly string[]; chatId: number; ip: string };

export type ViewerLines = ReturnType<typeof createViewerLines>;

const SWEEP_MS = SECOND_MS;
/** A dead connection is noticed by its silence. */
const PING_EVERY = 15;
const READY_MS = 10 * SECOND_MS;
const MOST_LINES = 10;
const NEW_LINES = { limit: 60, windowMs: MINUTE_MS };
const REFUSALS = { limit: 60, windowMs: MINUTE_MS };

const OFF: Ending = { code: 'off', sentence: 'The browser was stopped', retry: false };
const AGAIN: Ending = { code: 'lost', sentence: 'The browser is being started again', retry: true };
const SERVER: Ending = { code: 'server', sentence: 'The server is stopping', retry: true };

/** The lines of pages to browsers that show their picture by themselves: who may have one, for how long, and whose input counts. */
export function createViewerLines(deps: Deps) {
  const { config, read, timers, logger, limiter, sessions, chats, running, browsers, control } = deps;
  const rooms = new Map<number, Room>();
  const closing = new Set<Promise<void>>();
  let lastNumber = 0;
  let sweeps = 0;
  let cancelSweep: (() => void) | undefined;
  let isSilent = false;

  const allLines = () => [...rooms.values()].flatMap(({ lines }) => [...lines]);
  const linesIn = (chatId: number) => [...(rooms.get(chatId)?.lines ?? [])];

  /** Tells how many watch, and who drives. */
  function settle(chatId: number, again = false): void {
    const room = rooms.get(chatId);
    if (!room) return;
    const connected = [...room.lines].filter(({ isConnected }) => isConnected);
    if (running.find(chatId)?.engine !== 'local') browsers.watched(chatId, connected.length);
    const host = control.hostOf(chatId);
    const own = connected.filter(({ viewing }) => viewing.userId === host);
    const isBetter = (one: PageLine, other: PageLine) =>
      one.usedAt === other.usedAt
        ? other.id !== room.driver && (one.id === room.driver || one.viewing.number > other.viewing.number)
        : one.usedAt > other.usedAt;
    const next = own.reduce<PageLine | undefined>(
      (best, one) => (!best || isBetter(one, best) ? one : best),
      undefined,
    );
    const driver = next?.id ?? null;
    if (driver !== room.driver || again) {
      room.driver = driver;
      running
        .find(chatId)
        ?.browser?.viewers?.letDrive(driver)
        .catch((error: unknown) =>
          logger.error('control of a shared browser did not change', { chat_id: chatId, error }),
        );
    }
    if (room.lines.size === 0) rooms.delete(chatId);
  }

  function endAll(lines: readonly PageLine[], ending: Ending): void {
    for (const line of lines) line.end(ending);
  }

  /** The browser's viewers, now or when it has been started again. */
  async function viewersOf(chatId: number): Promise<Viewers> {
    const chat = running.find(chatId);
    if (!chat) throw new EngineError(OFF.sentence);
    const browser = chat.browser ?? (await whenReady(chatId));
    if (!browser?.viewers) throw new EngineError(AGAIN.sentence);
    return browser.viewers;
  }

  async function whenReady(chatId: number): Promise<RunningChat['browser']> {
    const ready = Promise.withResolvers<RunningChat['browser']>();
    const stop = running.on(chatId, { ready: ready.resolve, gone: () => ready.resolve(undefined) });
    const cancel = timers.after(READY_MS, () => ready.resolve(undefined));
    const browser = await ready.promise;
    cancel();
    stop();
    return browser;
  }

  running.onEach((chatId) => ({
    ready() {
      const room = rooms.get(chatId);
      if (room) room.driver = null;
    },
    gone: (isOver) => endAll(linesIn(chatId), isOver ? OFF : AGAIN),
  }));

  /** Whether the line's session lives and may enter its chat; else it ends. */
  async function recheck(line: PageLine): Promise<void> {
    const { sessionId, chatId } = line.viewing;
    try {
      const principal = await sessions.requireById(sessionId);
      await chats.requireAccess(read, principal as UserPrincipal, chatId);
    } catch (error) {
      if (error instanceof AppError && error.status < 500) line.end(refused(error));
      else logger.error('a line to a shared browser could not be checked', { chat_id: chatId, error });
    }
  }

  function sweepLater(): void {
    cancelSweep ??= timers.after(SWEEP_MS, () => void sweep());
  }

  /** Finds what nothing tells of, such as a session that has expired. */
  async function sweep(): Promise<void> {
    const lines = allLines();
    sweeps += 1;
    if (sweeps % PING_EVERY === 0) for (const line of lines) line.ping();
    for (const line of lines) if (!line.isOver) await recheck(line);
    cancelSweep = undefined;
    if (rooms.size > 0 && !isSilent) sweepLater();
  }

  function showPointers(chatId: number, isOn: boolean): void {
    const room = rooms.get(chatId);
    if (room) room.showsPointers = isOn;
  }

  async function requireWelcome(sessionId: string): Promise<void> {
    if (!config.limits.enabled) return;
    const { allowed, resetMs } = await limiter.consume(`viewer:${sessionId}`, NEW_LINES);
    if (!allowed) throw viewerErrors.tooOften({ retry_after: secondsToWait(resetMs) });
  }

  /** Who cannot show a session is counted by network. */
  async function signedIn({ tokens, ip }: Knock): Promise<UserPrincipal> {
    const bucket = `viewer-refused:${networkOf(ip)}`;
    if (config.limits.enabled) {
      const { allowed, resetMs } = await limiter.peek(bucket, REFUSALS);
      if (!allowed) throw viewerErrors.tooOften({ retry_after: secondsToWait(resetMs) });
    }
    try {
      const principal = await firstThatLives(tokens, (token) => sessions.require(token));
      if (principal.kind === 'stranger') throw accountRequired();
      return principal;
    } catch (error) {
      if (config.limits.enabled) await limiter.consume(bucket, REFUSALS);
      throw error;
    }
  }

  function newLine(viewing: { userId: number; sessionId: string; chatId: number }): PageLine {
    const { chatId, userId } = viewing;
    const room = rooms.get(chatId) ?? { lines: new Set(), driver: null, showsPointers: false };
    if ([...room.lines].filter((one) => one.viewing.userId === userId).length >= MOST_LINES)
      throw viewerErrors.tooMany({ retry_after: 1 });
    lastNumber += 1;
    const line: PageLine = new PageLine(
      {
        timers,
        logger,
        viewers: () => viewersOf(chatId),
        showsPointers: () => room.showsPointers,
        onConnected() {
          browsers.touched(chatId);
          settle(chatId);
        },
        onUsed() {
          if (control.hostOf(chatId) !== userId) return;
          browsers.touched(chatId);
          settle(chatId, true);
        },
        onOver() {
          const done: Promise<void> = line.closed.finally(() => closing.delete(done));
          closing.add(done);
          room.lines.delete(line);
          settle(chatId);
        },
      },
      { ...viewing, number: lastNumber },
    );
    rooms.set(chatId, room);
    room.lines.add(line);
    sweepLater();
    return line;
  }

  return {
    /**
     * A line for whoever holds one of these tokens. It begins with `opened`, and what ends it meanwhile counts from now on. Throws 401,
     * 403, 404, 409, 429, 503.
     */
    async admit(knock: Knock): Promise<PageLine> {
      const { chatId } = knock;
      const who = await signedIn(knock);
      const { userId, sessionId } = who;
      await requireWelcome(sessionId);
      if (!Number.isSafeInteger(chatId)) throw notFound();
      const { chat } = await chats.requireAccess(read, who, chatId);
      requireLines(running.find(chatId));
      if (isSilent) throw browserErrors.stopping();
      const line = newLine({ userId, sessionId, chatId });
      showPointers(chatId, chat.inactiveCursors);
      // It hears of what takes the right away from now on; this finds what did so until now.
      await recheck(line);
      return line;
    },

    /** How many pages are connected to the chat's browser. */
    countOf: (chatId: number): number => linesIn(chatId).filter(({ isConnected }) => isConnected).length,

    endOfPerson(userId: number, ending: Ending, chatId?: number): void {
      const lines = chatId === undefined ? allLines() : linesIn(chatId);
      endAll(
        lines.filter(({ viewing }) => viewing.userId === userId),
        ending,
      );
    },

    endOfSession(sessionId: string, ending: Ending): void {
      endAll(
        allLines().filter(({ viewing }) => viewing.sessionId === sessionId),
        ending,
      );
    },

    endOfChat: (chatId: number, ending: Ending): void => endAll(linesIn(chatId), ending),

    /** Something may have taken rights away. */
    async recheckPerson(userId: number): Promise<void> {
      for (const line of allLines()) if (line.viewing.userId === userId) await recheck(line);
    },

    /** As `recheckPerson`, for everyone in the chat. */
    async recheckChat(chatId: number): Promise<void> {
      await Promise.all(linesIn(chatId).map(recheck));
    },

    showPointers,

    /** Someone else has control, or nobody. */
    controlChanged: (chatId: number): void => settle(chatId),

    /** The server stops: pages come back by themselves. */
    silence(): void {
      isSilent = true;
      cancelSweep?.();
      endAll(allLines(), SERVER);
    },

    /** Resolves when all pictures have ended. */
    async close(): Promise<void> {
      await Promise.all(closing);
    },
  };
}

function requireLines(chat: RunningChat | undefined): void {
  if (!chat) throw browserErrors.notRunning();
  if (chat.engine === 'local') throw viewerErrors.noLines();
}

function refused({ message, errorCode }: AppError): Ending {
  const code = ['ERR_UNAUTHENTICATED', 'ERR_BANNED', 'ERR_TIMED_OUT'].includes(errorCode) ? 'session' : 'access';
  return { code, sentence: message, retry: false };
}
