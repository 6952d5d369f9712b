import type { Clock } from '../../core/clock.ts';
import type { Queries } from '../../db/queries.ts';
import type { Presence } from '../../ports/presence.ts';
import { chatRoom, type Realtime } from '../../ports/realtime.ts';
import * as chatMembers from '../chats/chat-members.repository.ts';
import { listRegistered } from '../e2ee/e2ee.repository.ts';
import type { AvatarAddress } from '../users/users.presenter.ts';
import type { Member } from './rooms.model.ts';

type Deps = {
  read: Queries;
  clock: Clock;
  presence: Presence;
  realtime: Realtime;
  avatarAddress: AvatarAddress;
  /** Something about who is in the room has changed. */
  changed(chatId: number): void;
};

export type RoomNews = ReturnType<typeof createRoomNews>;

/** Who is in a room, and the telling of it. */
export function createRoomNews({ read, clock, presence, realtime, avatarAddress, changed }: Deps) {
  /** By chat: the people that the next telling is about. */
  const next = new Map<number, { userIds: Set<number>; told: Promise<void> }>();
  /** By chat: the end of the last telling. */
  const last = new Map<number, Promise<void>>();

  /** Those of these people who are in the room, with their sessions' keys. */
  async function presentMembers(chatId: number, userIds: readonly number[]): Promise<Member[]> {
    const people = new Map((await chatMembers.listPeople(read, userIds)).map((person) => [person.id, person]));
    const sessions = (await presence.sessionsIn(chatId)).filter(({ userId }) => people.has(userId));
    const ids = sessions.map(({ sessionId }) => sessionId);
    const registered = await listRegistered(read, ids, clock.now());
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

  async function publish(chatId: number, userIds: number[]): Promise<void> {
    const joined = await presentMembers(chatId, userIds);
    const here = new Set(joined.map(({ id }) => id));
    const left = userIds.filter((id) => !here.has(id));
    const count = await presence.countUsers(chatId);
    realtime.publish(chatRoom(chatId), 'room:members', { chat_id: chatId, joined, left, count });
    changed(chatId);
  }

  return {
    presentMembers,

    /**
     * Tells the room how someone stands: here, with these sessions, or not. One piece of news after the other, each read
     * from what is true then, so that the last one is right whatever raced. What comes meanwhile goes out together.
     */
    tell(chatId: number, userId: number): Promise<void> {
      const waiting = next.get(chatId);
      if (waiting) {
        waiting.userIds.add(userId);
        return waiting.told;
      }
      const userIds = new Set([userId]);
      const told = (last.get(chatId) ?? Promise.resolve()).then(() => {
        next.delete(chatId);
        return publish(chatId, [...userIds]);
      });
      next.set(chatId, { userIds, told });
      const end = told.catch(() => {}).finally(() => last.get(chatId) === end && last.delete(chatId));
      last.set(chatId, end);
      return told;
    },
  };
}
