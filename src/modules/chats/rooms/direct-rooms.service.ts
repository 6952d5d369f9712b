import type { Clock } from '../../../core/clock.ts';
import { type Pair, peerOf } from '../../../core/pair.ts';
import { type Guest, personOf } from '../../../core/principal.ts';
import { sha256 } from '../../../core/secrets.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Presence } from '../../../ports/presence.ts';
import type { Mutes } from '../../people/sanctions/mutes.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { presentDirectChat } from '../chats/chats.presenter.ts';
import { findChat } from '../chats/chats.repository.ts';
import type { ChatRow } from '../chats/chats.tables.ts';
import type { ParticipantRow } from '../chats/direct.tables.ts';
import { findByToken } from '../chats/participants.repository.ts';
import type { KeyDistribution } from '../keys/keys.distribution.ts';
import type { E2ee } from '../keys/keys.service.ts';
import { type KeyPair, listJoined } from '../keys/session-keys.repository.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { Known } from '../messages/messages.model.ts';
import type { Messages } from '../messages/messages.service.ts';
import type { DirectPeople, Voice } from '../voice/voice.ts';
import type { DirectMember } from './rooms.model.ts';
import type { RoomSocket, Turns } from './rooms.service.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  presence: Pick<Presence, 'enter' | 'leave'>;
  distribution: Pick<KeyDistribution, 'bring' | 'departed'>;
  e2ee: Pick<E2ee, 'keyFor' | 'bringAlong' | 'requireUsable'>;
  messages: Pick<Messages, 'missed'>;
  mutes: Pick<Mutes, 'find'>;
  directPeople: Pick<DirectPeople, 'find'>;
  voice: Pick<Voice, 'admit' | 'dismiss' | 'tellAbout' | 'sessionIn'>;
  inTurn: Turns;
};

type Given = { token: string; keys: KeyPair | null; known?: Known | undefined };

export type DirectRooms = ReturnType<typeof createDirectRooms>;

/** Joining a direct chat by token: the sessions of its two participants, each with a key for this chat. */
export function createDirectRooms(deps: Deps) {
  const { read, units, clock, presence, distribution, e2ee, mutes, directPeople, voice, inTurn } = deps;

  /** The chat that this token opens to this person. Somebody else's token opens nothing. */
  async function requireSeat(db: Queries, who: Guest, token: string): Promise<{ chat: ChatRow; seat: ParticipantRow }> {
    const seat = await findByToken(db, sha256(token));
    const chat = seat?.person === personOf(who) ? await findChat(db, seat.chatId) : undefined;
    if (!seat || !chat) throw chatErrors.notFound();
    return { chat, seat };
  }

  async function enter(socket: RoomSocket, who: Guest, { token, keys }: Given) {
    const person = personOf(who);
    let arrival: Promise<unknown> | undefined;
    const entered = await units.run('join direct chat', async ({ db }) => {
      const { chat, seat } = await requireSeat(db, who, token);
      const saved = await e2ee.bringAlong(db, chat.id, who.sessionId, keys);
      // Inside the unit: see the rooms of groups.
      voice.admit(chat.id, socket, person);
      arrival ??= presence.enter(chat.id, { socketId: socket.id, sessionId: who.sessionId, person });
      return { chat, seat, ...saved };
    });
    await arrival;
    const { chat, key, isNew, isReplaced } = entered;
    if (!socket.isOpen) {
      voice.dismiss(chat.id, socket);
      await presence.leave(chat.id, socket.id);
      throw messageErrors.notJoined();
    }
    if (isReplaced) distribution.departed(chat.id, who.sessionId);
    if (key && isNew) {
      const added = { session_id: who.sessionId, public_key: key.publicKey, signing_key: key.signingKey };
      voice.tellAbout(chat.id, person, 'portal:key_added', added);
    }
    return entered;
  }

  /** Both participants, each with the sessions that have joined and their keys. */
  async function members(chatId: number, pair: Pair): Promise<DirectMember[]> {
    const joined = await listJoined(read, chatId, clock.now());
    return pair.map(({ number, person, alias }) => ({
      id: null,
      participant: number,
      username: alias,
      avatar_url: null,
      permission_level: null,
      sessions: joined
        .filter((session) => session.person === person)
        .map(({ sessionId, publicKey, signingKey }) => ({
          session_id: voice.sessionIn(chatId, sessionId),
          public_key: publicKey,
          signing_key: signingKey,
        })),
    }));
  }

  async function join(socket: RoomSocket, who: Guest, given: Given) {
    if (given.keys) e2ee.requireUsable(given.keys.publicKey);
    const { chat, seat } = await enter(socket, who, given);
    const pair = directPeople.find(chat.id);
    if (!pair) throw chatErrors.notFound();
    const { epoch, key } = await e2ee.keyFor(chat.id, who.sessionId);
    if (!key && !chat.archived) distribution.bring(chat.id, [who.sessionId]);
    return {
      session_id: voice.sessionIn(chat.id, who.sessionId),
      participant: seat.number,
      chat: presentDirectChat(chat, peerOf(pair, seat.number).alias),
      members: await members(chat.id, pair),
      count: pair.length,
      epoch,
      key,
      browser: null,
      control: null,
      muted: who.kind === 'user' ? await mutes.find(read, who.userId, chat.id) : null,
      online: true,
      ...(given.known ? { missed: await deps.messages.missed(who, chat.id, given.known) } : {}),
    };
  }

  return {
    /** Adds a socket to a direct chat. The keys are the session's in this chat alone; null: its own serve. */
    join: (socket: RoomSocket, who: Guest, given: Given) => inTurn(socket, () => join(socket, who, given)),
  };
}
