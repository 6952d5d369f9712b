import type { Cancel, Timers } from '../../../core/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/durations.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
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
import { Here } from './here.ts';

type Deps = {
  config: { browser: { absenceSeconds: number } };
  read: Queries;
  timers: Timers;
  chats: Pick<Chats, 'requireAccess'>;
  voice: Pick<Voice, 'hears'>;
  running: Pick<RunningBrowsers, 'setHost'>;
  emit(event: ControlEvent): void;
};

/** A socket that asks for something. */
type Asking = { readonly id: string; isIn(room: string): boolean };

/** The chat that someone has entered, and their standing in it. */
type Entering = { chat: ChatRow; standing: ChatStanding };

/** Someone who has control or waits for it, and whose last socket is gone. */
type Absence = { sessionId: string; end: Cancel };

type Room = {
  control: policy.Control;
  flags: policy.ControlFlags;
  readonly here: Here;
  readonly absences: Map<number, Absence>;
};

/** A session that ended is remembered for longer than its sockets take to go. */
const ENDED_MS = MINUTE_MS;

export type ControlService = ReturnType<typeof createControl>;

/**
 * Who drives the shared browser of each chat. Held in memory: after a restart nobody does, as no browser runs. The rules are those of
 * the policy; the chat's settings are read at each step.
 */
export function createControl({ config, read, timers, chats, voice, running, emit }: Deps) {
  /** How long someone may be away without losing control, or their place in the queue. */
  const absenceMs = config.browser.absenceSeconds * SECOND_MS;
  const rooms = new Map<number, Room>();
  /** Sessions that ended lately: whose last socket went with one does not come back. */
  const ended = new Set<string>();
  let isSilent = false;

  function roomOf(chatId: number, flags: policy.ControlFlags): Room {
    const room = rooms.get(chatId) ?? {
      control: policy.NO_CONTROL,
      flags,
      here: new Here(),
      absences: new Map<number, Absence>(),
    };
    rooms.set(chatId, room);
    return room;
  }

  /** Tells what has changed, if anything has. */
  function settle(chatId: number, room: Room, control: policy.Control, flags = room.flags): void {
    const hasChanged = control !== room.control || !policy.isSame(flags, room.flags);
    Object.assign(room, { control, flags });
    for (const [userId, { end }] of room.absences) {
      if (policy.isConcerned(control, userId)) continue;
      end();
      room.absences.delete(userId);
    }
    running.setHost(chatId, control.host ?? undefined);
    if (room.here.size === 0 && control.host === null && control.queue.length === 0) rooms.delete(chatId);
    if (hasChanged) emit({ name: 'control.changed', chatId });
  }

  /** Someone is out for good. */
  function remove(chatId: number, room: Room, userId: number): void {
    room.here.remove(userId);
    settle(chatId, room, policy.gone(room.control, room.flags, room.here, userId));
  }

  /** Reads the settings anew, since any step may depend on them. Undefined while nobody is in the room. */
  async function current(chatId: number): Promise<Room | undefined> {
    const chat = await findChat(read, chatId);
    const room = rooms.get(chatId);
    if (!chat || !room || isSilent) return undefined;
    const flags = policy.flagsOf(chat);
    if (!policy.isSame(flags, room.flags)) settle(chatId, room, policy.reset(room.control, flags, room.here), flags);
    return room;
  }

  type Step = (room: Room, standing: { isManager: boolean; isHost: boolean }) => policy.Control;

  /** For someone whose socket is in the room. Throws `ERR_NOT_JOINED`, and whatever keeps them from the chat. */
  async function act(who: UserPrincipal, socket: Asking, chatId: number, step: Step): Promise<void> {
    if (!voice.hears(chatId, socket)) throw messageErrors.notJoined();
    const { standing } = await chats.requireAccess(read, who, chatId);
    const room = await current(chatId);
    // What takes the right away takes the socket out of the room.
    if (!room?.here.hasSocket(socket.id) || !voice.hears(chatId, socket)) throw messageErrors.notJoined();
    const isHost = room.control.host === who.userId;
    settle(chatId, room, step(room, { isManager: canManage(who, standing), isHost }));
  }

  function wire({ host, queue }: policy.Control, { locked, implicit }: policy.ControlFlags): ControlState {
    return { host_user_id: host, queue, locked, implicit };
  }

  /** Someone's last socket is gone: at the end of a wait they are out. */
  function wait(chatId: number, room: Room, userId: number, sessionId: string): void {
    const absence = { sessionId, end: timers.after(absenceMs, () => void lapse(chatId, userId, absence)) };
    room.absences.set(userId, absence);
  }

  async function lapse(chatId: number, userId: number, absence: Absence): Promise<void> {
    const room = await current(chatId);
    if (room?.absences.get(userId) === absence) remove(chatId, room, userId);
  }

  return {
    request: (who: UserPrincipal, socket: Asking, chatId: number) =>
      act(who, socket, chatId, ({ control, flags, here }) => {
        if (!policy.mayAsk(flags)) throw controlErrors.requestsOff();
        return policy.asked(control, flags, here, who.userId);
      }),

    cancel: (who: UserPrincipal, socket: Asking, chatId: number) =>
      act(who, socket, chatId, ({ control }) => policy.cancelled(control, who.userId)),

    grant: (who: UserPrincipal, socket: Asking, chatId: number, userId: number) =>
      act(who, socket, chatId, ({ control, flags, here }, standing) => {
        if (!policy.mayGive(standing, flags)) throw controlErrors.notGiver();
        if (!here.has(userId)) throw controlErrors.notHere();
        return policy.given(control, userId);
      }),

    release: (who: UserPrincipal, socket: Asking, chatId: number) =>
      act(who, socket, chatId, ({ control, flags, here }) => policy.released(control, flags, here, who.userId)),

    take: (who: UserPrincipal, socket: Asking, chatId: number) =>
      act(who, socket, chatId, ({ control }, standing) => {
        if (!policy.mayTake(standing)) throw controlErrors.notTaker();
        return policy.given(control, who.userId);
      }),

    hostOf: (chatId: number): number | null => rooms.get(chatId)?.control.host ?? null,

    /** How many people are in the room. */
    countPeople: (chatId: number): number => rooms.get(chatId)?.here.size ?? 0,

    /** For everyone in the room; undefined while nobody is there. */
    stateOf(chatId: number): ControlState | undefined {
      const room = rooms.get(chatId);
      return room && wire(room.control, room.flags);
    },

    /** A socket has come into the room: the state, and whether its owner may ask for control or take it. */
    async entered(who: UserPrincipal, socket: Asking, { chat, standing }: Entering) {
      const flags = policy.flagsOf((await findChat(read, chat.id)) ?? chat);
      if (voice.hears(chat.id, socket) && !isSilent) {
        const room = roomOf(chat.id, flags);
        room.here.enter(who.userId, socket.id);
        room.absences.get(who.userId)?.end();
        room.absences.delete(who.userId);
        settle(chat.id, room, policy.arrived(room.control, flags, room.here, who.userId), flags);
      }
      const control = rooms.get(chat.id)?.control ?? policy.NO_CONTROL;
      const canControl = policy.canControl({ isManager: canManage(who, standing) }, flags);
      return { state: wire(control, flags), canControl };
    },

    /** A socket has left the room. */
    async left(chatId: number, socketId: string, sessionId: string, isGone: boolean): Promise<void> {
      const before = rooms.get(chatId);
      const userId = before?.here.leave(socketId);
      if (!before || userId === undefined || isSilent) return;
      const room = await current(chatId);
      if (room !== before || room.here.has(userId)) return;
      if (!policy.isConcerned(room.control, userId) || !isGone || ended.has(sessionId)) remove(chatId, room, userId);
      else wait(chatId, room, userId, sessionId);
    },

    /** Someone was put out of the chat, or out of all. */
    async removed(userId: number, chatId?: number): Promise<void> {
      for (const id of chatId === undefined ? [...rooms.keys()] : [chatId]) {
        rooms.get(id)?.here.remove(userId);
        const room = await current(id);
        if (room) remove(id, room, userId);
      }
    },

    /** A session has ended: whom its last socket took along is not waited for. */
    async sessionEnded(sessionId: string): Promise<void> {
      ended.add(sessionId);
      timers.after(ENDED_MS, () => ended.delete(sessionId));
      for (const [chatId, { absences }] of [...rooms])
        for (const [userId, absence] of absences) {
          const room = absence.sessionId === sessionId ? await current(chatId) : undefined;
          if (room?.absences.get(userId) === absence) remove(chatId, room, userId);
        }
    },

    /** The chat's settings have changed. */
    async configured(chatId: number): Promise<void> {
      await current(chatId);
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
