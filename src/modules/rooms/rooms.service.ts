import type { Clock } from '../../core/clock.ts';
import type { UserPrincipal } from '../../core/principal.ts';
import { MINUTE_MS } from '../../core/units.ts';
import type { Queries } from '../../db/queries.ts';
import type { Unit, Units } from '../../db/units.ts';
import type { Departure, Presence } from '../../ports/presence.ts';
import { chatRoom, type Realtime } from '../../ports/realtime.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { isOwner } from '../chats/chats.policy.ts';
import { presentChat } from '../chats/chats.presenter.ts';
import * as chatsRepository from '../chats/chats.repository.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { KeyDistribution } from '../e2ee/e2ee.distribution.ts';
import { listRegistered } from '../e2ee/e2ee.repository.ts';
import type { E2ee } from '../e2ee/e2ee.service.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';
import type { AvatarAddress } from '../users/users.presenter.ts';
import type { Member } from './rooms.model.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<ChatsEvent | MessagesEvent>, 'run'>;
  clock: Clock;
  presence: Presence;
  realtime: Realtime;
  distribution: KeyDistribution;
  chats: Pick<Chats, 'requireAccess' | 'endMembership'>;
  messages: Pick<Messages, 'announce'>;
  e2ee: Pick<E2ee, 'keyFor' | 'forgetUser'>;
  avatarAddress: AvatarAddress;
  /** Something about who is in the room has changed. */
  changed(chatId: number): void;
};

/** A socket, as far as a room cares. */
export type RoomSocket = { id: string; isOpen: boolean; join(room: string): void; leave(room: string): void };

/** Away for no longer than this: the return is not announced. */
const RETURN_MS = MINUTE_MS;
const MEMBERS_SHOWN = 200;

export type Rooms = ReturnType<typeof createRooms>;

export function createRooms(deps: Deps) {
  const { read, units, clock, presence, realtime, distribution, chats, messages, e2ee, avatarAddress, changed } = deps;

  /** People in a room with their sessions' keys. */
  async function presentMembers(chatId: number, userIds: readonly number[]): Promise<Member[]> {
    const wanted = new Set(userIds);
    const sessions = (await presence.sessionsIn(chatId)).filter(({ userId }) => wanted.has(userId));
    const registered = await listRegistered(
      read,
      sessions.map(({ sessionId }) => sessionId),
      clock.now(),
    );
    const keys = new Map(registered.map(({ sessionId, publicKey }) => [sessionId, publicKey]));
    const people = new Map((await chatsRepository.listPeople(read, userIds)).map((person) => [person.id, person]));
    return userIds.flatMap((id) => {
      const person = people.get(id);
      if (!person) return [];
      const theirs = sessions.filter(({ userId }) => userId === id);
      return {
        id,
        username: person.username,
        avatar_url: avatarAddress(person.avatarUrl),
        permission_level: person.permissionLevel,
        sessions: theirs.map(({ sessionId }) => ({ session_id: sessionId, public_key: keys.get(sessionId) ?? null })),
      };
    });
  }

  async function tellMembers(
    chatId: number,
    { joined = [], left = [] }: { joined?: number[]; left?: number[] },
  ): Promise<void> {
    const payload = {
      chat_id: chatId,
      joined: await presentMembers(chatId, joined),
      left,
      count: await presence.countUsers(chatId),
    };
    realtime.publish(chatRoom(chatId), 'room:members', payload);
    changed(chatId);
  }

  /** Notes that someone is here, and says so unless they were here a moment ago. */
  async function arrive(unit: Unit<ChatsEvent | MessagesEvent>, who: UserPrincipal, chatId: number): Promise<void> {
    const now = clock.now();
    const visit = await chatsRepository.findVisit(unit.db, chatId, who.userId);
    await chatsRepository.saveVisit(unit.db, chatId, who.userId, now, null);
    const isReturn = visit !== undefined && (visit.leftAt === null || now - visit.leftAt < RETURN_MS);
    if (isReturn) return;
    await chatsRepository.insertActivity(unit.db, {
      chatId,
      userId: who.userId,
      action: 'join',
      method: 'direct',
      createdAt: now,
    });
    await messages.announce(unit, chatId, `${who.username} joined the chat`);
  }

  async function depart({ chatId, userId, sessionId, lastOfUser, lastOfSession }: Departure): Promise<void> {
    if (lastOfSession) distribution.departed(chatId, sessionId);
    if (lastOfUser) {
      await units.run('leave room', ({ db }) => chatsRepository.closeVisit(db, chatId, userId, clock.now()));
      await tellMembers(chatId, { left: [userId] });
    } else if (lastOfSession) {
      await tellMembers(chatId, { joined: [userId] });
    }
  }

  return {
    presentMembers,
    tellMembers,

    /**
     * Puts a socket into a chat. It is in the channel before the rights are looked at for the last time, in the same lane
     * as every change to them: nobody slips in beside a kick, and nothing said meanwhile is missed.
     */
    async join(socket: RoomSocket, who: UserPrincipal, chatId: number) {
      await chats.requireAccess(read, who, chatId);
      const visitor = { socketId: socket.id, sessionId: who.sessionId, userId: who.userId };
      const { firstOfUser, firstOfSession } = await presence.enter(chatId, visitor);
      socket.join(chatRoom(chatId));
      const entered = await units
        .run('join room', async (unit) => {
          const found = await chats.requireAccess(unit.db, who, chatId);
          if (firstOfUser) await arrive(unit, who, chatId);
          return found;
        })
        .catch(async (error: unknown) => {
          socket.leave(chatRoom(chatId));
          await presence.leave(chatId, socket.id);
          throw error;
        });
      if (firstOfSession) await tellMembers(chatId, { joined: [who.userId] });
      const [shown, { epoch, key }, count] = [
        await presentMembers(chatId, (await presence.usersIn(chatId)).slice(0, MEMBERS_SHOWN)),
        await e2ee.keyFor(chatId, who.sessionId),
        await presence.countUsers(chatId),
      ];
      if (firstOfSession) tellKey(chatId, who, shown);
      if (!key) distribution.request(chatId);
      return {
        session_id: who.sessionId,
        chat: presentChat(entered, avatarAddress),
        members: shown,
        count,
        epoch,
        key,
        browser: null,
        control: null,
        muted: null,
        online: true,
      };
    },

    /** The socket leaves the channel; membership stays. */
    async leave(socket: RoomSocket, chatId: number): Promise<void> {
      const departure = await presence.leave(chatId, socket.id);
      socket.leave(chatRoom(chatId));
      if (departure) await depart(departure);
    },

    /** The socket is gone. */
    async disconnect(socketId: string): Promise<void> {
      for (const departure of await presence.leaveAll(socketId)) await depart(departure);
    },

    /** Ends one's own membership. The owner cannot. */
    async leaveChat(who: UserPrincipal, chatId: number): Promise<{ message: string }> {
      return units.run('leave chat', async (unit) => {
        const { chat, standing } = await chats.requireAccess(unit.db, who, chatId);
        if (isOwner(who, standing)) throw chatErrors.ownerCannotLeave();
        if (!standing.isMember) throw chatErrors.notMember();
        await chats.endMembership(unit, { chatId, userId: who.userId, how: 'leave', reason: null });
        await e2ee.forgetUser(unit.db, chatId, who.userId);
        await messages.announce(unit, chatId, `${who.username} left the chat`);
        return { message: `Left chat '${chat.name}'` };
      });
    },

    /** At start: whoever was in a room when the server stopped left at that moment, as far as announcements go. */
    async closeVisits(): Promise<void> {
      await units.run('close visits', ({ db }) => chatsRepository.closeAllVisits(db, clock.now()));
    },
  };

  function tellKey(chatId: number, who: UserPrincipal, members: readonly Member[]): void {
    const own = members
      .find(({ id }) => id === who.userId)
      ?.sessions.find(({ session_id }) => session_id === who.sessionId);
    if (!own?.public_key) return;
    const added = { chat_id: chatId, user_id: who.userId, session_id: who.sessionId, public_key: own.public_key };
    realtime.publish(chatRoom(chatId), 'portal:key_added', added);
  }
}
