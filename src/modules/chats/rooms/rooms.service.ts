import type { Clock } from '../../../core/clock.ts';
import type { AppError } from '../../../core/errors.ts';
import { type PersonId, personOfUser, type UserPrincipal, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Arrival, Departure, Presence } from '../../../ports/presence.ts';
import type { Mutes } from '../../people/sanctions/mutes.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { presentChat } from '../chats/chats.presenter.ts';
import type { Chats, Entered } from '../chats/chats.service.ts';
import type { KeyDistribution } from '../keys/keys.distribution.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { E2ee } from '../keys/keys.service.ts';
import { CROWD } from '../membership/membership.policy.ts';
import type { Membership } from '../membership/membership.service.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Known } from '../messages/messages.model.ts';
import type { Messages } from '../messages/messages.service.ts';
import type { Voice } from '../voice/voice.ts';
import { type Away, HOLDERS_SEEN } from './away.ts';
import type { RoomsEvent } from './rooms.events.ts';
import type { Roster } from './roster.ts';
import type { Typing } from './typing.ts';

/** The part of a socket that a room uses. */
export type RoomSocket = {
  id: string;
  isOpen: boolean;
  join(room: string): void;
  leave(room: string): void;
  isIn(room: string): boolean;
};

type Deps = {
  read: Queries;
  units: Pick<Units<ChatsEvent | MessagesEvent | E2eeEvent>, 'run'>;
  clock: Clock;
  presence: Presence;
  distribution: Pick<KeyDistribution, 'bring' | 'departed' | 'socketLeft'>;
  chats: Pick<Chats, 'requireAccess'>;
  e2ee: Pick<E2ee, 'keyAndHolders'>;
  membership: Pick<Membership, 'arrive' | 'depart'>;
  messages: Pick<Messages, 'missed'>;
  mutes: Pick<Mutes, 'find'>;
  roster: Pick<Roster, 'withNewcomer' | 'came' | 'gone'>;
  away: Pick<Away, 'forNewcomer'>;
  typing: Pick<Typing, 'left'>;
  voice: Pick<Voice, 'admit' | 'dismiss' | 'isDirect'>;
  inTurn: Turns;
  avatarAddress: AvatarAddress;
  /** The state of the chat's shared browser, for a newcomer. */
  browserFor(
    who: UserPrincipal,
    socket: RoomSocket,
    entered: Entered,
  ): Promise<{ browser: object | null; control: object | null }>;
  emit(event: RoomsEvent): void;
};

/**
 * `isKeyless`: the socket is there for something else than messages, such as the picture of the shared browser. `known`: what
 * somebody who comes back has already.
 */
type JoinOptions = { isKeyless: boolean; known?: Known | undefined };

export type Rooms = ReturnType<typeof createRooms>;

/** Sockets in chats: subscriptions, and the effects of arrivals and departures. */
export function createRooms(deps: Deps) {
  const { read, units, clock, presence, distribution, chats, mutes, e2ee, membership, roster, voice, inTurn } = deps;
  async function enter(
    socket: RoomSocket,
    who: UserPrincipal,
    chatId: number,
    { isKeyless }: JoinOptions,
  ): Promise<Entered & Arrival> {
    const person = personOfUser(who.userId);
    const visitor = { socketId: socket.id, sessionId: who.sessionId, person };
    const isCrowd = (await presence.countPeople(chatId)) > CROWD;
    let arrival: Promise<Arrival> | undefined;
    const arriveIn = async (unit: Unit<ChatsEvent | MessagesEvent | E2eeEvent>) => {
      const found = await chats.requireAccess(unit.db, who, chatId);
      await membership.arrive(unit, who, found.chat, isCrowd);
      // Inside the unit, and not awaited. A unit that revokes access either commits first, and then this line is not
      // reached, or runs later, and then its listeners find the socket in the room and remove it.
      voice.admit(chatId, socket, person);
      arrival ??= presence.enter(chatId, isKeyless ? { ...visitor, isKeyless } : visitor);
      return found;
    };
    const entered = await units.run('join room', arriveIn, { checksFirst: true });
    const arrived = await (arrival as unknown as Promise<Arrival>);
    if (!socket.isOpen) throw messageErrors.notJoined();
    return { ...entered, ...arrived };
  }

  /** A kick committed right after the join removes the person here, too: its listeners find the socket in the room. */
  async function wasPutOut(chatId: number, person: PersonId): Promise<AppError> {
    const others = await presence.sessionsOf(chatId, [person]);
    if (others.length === 0) await membership.depart(chatId, userIdOf(person) ?? 0, clock.now());
    return messageErrors.notJoined();
  }

  async function join(socket: RoomSocket, who: UserPrincipal, chatId: number, options: JoinOptions) {
    const person = personOfUser(who.userId);
    const entered = await enter(socket, who, chatId, options);
    const members = await roster.withNewcomer(chatId, who);
    if (!members) throw await wasPutOut(chatId, person);
    if (entered.firstOfSession) roster.came(chatId, person, who.sessionId, entered.people);
    const isCrowd = entered.people > CROWD;
    const { epoch, key, holders } = await e2ee.keyAndHolders(chatId, who.sessionId, isCrowd ? 0 : HOLDERS_SEEN + 1);
    if (!key && !options.isKeyless) distribution.bring(chatId, [who.sessionId]);
    const unlisted = holders.filter((id) => !members.has(id)).slice(0, HOLDERS_SEEN);
    const isMore = isCrowd || holders.length > HOLDERS_SEEN;
    // Most often nobody who has the key is away.
    const isNobodyAway = isCrowd || (unlisted.length === 0 && !isMore);
    return {
      session_id: who.sessionId,
      chat: presentChat(entered, deps.avatarAddress),
      members: members.text,
      count: entered.people,
      ...(isNobodyAway
        ? { away: [], more_away: isMore }
        : await deps.away.forNewcomer(chatId, key, { unlisted, isMore })),
      epoch,
      key,
      ...(await deps.browserFor(who, socket, entered)),
      muted: await mutes.find(read, who.userId, chatId),
      online: true,
      // After the socket is in the channel: what is not in here comes as an event.
      ...(options.known ? { missed: await deps.messages.missed(who, chatId, options.known) } : {}),
    };
  }

  async function leave(socket: RoomSocket, chatId: number): Promise<void> {
    voice.dismiss(chatId, socket);
    const departure = await presence.leave(chatId, socket.id);
    if (departure) await depart(departure, false);
  }

  async function depart(departure: Departure, isGone: boolean): Promise<void> {
    const { chatId, person, sessionId, socketId, lastOfPerson, lastOfSession } = departure;
    deps.emit({ name: 'room.left', chatId, person, sessionId, socketId, lastOfPerson, isGone });
    deps.typing.left(chatId, person, socketId);
    if (lastOfSession) distribution.departed(chatId, sessionId);
    else distribution.socketLeft(chatId, sessionId, socketId);
    // Who is there in a direct chat is a matter of connections, not of the room.
    if (voice.isDirect(chatId)) return;
    const userId = userIdOf(person);
    if (lastOfPerson && userId !== undefined) await membership.depart(chatId, userId, clock.now());
    if (lastOfSession) await roster.gone(chatId, person);
  }

  return {
    /** Adds a socket to a chat. If it is refused, the socket is left outside. */
    join: (socket: RoomSocket, who: UserPrincipal, chatId: number, options: JoinOptions = { isKeyless: false }) =>
      inTurn(socket, () =>
        join(socket, who, chatId, options).catch(async (error: unknown) => {
          // Nobody enters a direct chat by its id; a socket that is there by its token stays.
          if (!voice.isDirect(chatId)) await leave(socket, chatId);
          throw error;
        }),
      ),

    /** Unsubscribes the socket; membership stays. */
    leave: (socket: RoomSocket, chatId: number) => inTurn(socket, () => leave(socket, chatId)),

    /** The socket has disconnected. */
    async disconnect(socketId: string): Promise<void> {
      await Promise.all((await presence.leaveAll(socketId)).map((departure) => depart(departure, true)));
    },
  };
}

export type Turns = ReturnType<typeof createTurns>;

/** Handles a socket's requests in order: a socket that joins and leaves at once ends up outside. */
export function createTurns() {
  const turns = new WeakMap<RoomSocket, Promise<unknown>>();
  return function inTurn<Result>(socket: RoomSocket, work: () => Promise<Result>): Promise<Result> {
    const turn = (turns.get(socket) ?? Promise.resolve()).then(work);
    turns.set(
      socket,
      turn.catch(() => {}),
    );
    return turn;
  };
}
