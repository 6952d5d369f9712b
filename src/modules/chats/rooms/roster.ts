import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import { type PersonId, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence, PresentSession } from '../../../ports/presence.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { listPeople } from '../chats/members.repository.ts';
import { listRegistered } from '../keys/keys.repository.ts';
import { CROWD } from '../membership/membership.policy.ts';
import type { Voice } from '../voice/voice.ts';
import type { Member } from './rooms.model.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  logger: Logger;
  presence: Pick<Presence, 'sessionsOf' | 'peopleIn' | 'countPeople'>;
  voice: Pick<Voice, 'tell' | 'tellAbout' | 'identitiesIn'>;
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

  /** Those of these people who have sessions in the room, with the keys of these. */
  async function present(
    chatId: number,
    people: readonly PersonId[],
    sessions: readonly PresentSession[],
  ): Promise<Map<PersonId, Member>> {
    const [sessionIds, userIds]: [string[], number[]] = [[], []];
    for (const { sessionId } of sessions) sessionIds.push(sessionId);
    for (const person of people) userIds.push(userIdOf(person) ?? 0);
    const registered = await listRegistered(read, sessionIds, timers.now());
    const found = await listPeople(read, userIds);
    const rows = new Map(found.map((row) => [row.id, row]));
    const keys = new Map(registered.map(({ sessionId, publicKey }) => [sessionId, publicKey]));
    const theirs = Map.groupBy(sessions, ({ person }) => person);
    const identities = voice.identitiesIn(chatId, [...theirs.keys()]);
    const members = new Map<PersonId, Member>();
    for (const person of people) {
      const row = rows.get(userIdOf(person) ?? 0);
      const here = theirs.get(person);
      if (!row || !here) continue;
      members.set(person, {
        id: identities.get(person) ?? 0,
        username: row.username,
        avatar_url: row.avatarUrl && avatarAddress(row.avatarUrl),
        permission_level: row.permissionLevel,
        sessions: here.map(({ sessionId }) => ({ session_id: sessionId, public_key: keys.get(sessionId) ?? null })),
      });
    }
    return members;
  }

  /** As `present`, from the list where it has them: it drops whoever changes. */
  async function known(chatId: number, people: readonly PersonId[], sessions: readonly PresentSession[]) {
    const list = lists.get(chatId);
    const isFresh = list !== undefined && timers.elapsed() - list.readAt < FRESH_MS;
    const shown = isFresh ? people.flatMap((one) => [list.members.get(one) ?? []].flat()) : [];
    return shown.length === people.length
      ? new Map(people.map((one, index) => [one, shown[index] as Member]))
      : present(chatId, people, sessions);
  }

  async function freshList(chatId: number): Promise<List> {
    const known = lists.get(chatId);
    if (known && timers.elapsed() - known.readAt < FRESH_MS) return known;
    const readAt = timers.elapsed();
    const first = (await presence.peopleIn(chatId)).slice(0, SHOWN);
    const list = { members: await present(chatId, first, await presence.sessionsOf(chatId, first)), readAt };
    lists.set(chatId, list);
    return list;
  }

  /** What is true now of those who came or went: whatever raced, the last telling is right. */
  async function publish(chatId: number, { people, newSessions }: News): Promise<void> {
    const here = new Set<PersonId>();
    const sessions = await presence.sessionsOf(chatId, [...people]);
    for (const { person } of sessions) here.add(person);
    const count = await presence.countPeople(chatId);
    const isCrowd = count > CROWD;
    const named = isCrowd ? [...here].slice(0, NAMED_IN_CROWD) : [...here];
    const joined = await known(chatId, named, sessions);
    const left = [
      ...voice
        .identitiesIn(
          chatId,
          [...people].filter((one) => !here.has(one)),
        )
        .values(),
    ];
    voice.tell(chatId, 'room:members', { joined: [...joined.values()], left, count });
    if (!isCrowd) for (const [sessionId, person] of newSessions) tellKey(chatId, person, sessionId, joined.get(person));
  }

  function tellKey(chatId: number, person: PersonId, sessionId: string, member: Member | undefined): void {
    const key = member?.sessions.find(({ session_id }) => session_id === sessionId)?.public_key;
    if (key) voice.tellAbout(chatId, person, 'portal:key_added', { session_id: sessionId, public_key: key });
  }

  /** One telling after the other. */
  function plan(chatId: number, isCrowd: boolean): News {
    const known = next.get(chatId);
    if (known) return known;
    const before = last.get(chatId);
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

  function tell(chatId: number, person: PersonId, isCrowd: boolean, newSessionId?: string): void {
    if (isStopped) return;
    const news = plan(chatId, isCrowd);
    news.people.add(person);
    if (newSessionId !== undefined) news.newSessions.set(newSessionId, person);
    changed(chatId);
  }

  return {
    /** The first of those in the room, a newcomer among them; undefined if they are not there any more. */
    async withNewcomer(chatId: number, person: PersonId, sessionId: string): Promise<Member[] | undefined> {
      const { members } = await freshList(chatId);
      const isThere = (member: Member | undefined) =>
        member?.sessions.some(({ session_id }) => session_id === sessionId) ?? false;
      if (!isThere(members.get(person))) {
        const sessions = await presence.sessionsOf(chatId, [person]);
        const own = (await present(chatId, [person], sessions)).get(person);
        if (!own || !isThere(own)) return undefined;
        if (members.size < SHOWN || members.has(person)) members.set(person, own);
      }
      return [...members.values()];
    },

    /** Someone has come by this session. The room hears of it soon, together with others. */
    came(chatId: number, person: PersonId, sessionId: string, count: number): void {
      tell(chatId, person, count > CROWD, sessionId);
    },

    /** Someone, or one of their sessions, has gone. */
    async gone(chatId: number, person: PersonId): Promise<void> {
      if (lists.get(chatId)?.members.has(person)) lists.delete(chatId);
      tell(chatId, person, (await presence.countPeople(chatId)) > CROWD);
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
