import type { ChatPayloads, KeyRecipient } from '../events.ts';
import type { Member, Participant } from '../wire.ts';
import { type Acquaintances, idOf, type Keys, type Person, recordOf } from './acquaintances.ts';

/** A known person appears with a new key: a new session, or an impostor. */
export type KeyChange = {
  /** Null in a direct chat, where `participant` says who it is. */
  userId: number | null;
  participant?: Participant;
  sessionId: string;
  publicKey: string;
  /** The session's previous key; null for a new session. */
  previousKey: string | null;
};

/** A session that was not in the list before. `isKnown`: its person was. */
export type SessionAdded = Person & Keys & { readonly sessionId: string; readonly isKnown: boolean };

/** A session in the list. `id` is that of its person. */
export type Listed = Person & Keys & { readonly id: string; readonly sessionId: string; readonly isAway: boolean };

export type ListNews = { added: SessionAdded[]; changed: KeyChange[] };

/** From this many members on, the server no longer names each arrival. */
const CROWD = 200;

/**
 * The list of a chat: its members, and the sessions that may have its key, with their public keys. Sessions that have the key
 * and are away are named by the server, and are in it until the epoch ends.
 */
export class MemberList {
  readonly #chatId: number;
  readonly #people: Acquaintances;
  readonly #members = new Map<string, Member>();
  readonly #sessions = new Map<string, Listed>();
  /** Every pair of keys that was in this list, kept after people leave so that a change is noticed when they return. */
  readonly #seen = new Set<string>();
  #count = 0;
  #isFirst: boolean = true;
  #isCrowd: boolean = false;
  #isAwayKnown: boolean = true;

  constructor(chatId: number, people: Acquaintances) {
    this.#chatId = chatId;
    this.#people = people;
  }

  get all(): Member[] {
    return [...this.#members.values()];
  }

  /** The number of members; the list holds 200 at a join. */
  get count(): number {
    return this.#count;
  }

  /** The sessions in the list, of those who are away as well. */
  get sessions(): Listed[] {
    return [...this.#sessions.values()];
  }

  /** False in a crowd, of which only a part is named. */
  get isWhole(): boolean {
    return this.#members.size >= this.#count && this.#isAwayKnown;
  }

  /** Too many people for each to be named, as the list itself shows. */
  get isCrowd(): boolean {
    return this.#isCrowd;
  }

  find(sessionId: string): Listed | undefined {
    return this.#sessions.get(sessionId);
  }

  /** The listed session with this id and public key. */
  match(sessionId: string, publicKey: string): Listed | undefined {
    const listed = this.#sessions.get(sessionId);
    return listed?.publicKey === publicKey ? listed : undefined;
  }

  /** True for a key that is in the list for this person, or was and is kept. */
  hasSigned(person: Person, signingKey: string): boolean {
    return this.#people.hasSigned(idOf(this.#chatId, person), signingKey);
  }

  /** Replaces the list with the one from a join. `away`: who has the key and is not in the room, and whether there are more. */
  reset(members: Member[], count: number, away: readonly KeyRecipient[] = [], isMoreAway = false): ListNews {
    const before = new Map(this.#sessions);
    this.#members.clear();
    this.#sessions.clear();
    this.#count = count;
    this.#isAwayKnown = !isMoreAway;
    const news = joined([
      ...members.map((member) => this.#put(member, before)),
      ...away.map((recipient) => this.#putAway(recipient, before)),
    ]);
    this.#isFirst = false;
    this.#lookForCrowd();
    return news;
  }

  /** Changes. `away`: sessions of these people that have the key and are not in the room. */
  apply({ joined: arrived, left, count, away = [] }: ChatPayloads['room:members']): ListNews {
    const before = new Map(this.#sessions);
    for (const userId of left) this.#drop(idOf(this.#chatId, { userId }));
    this.#count = count;
    const news = joined([
      ...arrived.map((member) => this.#put(member, before)),
      ...away.map((recipient) => this.#putAway(recipient, before)),
    ]);
    this.#lookForCrowd();
    return news;
  }

  /** Adds a newly registered key, or an absent member's session that is about to get the chat key. */
  addKey(added: KeyRecipient): ListNews {
    const { session_id, public_key, signing_key = null } = added;
    const person = personOf(added);
    const member = this.#members.get(idOf(this.#chatId, person));
    const before = new Map(this.#sessions);
    if (!member) return this.#putAway(added, before);
    const others = member.sessions.filter((session) => session.session_id !== session_id);
    return this.#put({ ...member, sessions: [...others, { session_id, public_key, signing_key }] }, before);
  }

  removeKey({ session_id: sessionId, ...rest }: ChatPayloads['portal:key_removed']): void {
    this.#sessions.delete(sessionId);
    const id = idOf(this.#chatId, personOf(rest));
    const member = this.#members.get(id);
    if (!member) return;
    const sessions = member.sessions.filter((session) => session.session_id !== sessionId);
    this.#members.set(id, { ...member, sessions });
  }

  /** The key of the epoch before is worthless: who is away has to be named again. */
  forgetAway(): void {
    for (const { sessionId, isAway } of this.sessions) if (isAway) this.#sessions.delete(sessionId);
  }

  #drop(id: string): void {
    for (const { session_id } of this.#members.get(id)?.sessions ?? []) this.#sessions.delete(session_id);
    this.#members.delete(id);
  }

  #put(member: Member, before: ReadonlyMap<string, Listed>): ListNews {
    const person = personOf({ user_id: member.id, ...member });
    const id = idOf(this.#chatId, person);
    this.#drop(id);
    this.#members.set(id, member);
    const listed = member.sessions.flatMap(({ session_id: sessionId, public_key: publicKey, signing_key }) =>
      publicKey === null ? [] : [{ ...person, id, sessionId, publicKey, signingKey: signing_key ?? null }],
    );
    return this.#enlist(id, listed, false, before);
  }

  #putAway(recipient: KeyRecipient, before: ReadonlyMap<string, Listed>): ListNews {
    const { session_id: sessionId, public_key: publicKey, signing_key: signingKey = null } = recipient;
    const person = personOf(recipient);
    const id = idOf(this.#chatId, person);
    const isAway = !this.#members.get(id)?.sessions.some(({ session_id }) => session_id === sessionId);
    return this.#enlist(id, [{ ...person, id, sessionId, publicKey, signingKey }], isAway, before);
  }

  #enlist(
    id: string,
    sessions: readonly Omit<Listed, 'isAway'>[],
    isAway: boolean,
    before: ReadonlyMap<string, Listed>,
  ): ListNews {
    const news: ListNews = { added: [], changed: [] };
    // Keys that arrive together with a new person are not changes.
    const isKnown = this.#people.knows(id);
    for (const listed of sessions) {
      const { id: _, ...about } = listed;
      const previous = before.get(listed.sessionId);
      const isFamiliar = this.#people.hasSeen(id, listed);
      const isChanged = previous !== undefined && recordOf(previous) !== recordOf(listed);
      const wasHere = this.#seen.has(`${id} ${recordOf(listed)}`);
      this.#sessions.set(listed.sessionId, { ...listed, isAway });
      this.#seen.add(`${id} ${recordOf(listed)}`);
      this.#people.note(id, listed);
      if (isChanged || (isKnown && !isFamiliar)) news.changed.push(changeOf(about, previous));
      // At the first join everyone is new.
      if (!wasHere && previous === undefined && !this.#isFirst) news.added.push({ ...about, isKnown });
    }
    return news;
  }

  #lookForCrowd(): void {
    this.#isCrowd = this.#members.size < this.#count && (this.#isCrowd || this.#members.size >= CROWD);
  }
}

function joined(all: readonly ListNews[]): ListNews {
  return { added: all.flatMap(({ added }) => added), changed: all.flatMap(({ changed }) => changed) };
}

function personOf({ user_id: userId, participant }: { user_id: number | null; participant?: Participant }): Person {
  return participant === undefined ? { userId } : { userId, participant };
}

function changeOf(
  { userId, participant, sessionId, publicKey }: Person & Keys & { sessionId: string },
  previous: Listed | undefined,
): KeyChange {
  const person = participant === undefined ? { userId } : { userId, participant };
  return { ...person, sessionId, publicKey, previousKey: previous?.publicKey ?? null };
}
