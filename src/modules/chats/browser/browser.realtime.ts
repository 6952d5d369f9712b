import type { EventBus } from '../../../core/events.ts';
import type { Logger } from '../../../core/logger.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { Voice } from '../voice/voice.ts';
import type { BrowserEvent } from './browser.events.ts';
import { presentBrowser } from './browser.presenter.ts';
import type { BrowserRights } from './browser-rights.service.ts';
import type { Browsers } from './browsers.service.ts';
import type { RunningBrowsers } from './running.ts';

type Deps = {
  events: EventBus<ChatsEvent | BrowserEvent>;
  voice: Pick<Voice, 'tell'>;
  running: Pick<RunningBrowsers, 'find'>;
  browsers: Pick<Browsers, 'end'>;
  browserRights: Pick<BrowserRights, 'noteStop' | 'noteFailure'>;
  logger: Logger;
};

/** Tells a chat about its browser. The browser of a deleted chat ends. */
export function fanOutBrowsers({ events, voice, running, browsers, browserRights, logger }: Deps): void {
  events.on('browser.started', ({ chatId }) => {
    const chat = running.find(chatId);
    if (chat) voice.tell(chatId, 'room:started', { browser: presentBrowser(chat) });
  });

  events.on('browser.failed', async ({ chatId, what, reason }) => {
    logger.warn('a shared browser failed', { chat_id: chatId, what, reason });
    await browserRights.noteFailure(chatId, what, reason);
  });

  events.on('browser.recovering', ({ chatId }) => voice.tell(chatId, 'room:browser_recovering', {}));

  events.on('browser.stopped', async ({ chatId, reason, error, wasOn }) => {
    const why = reason === 'max' ? 'stopped' : reason;
    voice.tell(chatId, 'room:stopped', { reason: why, ...(error === null ? {} : { error }) });
    // One that somebody stopped is noted with them, and one that did not start as a failure.
    if (wasOn && reason !== 'stopped') await browserRights.noteStop(chatId, reason);
  });

  events.on('chat.deleted', ({ chatId }) => browsers.end(chatId, 'stopped'));
}
