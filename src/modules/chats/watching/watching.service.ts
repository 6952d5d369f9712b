import type { Timers } from '../../../core/clock.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Dialog, PageState } from '../../../ports/browser-engine.ts';
import { browserErrors } from '../browser/browser.errors.ts';
import type { Browsers } from '../browser/browsers.service.ts';
import type { BrowserHearer, RunningBrowsers } from '../browser/running.ts';
import type { Chats } from '../chats/chats.service.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { Voice } from '../voice/voice.ts';
import { Audience, type WatcherSocket } from './audience.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  chats: Pick<Chats, 'requireAccess'>;
  voice: Pick<Voice, 'hears' | 'watches' | 'admitWatcher' | 'dismissWatcher' | 'tellWatchers' | 'dismissAllWatchers'>;
  running: Pick<RunningBrowsers, 'find' | 'onEach'>;
  browsers: Pick<Browsers, 'touched' | 'watched'>;
};

type StageSocket = WatcherSocket & { isIn(room: string): boolean; join(room: string): void; leave(room: string): void };

const LONGEST_MESSAGE = 1000;

export type Watching = ReturnType<typeof createWatching>;

/** Who watches which browser, and what they are shown. */
export function createWatching({ read, timers, chats, voice, running, browsers }: Deps) {
  const audiences = new Map<number, Audience<StageSocket>>();

  function audienceOf(chatId: number): Audience<StageSocket> {
    const audience =
      audiences.get(chatId) ??
      new Audience<StageSocket>({
        chatId,
        timers,
        mayWatch: (socket) => voice.watches(chatId, socket),
        cast: (width, on) => running.find(chatId)?.browser?.cast(width, on),
      });
    audiences.set(chatId, audience);
    return audience;
  }

  /** Tells how many watch, and forgets an audience that has gone. */
  function count(chatId: number, audience: Audience<StageSocket>): void {
    if (audience.size === 0 && audiences.get(chatId) === audience) audiences.delete(chatId);
    // Of a browser that shows its picture by itself, its lines are the viewers.
    if (running.find(chatId)?.engine !== 'docker') browsers.watched(chatId, audience.size);
  }

  function requireJoined(chatId: number, socket: StageSocket): void {
    if (!voice.hears(chatId, socket)) throw messageErrors.notJoined();
  }

  const presentDialog = ({ id, type, message }: Dialog) => ({ id, type, message: message.slice(0, LONGEST_MESSAGE) });

  function hearerOf(chatId: number): Partial<BrowserHearer> {
    const audience = audiences.get(chatId);
    if (!audience) return {};
    return {
      frame: (width, frame) => audience.frame(width, frame),
      page: (page) => voice.tellWatchers(chatId, 'browser:page', page),
      notice: (kind, host) => voice.tellWatchers(chatId, 'browser:notice', { kind, host }),
      dialog: (dialog) => voice.tellWatchers(chatId, 'browser:dialog', presentDialog(dialog)),
      dialogClosed: (id) => voice.tellWatchers(chatId, 'browser:dialog_closed', { id }),
      ready: () => audience.restart(),
      gone(isOver) {
        audience.pause();
        if (!isOver) return;
        audience.clear();
        voice.dismissAllWatchers(chatId);
        count(chatId, audience);
      },
    };
  }

  running.onEach(hearerOf);

  /** Shows someone who has come what there is. */
  function begin(chatId: number, socket: StageSocket): void {
    const chat = running.find(chatId);
    // Stopped since, when no audience was there yet to be dismissed.
    if (!chat) voice.dismissWatcher(chatId, socket);
    if (!chat || !voice.watches(chatId, socket)) return;
    const audience = audienceOf(chatId);
    audience.add(socket);
    count(chatId, audience);
    for (const dialog of chat.dialogs.values())
      socket.emit('browser:dialog', { chat_id: chatId, ...presentDialog(dialog) });
  }

  return {
    /** Lets the socket watch, from the newest frame on. Throws `ERR_NOT_JOINED`, `ERR_BROWSER_NOT_RUNNING`. */
    async watch(
      who: UserPrincipal,
      socket: StageSocket,
      chatId: number,
    ): Promise<{ width: number; height: number; page: PageState }> {
      requireJoined(chatId, socket);
      await chats.requireAccess(read, who, chatId);
      // What takes the right away takes the socket out of the room.
      requireJoined(chatId, socket);
      const chat = running.find(chatId);
      if (!chat) throw browserErrors.notRunning();
      voice.admitWatcher(chatId, socket);
      // After the acknowledgement.
      timers.after(0, () => begin(chatId, socket));
      browsers.touched(chatId);
      const { width, height, page } = chat;
      return { width, height, page };
    },

    unwatch(socket: StageSocket, chatId: number): void {
      requireJoined(chatId, socket);
      voice.dismissWatcher(chatId, socket);
      const audience = audiences.get(chatId);
      audience?.remove(socket.id);
      if (audience) count(chatId, audience);
    },

    /** Only a frame that was sent counts. */
    seen(socket: StageSocket, chatId: number, seq: number): void {
      requireJoined(chatId, socket);
      audiences.get(chatId)?.seen(socket.id, seq);
    },

    /** How many sockets watch the chat's browser. */
    viewersOf: (chatId: number): number => audiences.get(chatId)?.size ?? 0,

    /** Someone has left the room, or lost it. */
    sweep(chatId: number): void {
      const audience = audiences.get(chatId);
      if (!audience) return;
      audience.sweep();
      count(chatId, audience);
    },

    /** From now on departures have no consequences. */
    silence(): void {
      for (const audience of audiences.values()) audience.clear();
      audiences.clear();
    },
  };
}
