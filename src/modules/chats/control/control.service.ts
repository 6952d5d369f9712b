import type { Cancel, Timers } from '../../../core/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/durations.ts';
import { type PersonId, personOfUser, type UserPrincipal, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence } from '../../../ports/presence.ts';
import type { RunningBrowsers } from '../browser/running.ts';
import { type Standing as ChatStanding, canManage } from '../chats/chats.policy.ts';
import { findChat } from '../chats/chats.repository.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { ChatRow } from '../chats/chats.tables.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { Voice } from '../voice/voice.ts';
import { controlErrors } from './control.errors.ts';
import type { ControlEvent } from './control.events.ts';
import type { ControlState } from './control.model.ts';
import * as policy from './control.policy.ts';

type Deps = {
  config: { browser: { absenceSeconds: number } };
  read: Queries;
  timers: Timers;
  presence: Pick<Presence, 'peopleIn'>;
  chats: Pick<Chats, 'requireAccess'>;
  voice: Pick<Voice, 'hears'>;
  running: Pick<RunningBrowsers, 'find' | 'setHost'>;
  /** The chat's browser as clients get it. */
  browserOf(chatId: number): Promise<{ browser: object | null }>;
  emit(event: ControlEvent): void;
};

/** A socket that asks for something. */
type Asking = { readonly id: string; isIn(room: string): boolean };

/** The chat that someone has entered, and their standing in it. */
type Entering = { chat: ChatRow; standing: ChatStanding };

/** A socket that has left a room. `isGone`: the connection has ended, perhaps for a moment. */
type Leaving = { chatId: number; person: PersonId; sessionId: string; lastOfPerson: boolean; isGone: boolean };

/** Someone who has control or waits for it, and whose last socket is gone. */
type Absence = { sessionId: string; end: Cancel };

type Room = { control: policy.Control; flags: policy.ControlFlags; readonly absences: Map<number, Absence> };

/** A session that ended is remembered for longer than its sockets take to go. */
const ENDED_MS = MINUTE_MS;

export type ControlService = ReturnType<typeof createControl>;

/**
 * Who drives the shared browser of each chat. Held in memory: after a restart nobody does, as no browser runs. The rules are those of
 * the policy; who is there and the chat's settings are read at each step.
 */
export function createControl({ config, read, timers, presence, chats, voice, running, browserOf, emit }: Deps) {
  /** How long someone may be away without losing control, or their place in the queue. */
  const absenceMs = config.browser.absenceSeconds * SECOND_MS;
  /** Of the chats where someone has control or waits for it. */
  const rooms = new Map<number, Room>();
  /** Sessions that ended lately: whose last socket went with one does not come back. */
  const ended = new Set<string>();
  let isSilent = false;

  /** Tells what has changed, if anything has. */
  function settle(chatId: number, room: Room, control: policy.Control, flags = room.flags): void {
    const hasChanged = control !== room.control || !policy.isSame(flags, room.flags);
    Object.assign(room, { control, flags });
    for (const [userId, { end }] of room.absences) {
      if (policy.isConcerned(control, userId)) continue;
      end();
      room.absences.delete(userId);
    }
    if (control.host === null && control.queue.length === 0) rooms.delete(chatId);
    else rooms.set(chatId, room);
    running.setHost(chatId, control.host ?? undefined);
    if (hasChanged) emit({ name: 'control.changed', chatId });
  }

  type Now = { room: Room; here: policy.People };

  /**
   * Reads the settings and who is there, and calls `use` in the turn of the last read, so that two steps never begin with the same
   * state. Undefined if there is no chat, or the server stops.
   */
  async function current<Result>(chatId: number, use: (now: Now) => Result): Promise<Result | undefined> {
    const chat = await findChat(read, chatId);
    const people = new Set(await presence.peopleIn(chatId));
    if (!chat || isSilent) return undefined;
    const here = { has: (userId: number) => people.has(personOfUser(userId)) };
    const flags = policy.flagsOf(chat);
    const room = rooms.get(chatId) ?? { control: policy.NO_CONTROL, flags, absences: new Map<number, Absence>() };
    if (!policy.isSame(flags, room.flags)) settle(chatId, room, policy.reset(room.control, flags, here), flags);
    return use({ room, here });
  }

  type Step = (now: Now, standing: { isManager: boolean; isHost: boolean }) => policy.Control;

  /** For someone whose socket is in the room. Throws `ERR_NOT_JOINED`, and whatever keeps them from the chat. */
  async function act(who: UserPrincipal, socket: Asking, chatId: number, step: Step): Promise<void> {
    if (!voice.hears(chatId, socket)) throw messageErrors.notJoined();
    const { standing } = await chats.requireAccess(read, who, chatId);
    const hasActed = await current(chatId, (now) => {
      // What takes the right away takes the socket out of the room.
      if (!voice.hears(chatId, socket)) return false;
      const isHost = now.room.control.host === who.userId;
      settle(chatId, now.room, step(now, { isManager: canManage(who, standing), isHost }));
      return true;
    });
    if (!hasActed) throw messageErrors.notJoined();
  }

  function wire({ control: { host, queue }, flags: { locked, implicit } }: Room): ControlState {
    return { host_user_id: host, queue, locked, implicit };
  }

  /** Someone is out for good, if `isStill`. */
  async function remove(chatId: number, userId: number, isStill: () => boolean = () => true): Promise<void> {
    await current(chatId, ({ room, here }) => {
      if (isStill()) settle(chatId, room, policy.gone(room.control, room.flags, here, userId));
    });
  }

  /** Someone's last socket is gone: at the end of a wait they are out. */
  function wait(chatId: number, room: Room, userId: number, sessionId: string): void {
    const isStill = () => rooms.get(chatId)?.absences.get(userId) === absence;
    const absence = { sessionId, end: timers.after(absenceMs, () => void remove(chatId, userId, isStill)) };
    room.absences.set(userId, absence);
  }

  /** Someone has come into the room: they take control if nobody else can, and are not waited for any more. */
  async function arrive(who: UserPrincipal, socket: Asking, chatId: number): Promise<void> {
    await current(chatId, ({ room, here }) => {
      if (!voice.hears(chatId, socket)) return;
      room.absences.get(who.userId)?.end();
      room.absences.delete(who.userId);
      settle(chatId, room, policy.arrived(room.control, room.flags, here, who.userId));
    });
  }

  return {
    request: (who: UserPrincipal, socket: Asking, chatId: number) =>
      act(who, socket, chatId, ({ room: { control, flags }, here }) => {
        if (!policy.mayAsk(flags)) throw controlErrors.requestsOff();
        return policy.asked(control, flags, here, who.userId);
      }),

    cancel: (who: UserPrincipal, socket: Asking, chatId: number) =>
      act(who, socket, chatId, ({ room }) => policy.cancelled(room.control, who.userId)),

    grant: (who: UserPrincipal, socket: Asking, chatId: number, userId: number) =>
      act(who, socket, chatId, ({ room: { control, flags }, here }, standing) => {
        if (!policy.mayGive(standing, flags)) throw controlErrors.notGiver();
        if (!here.has(userId)) throw controlErrors.notHere();
        return policy.given(control, userId);
      }),

    release: (who: UserPrincipal, socket: Asking, chatId: number) =>
      act(who, socket, chatId, ({ room: { control, flags }, here }) =>
        policy.released(control, flags, here, who.userId),
      ),

    take: (who: UserPrincipal, socket: Asking, chatId: number) =>
      act(who, socket, chatId, ({ room }, standing) => {
        if (!policy.mayTake(standing)) throw controlErrors.notTaker();
        return policy.given(room.control, who.userId);
      }),

    hostOf: (chatId: number): number | null => rooms.get(chatId)?.control.host ?? null,

    /** For everyone in the room; undefined if there is no chat. */
    stateOf: (chatId: number): Promise<ControlState | undefined> => current(chatId, ({ room }) => wire(room)),

    /** A socket has come into the room. Gives what it is told of the browser, and whether its owner may ask for control or take it. */
    async browserFor(who: UserPrincipal, socket: Asking, { chat, standing }: Entering) {
      // Most rooms have nobody in control, and nobody gets it by coming.
      if (rooms.has(chat.id) || chat.implicitHosting) await arrive(who, socket, chat.id);
      const { browser } = running.find(chat.id) ? await browserOf(chat.id) : { browser: null };
      const told =
        browser &&
        (await current(chat.id, ({ room }) => {
          const can_control = policy.canControl({ isManager: canManage(who, standing) }, room.flags);
          return { browser: { ...browser, can_control }, control: { chat_id: chat.id, ...wire(room) } };
        }));
      return told ?? { browser: null, control: null };
    },

    /** A socket has left the room. */
    async left({ chatId, person, sessionId, lastOfPerson, isGone }: Leaving): Promise<void> {
      const userId = userIdOf(person);
      if (!lastOfPerson || userId === undefined || !rooms.has(chatId)) return;
      await current(chatId, ({ room, here }) => {
        const { control, flags } = room;
        if (here.has(userId) || !policy.isConcerned(control, userId)) return;
        if (!isGone || ended.has(sessionId)) settle(chatId, room, policy.gone(control, flags, here, userId));
        else wait(chatId, room, userId, sessionId);
      });
    },

    /** Someone was put out of the chat, or out of all. */
    async removed(userId: number, chatId?: number): Promise<void> {
      for (const id of chatId === undefined ? [...rooms.keys()] : [chatId]) await remove(id, userId);
    },

    /** A session has ended: whom its last socket took along is not waited for. */
    async sessionEnded(sessionId: string): Promise<void> {
      ended.add(sessionId);
      timers.after(ENDED_MS, () => ended.delete(sessionId));
      for (const [chatId, { absences }] of [...rooms])
        for (const [userId, absence] of absences) {
          if (absence.sessionId !== sessionId) continue;
          await remove(chatId, userId, () => rooms.get(chatId)?.absences.get(userId) === absence);
        }
    },

    /** The chat's settings have changed. */
    async configured(chatId: number): Promise<void> {
      const isNoted = rooms.has(chatId);
      const isThere = await current(chatId, () => true);
      if (isThere && !isNoted) emit({ name: 'control.changed', chatId });
    },

    /** The chat is gone. */
    closed(chatId: number): void {
      for (const { end } of rooms.get(chatId)?.absences.values() ?? []) end();
      rooms.delete(chatId);
      running.setHost(chatId, undefined);
    },

    /** From now on departures have no consequences. */
    silence(): void {
      isSilent = true;
      for (const { absences } of rooms.values()) for (const { end } of absences.values()) end();
    },
  };
}
