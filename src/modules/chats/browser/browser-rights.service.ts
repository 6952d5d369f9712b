import { KIB } from '../../../core/durations.ts';
import { invalid } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import { Level, type Principal, SYSTEM, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import { EngineError } from '../../../ports/browser-engine.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { canManage, isOwner } from '../chats/chats.policy.ts';
import { presentBrowserConfig } from '../chats/chats.presenter.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { ChatRow } from '../chats/chats.tables.ts';
import { asSentence, browserErrors } from './browser.errors.ts';
import type { StopReason } from './browser.events.ts';
import type { Browsers } from './browsers.service.ts';
import type { Captures } from './captures.ts';
import type { RunningBrowsers } from './running.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  audit: Pick<Audit, 'record'>;
  chats: Pick<Chats, 'requireAccess' | 'requireCurrent' | 'requireKeeper' | 'requireStaff'>;
  browsers: Pick<Browsers, 'start' | 'end' | 'isOn' | 'requireEngine' | 'touched'>;
  running: Pick<RunningBrowsers, 'find' | 'hostOf'>;
  captures: Captures;
  logger: Logger;
};

const MOST_CLIPBOARD = 32_768;
const MOST_CLIPBOARD_BYTES = 48 * KIB;

const clipboardTooLarge = invalid.saying('text must be at most 48 KiB');

type StartedByStaff = { message: string; ok?: true; state?: 'pulling' };

export type BrowserRights = ReturnType<typeof createBrowserRights>;

/** What people may do with the browser of a chat. */
export function createBrowserRights({ read, units, audit, chats, browsers, running, captures, logger }: Deps) {
  /** `allowed` says whose start it is and of what, or throws: before the start, and again when the browser is there. */
  async function start(chatId: number, allowed: (db: Queries) => Promise<{ actor: Principal; chat: ChatRow }>) {
    const { chat } = await allowed(read);
    if (chat.archived) throw chatErrors.archived();
    const { browser, start_url: startUrl, kiosk } = chat.browserConfig;
    const state = await browsers.start({ chatId, browser, startUrl, kiosk }, () =>
      units.run('start browser', async ({ db }) => {
        const { actor, chat: present } = await allowed(db);
        if (present.archived) throw chatErrors.archived();
        const metadata = { name: present.name, browser };
        await audit.record(db, { event: 'BROWSER_START', entity: ['chat', chatId], actor, metadata });
      }),
    );
    return { chat, isPulling: state === 'pulling' };
  }

  async function stop(actor: Principal, chat: ChatRow): Promise<void> {
    if (!browsers.isOn(chat.id)) return;
    await browsers.end(chat.id, 'stopped');
    // It has stopped, whether or not that can be written down.
    await noteStop(actor, chat.id, 'stopped', chat.name).catch((error: unknown) =>
      logger.error('a stopped browser could not be noted', { chat_id: chat.id, error }),
    );
  }

  async function noteStop(actor: Principal, chatId: number, reason: StopReason, name?: string): Promise<void> {
    const metadata = { ...(name === undefined ? {} : { name }), reason };
    await units.run('note stopped browser', ({ db }) =>
      audit.record(db, { event: 'BROWSER_STOP', entity: ['chat', chatId], actor, metadata }),
    );
  }

  /** The chat's browser, while it can be used. */
  function requireBrowser(chatId: number) {
    const chat = running.find(chatId);
    if (!chat) throw browserErrors.notRunning();
    if (!chat.browser) throw browserErrors.noAnswer();
    return chat.browser;
  }

  /** What takes seconds to come is for those who still have access then. */
  async function shown<Found>(
    principal: UserPrincipal,
    chatId: number,
    find: (chat: ChatRow) => Promise<Found>,
  ): Promise<Found> {
    const { chat } = await chats.requireAccess(read, principal, chatId);
    const found = await find(chat);
    await chats.requireCurrent(read, principal, chatId);
    return found;
  }

  const isHost = (chatId: number, { userId }: UserPrincipal) => running.hostOf(chatId) === userId;

  return {
    noteStop: (chatId: number, reason: StopReason) => noteStop(SYSTEM, chatId, reason),

    /** Writes down a failure: of a start, or of a browser that ended by itself. */
    noteFailure: (chatId: number, what: 'start' | 'crash', reason: string) =>
      units.run('note failed browser', ({ db }) =>
        audit.record(db, {
          event: 'BROWSER_FAIL',
          entity: ['chat', chatId],
          actor: SYSTEM,
          metadata: { what, reason: reason.slice(0, 500) },
        }),
      ),

    /** Takes the chat's owner or a platform Owner. A browser that runs already stays, and its idle time begins anew. */
    async start(principal: UserPrincipal, chatId: number): Promise<{ ok: true; state?: 'pulling' }> {
      const { isPulling } = await start(chatId, async (db) => {
        const { who, chat } = await chats.requireKeeper(db, principal, chatId);
        return { actor: who, chat };
      });
      return isPulling ? { ok: true, state: 'pulling' } : { ok: true };
    },

    /** Takes the chat's owner or a platform Owner. */
    async stop(principal: UserPrincipal, chatId: number): Promise<{ ok: true }> {
      const { who, chat } = await chats.requireKeeper(read, principal, chatId);
      await stop(who, chat);
      return { ok: true };
    },

    /** As staff who outrank the chat's owner. Throws `ERR_BROWSER_RUNNING`. */
    async startAsStaff(principal: Principal, chatId: number): Promise<StartedByStaff> {
      await chats.requireStaff(read, principal, chatId, Level.Admin);
      if (running.find(chatId)) throw browserErrors.alreadyRunning();
      const { chat, isPulling } = await start(chatId, (db) => chats.requireStaff(db, principal, chatId, Level.Admin));
      const message = `Chat '${chat.name}' starts once its image is there`;
      if (isPulling) return { message, ok: true, state: 'pulling' };
      return { message: `Chat '${chat.name}' started` };
    },

    /** As staff who outrank the chat's owner. Throws `ERR_BROWSER_NOT_RUNNING`. */
    async stopAsStaff(principal: Principal, chatId: number): Promise<{ message: string }> {
      const { actor, chat } = await chats.requireStaff(read, principal, chatId, Level.Admin);
      if (!browsers.isOn(chatId)) throw browserErrors.notRunningNow();
      await stop(actor, chat);
      return { message: `Chat '${chat.name}' stopped` };
    },

    readClipboard: (principal: UserPrincipal, chatId: number): Promise<{ text: string }> =>
      shown(principal, chatId, async () => {
        const text = await answered(requireBrowser(chatId).readClipboard());
        return { text: firstCharacters(text, MOST_CLIPBOARD) };
      }),

    /** Takes the chat's owner, Admins and above, and who drives the browser. */
    async writeClipboard(principal: UserPrincipal, chatId: number, text: string): Promise<{ ok: true }> {
      const { who, entered } = await chats.requireCurrent(read, principal, chatId);
      const mayPaste = isOwner(who, entered.standing) || who.level >= Level.Admin || isHost(chatId, who);
      if (!mayPaste) throw browserErrors.mayNotPaste();
      if (Buffer.byteLength(text) > MOST_CLIPBOARD_BYTES) throw clipboardTooLarge({ field: 'text' });
      await answered(requireBrowser(chatId).writeClipboard(text));
      return { ok: true };
    },

    /** Takes who drives the browser, and those who manage the chat. */
    async open(principal: UserPrincipal, chatId: number, url: string): Promise<{ ok: true }> {
      const { who, entered } = await chats.requireCurrent(read, principal, chatId);
      if (!isHost(chatId, who) && !canManage(who, entered.standing)) throw browserErrors.notHost();
      const browser = requireBrowser(chatId);
      browsers.touched(chatId);
      await answered(browser.navigate({ url }));
      return { ok: true };
    },

    screenshot: (principal: UserPrincipal, chatId: number, quality: number): Promise<Uint8Array> =>
      shown(principal, chatId, () => captures.screen(chatId, quality)),

    /** Throws `ERR_PREVIEW_OFF` where the chat's configuration does not allow it. */
    preview: (principal: UserPrincipal, chatId: number): Promise<Uint8Array> =>
      shown(principal, chatId, async (chat) => {
        if (!presentBrowserConfig(chat).preview) throw browserErrors.previewOff();
        return captures.preview(chatId);
      }),
  };
}

/** What the engine answers. Its own words are for people; they begin a sentence. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof EngineError ? browserErrors.noAnswer.saying(asSentence(error.message))() : error;
  }
}

/** Up to this many code points. */
function firstCharacters(text: string, most: number): string {
  return text.length <= most
    ? text.toWellFormed()
    : [...text.slice(0, 2 * most)].slice(0, most).join('').toWellFormed();
}
