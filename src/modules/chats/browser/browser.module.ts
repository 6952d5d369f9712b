import { isoTime, type Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import type { EngineChoice } from '../../../ports/browser-engine.ts';
import type { DepsOf, Module } from '../../module.ts';
import { findChat } from '../chats/chats.repository.ts';
import type { Voice } from '../voice/voice.ts';
import type { BrowserEvent } from './browser.events.ts';
import { presentBrowser } from './browser.presenter.ts';
import { fanOutBrowsers } from './browser.realtime.ts';
import { browserRoutes } from './browser.routes.ts';
import { browserHandlers } from './browser.socket.ts';
import { type BrowserRights, createBrowserRights } from './browser-rights.service.ts';
import { type Browsers, createBrowsers } from './browsers.service.ts';
import { createCaptures } from './captures.ts';
import { RunningBrowsers } from './running.ts';

type Deps = Omit<DepsOf<typeof createBrowserRights>, 'browsers' | 'running' | 'captures'> & {
  config: { browser: { idleSeconds: number; maxSeconds: number } };
  engineChoice: EngineChoice;
  timers: Timers;
  logger: Logger;
  voice: Voice;
  emit(event: BrowserEvent): void;
};

type Services = {
  running: RunningBrowsers;
  browsers: Browsers;
  browserRights: BrowserRights;
  isRunning(chatId: number): boolean;
  browserOf(chatId: number): Promise<{ browser: object | null }>;
};

export function browserModule(deps: Deps): Module<Services> {
  const { config, timers, voice } = deps;
  const running = new RunningBrowsers();
  const captures = createCaptures({ timers, running });
  const browsers = createBrowsers({
    ...deps,
    running,
    idleMs: config.browser.idleSeconds * SECOND_MS,
    maxMs: config.browser.maxSeconds * SECOND_MS,
    maxRunning: deps.engineChoice.maxRunning,
    async mayGoOn(chatId) {
      const chat = await findChat(deps.read, chatId);
      return chat !== undefined && chat.chatType !== 'direct' && !chat.archived;
    },
    progress: (chatId, { step, percent }) => voice.tell(chatId, 'room:browser_progress', { step, percent }),
    warn: (chatId, stopsAt, reason) =>
      voice.tell(chatId, 'room:browser_idle', { stops_at: stopsAt === null ? null : isoTime(stopsAt), reason }),
  });
  const browserRights = createBrowserRights({ ...deps, browsers, running, captures });
  return {
    services: {
      running,
      browsers,
      browserRights,
      isRunning: (chatId) => running.find(chatId) !== undefined,
      async browserOf(chatId) {
        const chat = running.find(chatId);
        return { browser: chat ? presentBrowser(chat) : null };
      },
    },
    routes: ({ access }) => [browserRoutes({ access, browserRights })],
    handlers: browserHandlers({ ...deps, browsers }),
    listen: (events) => fanOutBrowsers({ ...deps, running, browsers, browserRights, events: events.only() }),
    start: browsers.open,
    silence: browsers.silence,
    stop: browsers.close,
  };
}
