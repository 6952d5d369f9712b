import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import { type PersonId, userIdOf } from '../../../core/person.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence } from '../../../ports/presence.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { listPeople } from '../chats/members.repository.ts';
import { listRegistered } from '../keys/keys.repository.ts';
import { isCrowdOf } from '../membership/membership.policy.ts';
import type { Voice } from '../voice/voice.ts';
import type { Member } from './rooms.model.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  logger: Logger;
  presence: Pick<Presence, 'sessionsOf' | 'peopleIn' | 'countPeople'>;
  voice: Pick<Voice, 'tell' | 'tellAbout' | 'identityIn'>;
  avatarAddress: AvatarAddress;
  /** Who is in the room has changed. */
  changed(chatId: number): void;
};

/** A whole list of members holds this many, those longest there. */
const SHOWN = 200;
/** Of those who come into a crowd within a second, this many are named; the count has all. */
const NAMED_IN_CROWD = 20;
/** Comings and goings within this time go out together. */
const GATHER_MS = 50;
/** A crowd hears of them this often. */
const CROWD_EVERY_MS = SECOND_MS;
/** Names, pictures and levels in a list may be this old. */
const FRESH_MS = SECOND_MS;

type List = { members: Map<PersonId, Member>; readAt: number };
type News = { people: Set<PersonId>; newSessions: Map<string, PersonId>; cancel: Cancel };

export type Roster = ReturnType<typeof createRoster>;

/** Who is in a room, as its members see each other, and the telling of who came and went. */
export function createRoster(deps: Deps) {
  const { read, timers, logger, presence, voice, avatarAddress, changed } = deps;
  /** By chat: what is to be told next. */
  const next = new Map<number, News>();
  /** By chat: the last telling. */
  const last = new Map<number, { told: Promise<void>; at: number }>();
  /** By chat: its list, kept up to date while it is fresh. */
  const lists = new Map<number, List>();
  let isStopped = false;

  /** Those of these people who are in the room, with their sessions' keys. */
  async function present(chatId: number, people: readonly PersonId[]): Promise<Map<PersonId, Member>> {
    const sessions = await presence.sessionsOf(chatId, people);
    const ids = sessions.map(({ sessionId }) => sessionId);
    const registered = await listRegistered(read, ids, timers.now());
    const rows = new Map(
      (
        await listPeople(
          read,
          people.flatMap((one) => userIdOf(one) ?? []),
        )
      ).map((row) => [row.id, row]),
    );
    const keys = new Map(registered.map(({ sessionId, publicKey }) => [sessionId, publicKey]));
    const theirs = Map.groupBy(sessions, ({ person }) => person);
    const members = new Map<PersonId, Member>();
    for (const person of people) {
      const row = rows.get(userIdOf(person) ?? 0);
      const here = theirs.get(person);
      if (!row || !here) continue;
      members.set(person, {
        id: voice.identityIn(chatId, person),
        username: row.username,
        avatar_url: avatarAddress(row.avatarUrl),
        permission_level: row.permissionLevel,
        sessions: here.map(({ sessionId }) => ({ session_id: sessionId, public_key: keys.get(sessionId) ?? null })),
      });
    }
    return members;
  }

  async function freshList(chatId: number): Promise<List> {
    const known = lists.get(chatId);
    if (known && timers.elapsed() - known.readAt < FRESH_MS) return known;
    const readAt = timers.elapsed();
    const first = (await presence.peopleIn(chatId)).slice(0, SHOWN);
    const list = { members: await present(chatId, first), readAt };
    lists.set(chatId, list);
    return list;
  }

  /** What is true now of those who came or went: whatever raced, the last telling is right. */
  async function publish(chatId: number, { people, newSessions }: News): Promise<void> {
    const here = new Set((await presence.sessionsOf(chatId, [...people])).map(({ person }) => person));
    const left = [...people].filter((one) => !here.has(one)).map((one) => voice.identityIn(chatId, one));
    const count = await presence.countPeople(chatId);
    const isCrowd = isCrowdOf(count);
    const joined = await present(chatId, isCrowd ? [...here].slice(0, NAMED_IN_CROWD) : [...here]);
    voice.tell(chatId, 'room:members', { joined: [...joined.values()], left, count });
    if (!isCrowd) for (const [sessionId, person] of newSessions) tellKey(chatId, person, sessionId, joined.get(person));
  }

  function tellKey(chatId: number, person: PersonId, sessionId: string, member: Member | undefined): void {
    const key = member?.sessions.find(({ session_id }) => session_id === sessionId)?.public_key;
    if (key) voice.tellAbout(chatId, person, 'portal:key_added', { session_id: sessionId, public_key: key });
  }

  /** One telling after the other. */
  async function plan(chatId: number): Promise<News> {
    const before = last.get(chatId);
    const isCrowd = isCrowdOf(await presence.countPeople(chatId));
    const known = next.get(chatId);
    if (known) return known;
    const sinceMs = before === undefined ? Number.POSITIVE_INFINITY : timers.elapsed() - before.at;
    const delayMs = isCrowd ? Math.max(GATHER_MS, CROWD_EVERY_MS - sinceMs) : GATHER_MS;
    const cancel = timers.after(delayMs, () => void go(chatId, news));
    const news: News = { people: new Set(), newSessions: new Map(), cancel };
    next.set(chatId, news);
    return news;
  }

  async function go(chatId: number, news: News): Promise<void> {
    next.delete(chatId);
    const before = last.get(chatId)?.told;
    const told = (async () => {
      await before;
      await publish(chatId, news);
    })().catch((error: unknown) => logger.error('telling who is in a room failed', { chat_id: chatId, error }));
    const entry = { told, at: timers.elapsed() };
    last.set(chatId, entry);
    await told;
    timers.after(CROWD_EVERY_MS, () => last.get(chatId) === entry && last.delete(chatId));
  }

  async function tell(chatId: number, person: PersonId, newSessionId?: string): Promise<void> {
    if (isStopped) return;
    changed(chatId);
    const news = await plan(chatId);
    news.people.add(person);
    if (newSessionId !== undefined) news.newSessions.set(newSessionId, person);
  }

  return {
    /** The first of those in the room, a newcomer among them, and how many there are. */
    async withNewcomer(chatId: number, person: PersonId): Promise<{ members: Member[]; count: number }> {
      const { members } = await freshList(chatId);
      if (members.size < SHOWN || members.has(person))
        for (const [one, member] of await present(chatId, [person])) members.set(one, member);
      return { members: [...members.values()], count: await presence.countPeople(chatId) };
    },

    /** Someone, by this session, has come. The room hears of it soon, together with others. */
    came: (chatId: number, person: PersonId, sessionId: string): Promise<void> => tell(chatId, person, sessionId),

    /** Someone, or one of their sessions, has gone. */
    async gone(chatId: number, person: PersonId): Promise<void> {
      if (lists.get(chatId)?.members.has(person)) lists.delete(chatId);
      await tell(chatId, person);
    },

    /** The room is empty for good. */
    close(chatId: number): void {
      lists.delete(chatId);
    },

    /** What is known of this person is no longer true. */
    forget(person: PersonId): void {
      for (const [chatId, { members }] of lists) if (members.has(person)) lists.delete(chatId);
    },

    /** Tells nothing any more. */
    stop(): void {
      isStopped = true;
      for (const { cancel } of next.values()) cancel();
    },
  };
}
