import type { Profile } from './profile.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';

type Member = { password: string; profile: Profile };

export type LoginFailure = 'wrong' | 'locked' | 'connected';

/** The provider `object`: members that live in memory, and whose session is called as they are. */
export class Members {
  readonly #room: Room;
  readonly #members = new Map<string, Member>();

  constructor(room: Room) {
    this.#room = room;
  }

  list(): { id: string; profile: Profile }[] {
    return [...this.#members].map(([id, { profile }]) => ({ id, profile }));
  }

  /** Its session's profile, if it has one: also of a member that is gone. */
  find(id: string): Profile | undefined {
    return this.#room.find(id)?.profile ?? this.#members.get(id)?.profile;
  }

  /** False: there is one of this name. */
  add(id: string, password: string, profile: Profile): boolean {
    if (this.#members.has(id)) return false;
    this.#members.set(id, { password, profile });
    return true;
  }

  /** The session first, then the member, if there is one. */
  update(id: string, profile: Profile): boolean {
    this.#room.update(id, profile);
    const member = this.#members.get(id);
    if (member) member.profile = { ...profile };
    return member !== undefined;
  }

  setPassword(id: string, password: string): boolean {
    const member = this.#members.get(id);
    if (member) member.password = password;
    return member !== undefined;
  }

  remove(id: string): boolean {
    this.#room.delete(id);
    return this.#members.delete(id);
  }

  logIn(id: string, password: string): Session | LoginFailure {
    const member = this.#members.get(id);
    if (!member || member.password !== password) return 'wrong';
    if (!member.profile.is_admin && this.#room.rules.locked_logins) return 'locked';
    const session = this.#room.find(id);
    if (session?.state.is_connected) return 'connected';
    if (session) this.#room.delete(id);
    return this.#room.create(id, member.profile);
  }
}
