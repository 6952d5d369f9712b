import type { Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence } from '../../../ports/presence.ts';
import { chatRoom, type Realtime } from '../../../ports/realtime.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { listPeople } from '../chats/members.repository.ts';
import { listRegistered } from '../keys/keys.repository.ts';
import type { Crowds } from '../membership/crowds.ts';
import type { Member } from './rooms.model.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  logger: Logger;
  presence: Presence;
  realtime: Realtime;
  crowds: Pick<Crowds, 'isCrowd' | 'counted'>;
  avatarAddress: AvatarAddress;
  /** Something about who is in the room has changed. */
  changed(chatId: number): void;
};

/** A whole list of members holds so many, those longest there. */
const SHOWN = 200;
/** Of those who come into a crowd within a second, so many are named; the count has all. */
const NAMED_IN_CROWD = 20;

type Shown = { members: Member[]; userIds: ReadonlySet<number>; readAt: number };

export type RoomNews = ReturnType<typeof createRoomNews>;

/** Who is in a room, and the telling of it. */
export function createRoomNews(deps: Deps) {
  const { read, timers, logger, presence, realtime, crowds, avatarAddress, changed } = deps;
  /** By chat: the people that the next telling is about. */
  const next = new Map<number, { userIds: Set<number>; told: Promise<void> }>();
  /** By chat: the end of the last telling. */
  const last = new Map<number, Promise<void>>();
  /** By crowd: its list as it was a moment ago. */
  const shown = new Map<number, Shown>();

  /** Those of these people who are in the room, with their sessions' keys. */
  async function presentMembers(chatId: number, userIds: readonly number[]): Promise<Member[]> {
    const people = new Map((await listPeople(read, userIds)).map((person) => [person.id, person]));
    const sessions = await presence.sessionsOf(chatId, userIds);
    const ids = sessions.map(({ sessionId }) => sessionId);
    const registered = await listRegistered(read, ids, timers.now());
    const keys = new Map(registered.map(({ sessionId, publicKey }) => [sessionId, publicKey]));
    const present = Map.groupBy(sessions, ({ userId }) => userId);
    return userIds.flatMap((id) => {
      const person = people.get(id);
      const theirs = present.get(id);
      if (!person || !theirs) return [];
      return {
        id,
        username: person.username,
        avatar_url: avatarAddress(person.avatarUrl),
        permission_level: person.permissionLevel,
        sessions: theirs.map(({ sessionId }) => ({ session_id: sessionId, public_key: keys.get(sessionId) ?? null })),
      };
    });
  }

  /** In a crowd the list of a moment ago will do: those longest there hardly change, and a change of theirs drops it. */
  async function firstMembers(chatId: number): Promise<Member[]> {
    const known = shown.get(chatId);
    if (known && timers.elapsed() - known.readAt < SECOND_MS) return known.members;
    const userIds = (await presence.usersIn(chatId)).slice(0, SHOWN);
    const readAt = timers.elapsed();
    const members = await presentMembers(chatId, userIds);
    if (crowds.isCrowd(chatId)) shown.set(chatId, { members, userIds: new Set(userIds), readAt });
    else shown.delete(chatId);
    return members;
  }

  async function publish(chatId: number, userIds: readonly number[]): Promise<void> {
    const present = new Set((await presence.sessionsOf(chatId, userIds)).map(({ userId }) => userId));
    const here = userIds.filter((id) => present.has(id));
    const left = userIds.filter((id) => !present.has(id));
    const count = await presence.countUsers(chatId);
    crowds.counted(chatId, count);
    const named = crowds.isCrowd(chatId) ? here.slice(0, NAMED_IN_CROWD) : here;
    const joined = await presentMembers(chatId, named);
    realtime.publish(chatRoom(chatId), 'room:members', { chat_id: chatId, joined, left, count });
    changed(chatId);
  }

  /** A crowd hears of it once a second at most. */
  function pause(chatId: number): Promise<void> | undefined {
    if (!crowds.isCrowd(chatId)) return undefined;
    return new Promise((resolve) => timers.after(SECOND_MS, resolve));
  }

  return {
    presentMembers,
    firstMembers,

    /** What is known of this person is not true any more. */
    forget(userId: number): void {
      for (const [chatId, { userIds }] of shown) if (userIds.has(userId)) shown.delete(chatId);
    },

    /**
     * Tells the room how someone stands: here, with these sessions, or not. One piece of news after the other, each read
     * from what is true then, so that the last one is right whatever raced. What comes meanwhile goes out together.
     * Resolves when it is told; in a crowd at once.
     */
    async tell(chatId: number, userId: number): Promise<void> {
      if (shown.get(chatId)?.userIds.has(userId)) shown.delete(chatId);
      const waiting = next.get(chatId);
      if (waiting) waiting.userIds.add(userId);
      const { told } = waiting ?? plan(chatId, userId);
      if (!crowds.isCrowd(chatId)) return told;
      told.catch((error: unknown) => logger.error('telling who is in a room failed', { chat_id: chatId, error }));
    },
  };

  function plan(chatId: number, userId: number): { told: Promise<void> } {
    const userIds = new Set([userId]);
    const told = (last.get(chatId) ?? Promise.resolve()).then(() => {
      next.delete(chatId);
      return publish(chatId, [...userIds]);
    });
    next.set(chatId, { userIds, told });
    const end = told
      .catch(() => {})
      .then(() => pause(chatId))
      .finally(() => last.get(chatId) === end && last.delete(chatId));
    last.set(chatId, end);
    return { told };
  }
}
