import type { Beat, Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import { JsonText } from '../../../core/json-text.ts';
import type { Logger } from '../../../core/logger.ts';
import { type PersonId, personOfUser, type UserPrincipal, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence, PresentSession } from '../../../ports/presence.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import { CROWD } from '../membership/membership.policy.ts';
import type { Voice } from '../voice/voice.ts';
import type { Away } from './away.ts';
import type { Member } from './rooms.model.ts';
import { listSessionsWithPeople } from './roster.repository.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  beat: Pick<Beat, 'tell'>;
  logger: Logger;
  presence: Pick<Presence, 'sessionsOf' | 'peopleIn' | 'countPeople'>;
  voice: Pick<Voice, 'tell' | 'tellAbout'>;
  avatarAddress: AvatarAddress;
  away: Pick<Away, 'ofPeople'>;
  /** The people in the room have changed. */
  changed(chatId: number): void;
};

/** The maximum length of a full member list; the longest-present come first. */
const SHOWN = 200;
/** In a crowd, only this many arrivals per second are named. The count includes all. */
const NAMED_IN_CROWD = 20;
/** Arrivals and departures within this time are sent together. */
const GATHER_MS = 50;
/** How stale the names, pictures and levels in a list may be. */
const FRESH_MS = SECOND_MS;

/** `left`: those of the people of whom a session left. */
type News = { people: Set<PersonId>; left: Set<PersonId>; newSessions: Set<string>; cancel: Cancel };

export type Roster = ReturnType<typeof createRoster>;
/** A list of members, and whether it names a session. */
type Shown = { text: JsonText<Member[]>; has(sessionId: string): boolean };

/** The people in a room as its members see each other, and the broadcast of arrivals and departures. */
export function createRoster(deps: Deps) {
  const { read, timers, beat, logger, presence, voice, avatarAddress, changed } = deps;
  /** By chat: the next broadcast. */
  const next = new Map<number, News>();
  /** By chat: the last broadcast. */
  const last = new Map<number, Promise<void>>();
  /** By chat: the cached list, updated in place while it is fresh. */
  const lists = new Map<number, RosterList>();
  let isStopped = false;

  /** The people behind these sessions, in order, each with those of them that are theirs. */
  async function peopleOf(sessions: readonly PresentSession[]): Promise<Map<PersonId, Member>> {
    const now = timers.now();
    const ids = sessions.map(({ sessionId }) => sessionId);
    const members = new Map<PersonId, Member>();
    for (const row of await listSessionsWithPeople(read, ids)) {
      const person = personOfUser(row.userId);
      const isLive = row.expiresAt > now;
      const session = {
        session_id: row.sessionId,
        public_key: isLive ? row.publicKey : null,
        signing_key: isLive ? row.signingKey : null,
      };
      const known = members.get(person);
      if (known) known.sessions.push(session);
      else
        members.set(person, {
          id: row.userId,
          username: row.username,
          avatar_url: row.avatarUrl && avatarAddress(row.avatarUrl),
          permission_level: row.permissionLevel,
          sessions: [session],
        });
    }
    return members;
  }

  /** As `peopleOf`, but of these people alone, and from the cached list where possible: it drops a person whose data changes. */
  async function known(chatId: number, people: readonly PersonId[], sessions: readonly PresentSession[]) {
    const list = lists.get(chatId);
    const isFresh = list !== undefined && timers.elapsed() - list.readAt < FRESH_MS;
    const shown = isFresh ? people.flatMap((one) => list.get(one) ?? []) : [];
    if (shown.length === people.length) return new Map(people.map((one, index) => [one, shown[index] as Member]));
    const those = new Set(people);
    return peopleOf(sessions.filter(({ person }) => those.has(person)));
  }

  async function freshList(chatId: number): Promise<RosterList> {
    const known = lists.get(chatId);
    if (known && timers.elapsed() - known.readAt < FRESH_MS) return known;
    const readAt = timers.elapsed();
    const first = (await presence.peopleIn(chatId)).slice(0, SHOWN);
    const list = new RosterList(await peopleOf(await presence.sessionsOf(chatId, first)), readAt);
    lists.set(chatId, list);
    return list;
  }

  /** Broadcasts the state as it is now. In a race, the last broadcast is therefore correct. */
  async function publish(chatId: number, { people, left: departed, newSessions }: News): Promise<void> {
    const here = new Set<PersonId>();
    const sessions = await presence.sessionsOf(chatId, [...people]);
    for (const { person } of sessions) here.add(person);
    const count = await presence.countPeople(chatId);
    const isCrowd = count > CROWD;
    const named = isCrowd ? [...here].slice(0, NAMED_IN_CROWD) : [...here];
    const joined = await known(chatId, named, sessions);
    const left = [...people].filter((one) => !here.has(one)).map((one) => userIdOf(one) ?? 0);
    // Of the others, the room knows already who is away.
    const away = isCrowd || departed.size === 0 ? [] : await deps.away.ofPeople(chatId, departed, sessions);
    const members = { joined: [...joined.values()], left, count };
    voice.tell(chatId, 'room:members', away.length > 0 ? { ...members, away } : members);
    if (isCrowd) return;
    for (const [person, member] of joined)
      for (const session of member.sessions)
        if (newSessions.has(session.session_id) && session.public_key)
          voice.tellAbout(chatId, person, 'portal:key_added', session);
  }

  function plan(chatId: number, isCrowd: boolean): News {
    const known = next.get(chatId);
    if (known) return known;
    const act = () => void go(chatId, news);
    const cancel = isCrowd ? beat.tell(act) : timers.after(GATHER_MS, act);
    const news: News = { people: new Set(), left: new Set(), newSessions: new Set(), cancel };
    next.set(chatId, news);
    return news;
  }

  /** Broadcasts of one chat never overlap. */
  async function go(chatId: number, news: News): Promise<void> {
    next.delete(chatId);
    const told = (last.get(chatId) ?? Promise.resolve())
      .then(() => publish(chatId, news))
      .catch((error: unknown) => logger.error('broadcasting room members failed', { chat_id: chatId, error }));
    last.set(chatId, told);
    await told;
    if (last.get(chatId) === told) last.delete(chatId);
  }

  function tell(chatId: number, person: PersonId, isCrowd: boolean, newSessionId?: string): void {
    if (isStopped) return;
    const news = plan(chatId, isCrowd);
    news.people.add(person);
    if (newSessionId === undefined) news.left.add(person);
    else news.newSessions.add(newSessionId);
    changed(chatId);
  }

  return {
    /**
     * The first people in the room, and the newcomer, in place of the last one if the list is full. Undefined if the
     * newcomer has left already.
     */
    async withNewcomer(chatId: number, who: UserPrincipal): Promise<Shown | undefined> {
      const person = personOfUser(who.userId);
      const list = await freshList(chatId);
      if (list.get(person)?.sessions.some(({ session_id }) => session_id === who.sessionId)) return list;
      const sessions = await presence.sessionsOf(chatId, [person]);
      if (!sessions.some(({ sessionId }) => sessionId === who.sessionId)) return undefined;
      const own = (await peopleOf(sessions)).get(person);
      if (!own) return undefined;
      if (list.size >= SHOWN && !list.get(person)) return list.endingWith(own);
      list.set(person, own);
      return list;
    },

    /** A session entered the room. The broadcast is delayed slightly, to combine it with others. */
    came(chatId: number, person: PersonId, sessionId: string, count: number): void {
      tell(chatId, person, count > CROWD, sessionId);
    },

    /** A person, or one of their sessions, left the room. */
    async gone(chatId: number, person: PersonId): Promise<void> {
      if (lists.get(chatId)?.get(person)) lists.delete(chatId);
      tell(chatId, person, (await presence.countPeople(chatId)) > CROWD);
    },

    /** The chat is gone. */
    close(chatId: number): void {
      lists.delete(chatId);
    },

    /** Drops the cached data of this person. */
    forget(person: PersonId): void {
      for (const [chatId, list] of lists) if (list.get(person)) lists.delete(chatId);
    },

    /** Cancels pending broadcasts. */
    stop(): void {
      isStopped = true;
      for (const { cancel } of next.values()) cancel();
    },
  };
}

/** The members that everyone who joins a room is shown, read at one time. Encoded once, not for each of them. */
class RosterList {
  readonly readAt: number;
  readonly #members: Map<PersonId, Member>;
  readonly #sessionIds = new Set<string>();
  #text: JsonText<Member[]> | undefined;
  #textButLast: JsonText<Member[]> | undefined;

  constructor(members: Map<PersonId, Member>, readAt: number) {
    this.#members = members;
    this.readAt = readAt;
    for (const member of members.values()) this.#note(member);
  }

  get size(): number {
    return this.#members.size;
  }

  get(person: PersonId): Member | undefined {
    return this.#members.get(person);
  }

  /** Whether a session is in the list. */
  has(sessionId: string): boolean {
    return this.#sessionIds.has(sessionId);
  }

  set(person: PersonId, member: Member): void {
    const before = this.#members.get(person);
    for (const { session_id } of before?.sessions ?? []) this.#sessionIds.delete(session_id);
    this.#note(member);
    this.#members.set(person, member);
    this.#text = before === undefined && this.#text ? appended(this.#text, member) : undefined;
    this.#textButLast = undefined;
  }

  /** All members, longest-present first. */
  get text(): JsonText<Member[]> {
    this.#text ??= new JsonText(JSON.stringify([...this.#members.values()]));
    return this.#text;
  }

  /** The list with this member in place of the last one. */
  endingWith(member: Member): Shown {
    this.#textButLast ??= new JsonText(JSON.stringify([...this.#members.values()].slice(0, -1)));
    return { text: appended(this.#textButLast, member), has: (sessionId) => this.has(sessionId) };
  }

  #note({ sessions }: Member): void {
    for (const { session_id } of sessions) this.#sessionIds.add(session_id);
  }
}

/** The list with one more member; the old one stays as it is. */
function appended({ text }: JsonText<Member[]>, member: Member): JsonText<Member[]> {
  return new JsonText(`${text === '[]' ? '[' : `${text.slice(0, -1)},`}${JSON.stringify(member)}]`);
}
