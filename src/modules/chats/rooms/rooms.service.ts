import type { Clock } from '../../../core/clock.ts';
import { MINUTE_MS } from '../../../core/durations.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Arrival, Departure, Presence } from '../../../ports/presence.ts';
import { chatRoom, type Realtime } from '../../../ports/realtime.ts';
import type { Mutes } from '../../people/sanctions/mutes.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { isOwner } from '../chats/chats.policy.ts';
import { presentChat } from '../chats/chats.presenter.ts';
import type { Chats, Entered } from '../chats/chats.service.ts';
import * as chatMembers from '../chats/members.repository.ts';
import type { KeyDistribution } from '../keys/keys.distribution.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { E2ee } from '../keys/keys.service.ts';
import type { Crowds } from '../membership/crowds.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';
import type { RoomNews } from './roster.ts';

type RoomsEvent = ChatsEvent | MessagesEvent | E2eeEvent;

type Deps = {
  read: Queries;
  units: Pick<Units<RoomsEvent>, 'run'>;
  clock: Clock;
  presence: Presence;
  realtime: Realtime;
  distribution: KeyDistribution;
  chats: Pick<Chats, 'requireAccess' | 'endMembership'>;
  messages: Pick<Messages, 'announce'>;
  e2ee: Pick<E2ee, 'keyFor' | 'forgetUser' | 'welcome'>;
  mutes: Pick<Mutes, 'find'>;
  crowds: Pick<Crowds, 'isCrowd' | 'joined'>;
  news: RoomNews;
  avatarAddress: AvatarAddress;
};

/** A socket, as far as a room cares. */
export type RoomSocket = { id: string; isOpen: boolean; join(room: string): void; leave(room: string): void };

/** Away for no longer than this: the return is not announced. */
const RETURN_MS = MINUTE_MS;

export type Rooms = ReturnType<typeof createRooms>;

export function createRooms(deps: Deps) {
  const {
    read,
    units,
    clock,
    presence,
    realtime,
    distribution,
    chats,
    messages,
    mutes,
    e2ee,
    crowds,
    news,
    avatarAddress,
  } = deps;
  const turns = new WeakMap<RoomSocket, Promise<unknown>>();

  /** What a socket asks is done in that order: whoever joins and leaves at once is out. */
  function inTurn<Result>(socket: RoomSocket, work: () => Promise<Result>): Promise<Result> {
    const turn = (turns.get(socket) ?? Promise.resolve()).then(work);
    turns.set(
      socket,
      turn.catch(() => {}),
    );
    return turn;
  }

  /** Notes that someone is here, and says so unless they are here already or were a moment ago. */
  async function arrive(unit: Unit<RoomsEvent>, who: UserPrincipal, chat: Entered['chat']): Promise<void> {
    const now = clock.now();
    const chatId = chat.id;
    const visit = await chatMembers.findVisit(unit.db, chatId, who.userId);
    if (!visit) await e2ee.welcome(unit, chat, { isCrowd: crowds.isCrowd(chatId) });
    const { sinceMs, sinceSeq } = visit ?? { sinceMs: chat.lastMs, sinceSeq: chat.lastSeq };
    await chatMembers.saveVisit(unit.db, {
      chatId,
      userId: who.userId,
      arrivedAt: now,
      leftAt: null,
      sinceMs,
      sinceSeq,
    });
    const isReturn = visit !== undefined && (visit.leftAt === null || now - visit.leftAt <= RETURN_MS);
    if (isReturn) return;
    await chatMembers.insertActivity(unit.db, {
      chatId,
      userId: who.userId,
      action: 'join',
      method: 'direct',
      createdAt: now,
    });
    await crowds.joined(unit, chatId, who.username);
  }

  async function enter(socket: RoomSocket, who: UserPrincipal, chatId: number): Promise<Entered & Arrival> {
    let arrival: Promise<Arrival> | undefined;
    const entered = await units.run('join room', async (unit) => {
      const found = await chats.requireAccess(unit.db, who, chatId);
      await arrive(unit, who, found.chat);
      // In the lane, and not awaited: who takes the right away does so in another unit, before this one, and then we do not
      // come here, or after it, and then its listeners find the socket in the room and put it out.
      socket.join(chatRoom(chatId));
      arrival ??= presence.enter(chatId, { socketId: socket.id, sessionId: who.sessionId, userId: who.userId });
      return found;
    });
    const { firstOfUser, firstOfSession } = await (arrival as unknown as Promise<Arrival>);
    await requireStillThere(who, chatId);
    if (!socket.isOpen) throw messageErrors.notJoined();
    return { ...entered, firstOfUser, firstOfSession };
  }

  /** Of a kick that was committed together with the join its listeners put out who joined after it, too. */
  async function requireStillThere({ userId, sessionId }: UserPrincipal, chatId: number): Promise<void> {
    const theirs = await presence.sessionsOf(chatId, [userId]);
    if (theirs.some((one) => one.sessionId === sessionId)) return;
    const now = clock.now();
    if (theirs.length === 0) await units.run('leave room', ({ db }) => chatMembers.closeVisit(db, chatId, userId, now));
    throw messageErrors.notJoined();
  }

  async function join(socket: RoomSocket, who: UserPrincipal, chatId: number) {
    await chats.requireAccess(read, who, chatId);
    const entered = await enter(socket, who, chatId).catch(async (error: unknown) => {
      await leave(socket, chatId);
      throw error;
    });
    const told = entered.firstOfSession ? news.tell(chatId, who.userId) : undefined;
    const [shown, { epoch, key }, count] = [
      await news.firstMembers(chatId),
      await e2ee.keyFor(chatId, who.sessionId),
      await presence.countUsers(chatId),
    ];
    await told;
    if (entered.firstOfSession) await tellKey(chatId, who);
    if (!key) distribution.bring(chatId, [who.sessionId]);
    return {
      session_id: who.sessionId,
      chat: presentChat(entered, avatarAddress),
      members: shown,
      count,
      epoch,
      key,
      browser: null,
      control: null,
      muted: await mutes.find(read, who.userId, chatId),
      online: true,
    };
  }

  async function leave(socket: RoomSocket, chatId: number): Promise<void> {
    socket.leave(chatRoom(chatId));
    const departure = await presence.leave(chatId, socket.id);
    if (departure) await depart(departure);
  }

  async function depart({ chatId, userId, sessionId, socketId, lastOfUser, lastOfSession }: Departure): Promise<void> {
    if (lastOfSession) distribution.departed(chatId, sessionId);
    else distribution.socketLeft(chatId, sessionId, socketId);
    if (lastOfUser) {
      const now = clock.now();
      await units.run('leave room', ({ db }) => chatMembers.closeVisit(db, chatId, userId, now));
    }
    if (lastOfSession) await news.tell(chatId, userId);
  }

  /** In a crowd the news of who has come must do. */
  async function tellKey(chatId: number, who: UserPrincipal): Promise<void> {
    if (crowds.isCrowd(chatId)) return;
    const [member] = await news.presentMembers(chatId, [who.userId]);
    const own = member?.sessions.find(({ session_id }) => session_id === who.sessionId);
    if (!own?.public_key) return;
    const added = { chat_id: chatId, user_id: who.userId, session_id: who.sessionId, public_key: own.public_key };
    realtime.publish(chatRoom(chatId), 'portal:key_added', added);
  }

  return {
    /** Puts a socket into a chat. After a refusal it is not in it. */
    join: (socket: RoomSocket, who: UserPrincipal, chatId: number) => inTurn(socket, () => join(socket, who, chatId)),

    /** The socket leaves the channel; membership stays. */
    leave: (socket: RoomSocket, chatId: number) => inTurn(socket, () => leave(socket, chatId)),

    /** The socket is gone. */
    async disconnect(socketId: string): Promise<void> {
      await Promise.all((await presence.leaveAll(socketId)).map(depart));
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
      await units.run('close visits', ({ db }) => chatMembers.closeAllVisits(db, clock.now()));
    },
  };
}
