import type { Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import { personOfUser, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import { EngineError, type InputEvent, type RunningBrowser } from '../../../ports/browser-engine.ts';
import type { Presence } from '../../../ports/presence.ts';
import { userRoom } from '../../../ports/realtime.ts';
import { asSentence, browserErrors } from '../browser/browser.errors.ts';
import type { Browsers } from '../browser/browsers.service.ts';
import type { BrowserHearer, RunningBrowsers, RunningChat } from '../browser/running.ts';
import { findChat } from '../chats/chats.repository.ts';
import type { ControlService } from '../control/control.service.ts';
import { isCrowdOf } from '../membership/membership.policy.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { Voice } from '../voice/voice.ts';
import { Held } from './held.ts';
import { InputLimits } from './input-limits.ts';
import { Pointers } from './pointers.ts';
import { watchingErrors } from './watching.errors.ts';
import type { AnswerPayload, NavigatePayload } from './watching.model.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  voice: Pick<Voice, 'hears' | 'tellOtherWatchersAbout'>;
  presence: Pick<Presence, 'countPeople'>;
  control: Pick<ControlService, 'hostOf'>;
  running: Pick<RunningBrowsers, 'find' | 'onEach'>;
  browsers: Pick<Browsers, 'touched'>;
};

/** A socket that drives, or would like to. */
type DriverSocket = { readonly id: string; isIn(room: string): boolean; cut(): void };
type Wheel = { held: Held; cursors: Pointers; pointers: Pointers; usedAt: number };

export type Driving = ReturnType<typeof createDriving>;

/** What people do to the browser of a chat: the host drives it, the others may point at it. */
export function createDriving({ read, timers, presence, voice, control, running, browsers }: Deps) {
  const wheels = new Map<number, Wheel>();
  const limits = new WeakMap<DriverSocket, InputLimits>();

  const browserOf = (chatId: number): RunningBrowser | undefined => running.find(chatId)?.browser;

  function wheelOf(chatId: number): Wheel {
    const tell = (event: 'browser:cursor' | 'browser:pointer') => (userId: number, point: { x: number; y: number }) =>
      voice.tellOtherWatchersAbout(chatId, personOfUser(userId), userRoom(userId), event, point);
    const wheel = wheels.get(chatId) ?? {
      held: new Held(timers, (events) => browserOf(chatId)?.input(events)),
      cursors: new Pointers(timers, tell('browser:cursor')),
      pointers: new Pointers(timers, tell('browser:pointer')),
      usedAt: Number.NEGATIVE_INFINITY,
    };
    wheels.set(chatId, wheel);
    return wheel;
  }

  function limitsOf(socket: DriverSocket): InputLimits {
    const known = limits.get(socket) ?? new InputLimits(() => timers.elapsed());
    limits.set(socket, known);
    return known;
  }

  /** The browser is driven: the idle time begins anew, as often as once a second. */
  function used(chatId: number, wheel: Wheel): void {
    const now = timers.elapsed();
    if (now - wheel.usedAt < SECOND_MS) return;
    wheel.usedAt = now;
    browsers.touched(chatId);
  }

  function requireRunning(socket: DriverSocket, chatId: number): RunningChat {
    if (!voice.hears(chatId, socket)) throw messageErrors.notJoined();
    const chat = running.find(chatId);
    if (!chat) throw browserErrors.notRunning();
    return chat;
  }

  /** What ends someone's access takes control from them in the same turn. */
  function requireHost(who: UserPrincipal, socket: DriverSocket, chatId: number): RunningBrowser {
    const { browser } = requireRunning(socket, chatId);
    if (control.hostOf(chatId) !== who.userId) throw watchingErrors.notHost();
    if (!browser) throw browserErrors.noAnswer();
    return browser;
  }

  /** Those that may go to the browser, and what goes up with them. */
  function admitted(held: Held, socket: DriverSocket, userId: number, events: readonly InputEvent[]): InputEvent[] {
    const own = limitsOf(socket);
    return events.flatMap((event) => {
      if (!held.isRelease(socket.id, event) && !own.accepts()) return [];
      const released = held.note(socket.id, userId, event);
      return released ? [...released, event] : [];
    });
  }

  function forget(chatId: number): void {
    const wheel = wheels.get(chatId);
    wheels.delete(chatId);
    wheel?.held.forget();
    wheel?.cursors.clear();
    wheel?.pointers.clear();
  }

  function hearerOf(chatId: number): Partial<BrowserHearer> {
    return { gone: () => forget(chatId), ready: () => forget(chatId) };
  }

  running.onEach(hearerOf);

  return {
    /** Mouse and keys of the host. Anyone else's are dropped. A flood ends the connection. */
    input(who: UserPrincipal, socket: DriverSocket, chatId: number, events: readonly InputEvent[]): void {
      if (limitsOf(socket).isFlood(events.length)) {
        socket.cut();
        return;
      }
      const browser = requireHost(who, socket, chatId);
      const wheel = wheelOf(chatId);
      const passed = admitted(wheel.held, socket, who.userId, events);
      if (passed.length > 0) browser.input(passed);
      used(chatId, wheel);
      const last = passed.findLast((event) => 'x' in event);
      if (last && 'x' in last) wheel.cursors.at(who.userId, { x: last.x, y: last.y });
    },

    /** Where someone points who does not drive. Shown where the chat says so. */
    async pointer(who: UserPrincipal, socket: DriverSocket, chatId: number, point: { x: number; y: number }) {
      requireRunning(socket, chatId);
      // In a crowd someone is always moving.
      if (control.hostOf(chatId) === who.userId || isCrowdOf(await presence.countPeople(chatId))) return;
      const isShown = (await findChat(read, chatId))?.inactiveCursors;
      if (isShown && voice.hears(chatId, socket) && running.find(chatId))
        wheelOf(chatId).pointers.at(who.userId, point);
    },

    async navigate(who: UserPrincipal, socket: DriverSocket, { chat_id, action, url }: NavigatePayload): Promise<void> {
      const browser = requireHost(who, socket, chat_id);
      const to = url === undefined ? action && { action } : { url };
      if (!to || (url !== undefined && action !== undefined)) throw watchingErrors.nowhere({ field: 'url' });
      used(chat_id, wheelOf(chat_id));
      try {
        await browser.navigate(to);
      } catch (error) {
        if (error instanceof EngineError) throw browserErrors.noAnswer.saying(asSentence(error.message))();
        throw error;
      }
    },

    /** Answers a dialog of the page. */
    answer(who: UserPrincipal, socket: DriverSocket, { chat_id, id, accept, text }: AnswerPayload): void {
      const browser = requireHost(who, socket, chat_id);
      if (!running.find(chat_id)?.dialogs.has(id)) throw watchingErrors.noDialog();
      used(chat_id, wheelOf(chat_id));
      browser.answerDialog(id, text === undefined ? { accept } : { accept, text });
    },

    /** Someone else has control, or nobody: what is down goes up. */
    controlChanged(chatId: number): void {
      const host = control.hostOf(chatId);
      const wheel = wheels.get(chatId);
      wheel?.held.keepOnly(host);
      if (host !== null) wheel?.pointers.remove(host);
    },

    /** A socket has left the room: what it holds goes up. */
    left: (chatId: number, socketId: string): void => wheels.get(chatId)?.held.dropSocket(socketId),

    /** Someone has lost the chat. */
    removed(chatId: number, userId: number): void {
      const wheel = wheels.get(chatId);
      wheel?.pointers.remove(userId);
      wheel?.cursors.remove(userId);
    },

    /** From now on departures have no consequences. */
    silence(): void {
      for (const chatId of [...wheels.keys()]) forget(chatId);
    },
  };
}
