import type { ChatPayloads, KeyRecipient } from '../events.ts';
import type { Member } from '../wire.ts';

/** A known user appears with a new key: a new session, or an impostor. */
export type KeyChange = {
  userId: number;
  sessionId: string;
  publicKey: string;
  /** The session's previous key; null for a new session. */
  previousKey: string | null;
};

/** The members of a chat, with the public keys of their sessions. */
export class MemberList {
  readonly #members = new Map<number, Member>();
  /** Every key seen per user, kept after they leave so that a change is noticed when they return. */
  readonly #seen = new Map<number, Set<string>>();
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
    return members.flatMap((member) => this.#put(member, known.get(member.id)));
  }

  apply({ joined, left, count }: ChatPayloads['room:members']): KeyChange[] {
    for (const userId of left) this.#members.delete(userId);
    this.#count = count;
    return joined.flatMap((member) => this.#put(member, this.#members.get(member.id)));
  }

  /** Adds a key that was registered, or that the server asks to seal for. */
  addKey({ user_id: userId, session_id: sessionId, public_key: publicKey }: KeyRecipient): KeyChange[] {
    const member = this.#members.get(userId);
    const previousKey = keyOf(member, sessionId);
    if (member) {
      const others = member.sessions.filter((session) => session.session_id !== sessionId);
      const sessions = [...others, { session_id: sessionId, public_key: publicKey }];
      this.#members.set(userId, { ...member, sessions });
    }
    return this.#see({ userId, sessionId, publicKey, previousKey });
  }

  removeKey({ user_id: userId, session_id: sessionId }: ChatPayloads['portal:key_removed']): void {
    const member = this.#members.get(userId);
    if (!member) return;
    const sessions = member.sessions.filter((session) => session.session_id !== sessionId);
    this.#members.set(userId, { ...member, sessions });
  }

  #put(member: Member, known: Member | undefined): KeyChange[] {
    this.#members.set(member.id, member);
    // Keys that arrive together with a new user are not changes.
    const isFirstSight = !this.#seen.has(member.id);
    const changes = member.sessions.flatMap(({ session_id: sessionId, public_key: publicKey }) =>
      publicKey === null
        ? []
        : this.#see({ userId: member.id, sessionId, publicKey, previousKey: keyOf(known, sessionId) }),
    );
    return isFirstSight ? [] : changes;
  }

  #see(change: KeyChange): KeyChange[] {
    const seen = this.#seen.get(change.userId);
    if (seen?.has(change.publicKey)) return [];
    this.#seen.set(change.userId, (seen ?? new Set()).add(change.publicKey));
    return seen ? [change] : [];
  }
}

function keyOf(member: Member | undefined, sessionId: string): string | null {
  return member?.sessions.find((session) => session.session_id === sessionId)?.public_key ?? null;
}
