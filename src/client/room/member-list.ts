import type { ChatPayloads, KeyRecipient } from '../events.ts';
import type { Member, Participant } from '../wire.ts';

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

/** The user id, or in a direct chat the participant as a negative number. */
type PersonKey = number;

/** The members of a chat, with the public keys of their sessions. */
export class MemberList {
  readonly #members = new Map<PersonKey, Member>();
  /** Every key seen per person, kept after they leave so that a change is noticed when they return. */
  readonly #seen = new Map<PersonKey, Set<string>>();
  #count = 0;

  get all(): Member[] {
    return [...this.#members.values()];
  }

  /** The number of members; the list holds 200 at a join. */
  get count(): number {
    return this.#count;
  }

  publicKeys(): string[] {
    const keys = this.all.flatMap(({ sessions }) => sessions.map(({ public_key }) => public_key));
    return keys.filter((key) => key !== null);
  }

  /** Replaces the list with the one from a join. */
  reset(members: Member[], count: number): KeyChange[] {
    const known = new Map(this.#members);
    this.#members.clear();
    this.#count = count;
    return members.flatMap((member) => this.#put(member, known.get(keyOf(member))));
  }

  apply({ joined, left, count }: ChatPayloads['room:members']): KeyChange[] {
    for (const userId of left) this.#members.delete(userId);
    this.#count = count;
    return joined.flatMap((member) => this.#put(member, this.#members.get(keyOf(member))));
  }

  /** Adds a key that was registered, or that the server asks to seal for. */
  addKey({ user_id: id, session_id, public_key, signing_key = null, ...rest }: KeyRecipient): KeyChange[] {
    const person = { id, ...rest };
    const member = this.#members.get(keyOf(person));
    if (member) {
      const others = member.sessions.filter((session) => session.session_id !== session_id);
      const sessions = [...others, { session_id, public_key, signing_key }];
      this.#members.set(keyOf(person), { ...member, sessions });
    }
    return this.#see(changeOf(person, session_id, public_key, member));
  }

  removeKey({ user_id: id, session_id: sessionId, ...rest }: ChatPayloads['portal:key_removed']): void {
    const key = keyOf({ id, ...rest });
    const member = this.#members.get(key);
    if (!member) return;
    const sessions = member.sessions.filter((session) => session.session_id !== sessionId);
    this.#members.set(key, { ...member, sessions });
  }

  #put(member: Member, known: Member | undefined): KeyChange[] {
    this.#members.set(keyOf(member), member);
    // Keys that arrive together with a new person are not changes.
    const isFirstSight = !this.#seen.has(keyOf(member));
    const changes = member.sessions.flatMap(({ session_id, public_key }) =>
      public_key === null ? [] : this.#see(changeOf(member, session_id, public_key, known)),
    );
    return isFirstSight ? [] : changes;
  }

  #see(change: KeyChange): KeyChange[] {
    const key = keyOf({ id: change.userId, ...change });
    const seen = this.#seen.get(key);
    if (seen?.has(change.publicKey)) return [];
    this.#seen.set(key, (seen ?? new Set()).add(change.publicKey));
    return seen ? [change] : [];
  }
}

type Person = { id: number | null; participant?: Participant };

function keyOf({ id, participant = 1 }: Person): PersonKey {
  return id ?? -participant;
}

/** `known`: the member as listed before. */
function changeOf(person: Person, sessionId: string, publicKey: string, known: Member | undefined): KeyChange {
  const previous = known?.sessions.find((session) => session.session_id === sessionId);
  return {
    userId: person.id,
    ...(person.participant === undefined ? {} : { participant: person.participant }),
    sessionId,
    publicKey,
    previousKey: previous?.public_key ?? null,
  };
}
