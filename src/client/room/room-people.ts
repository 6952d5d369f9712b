import { safetyNumber } from '../crypto/safety-number.ts';
import type { JoinReply } from '../events.ts';
import type { Member, Participant } from '../wire.ts';
import { idOf, type Person } from './acquaintances.ts';
import { type Listed, type ListNews, MemberList } from './member-list.ts';
import type { RoomDeps, RoomEvents } from './room-events.ts';

/** A user id, or a participant of a direct chat. */
export type Who = number | { readonly participant: Participant };

type Deps = Pick<RoomDeps, 'keyring' | 'keyPair' | 'signer'> & {
  chatId: number;
  emit<Name extends keyof RoomEvents>(name: Name, payload: RoomEvents[Name]): void;
  /** The list has changed, and what is new has been told. */
  changed(): void;
};

/** The people of a chat: who is in the list, who this client is in it, and whom its user has confirmed. */
export class RoomPeople {
  readonly list: MemberList;
  readonly #deps: Deps;
  #self: Person & { sessionId: string } = { userId: 0, sessionId: '' };
  #isKnown: boolean = false;
  /** A key that stands in the list in place of this session's own. */
  #replacedBy: string | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.list = new MemberList(deps.chatId, deps.keyring.people);
  }

  /** The number that this person signs with: the user id, or in a direct chat the participant. */
  get ownNumber(): number {
    return this.#self.userId ?? this.#self.participant ?? 0;
  }

  /** Takes the list of a join. */
  reset({ session_id: sessionId, participant, members, count, away, more_away }: JoinReply): void {
    const isOwn = ({ sessions }: Member) => sessions.some(({ session_id }) => session_id === sessionId);
    this.#self =
      participant === undefined
        ? { userId: members.find(isOwn)?.id ?? 0, sessionId }
        : { userId: null, participant, sessionId };
    const news = this.list.reset(members, count, away, more_away);
    this.#isKnown = true;
    this.#deps.keyring.people.note(idOf(this.#deps.chatId, this.#self), this.#ownKeys);
    this.tell(news);
  }

  /** Tells who is new, before anything is sealed for them. */
  tell({ added, changed }: ListNews): void {
    const { keyPair, emit } = this.#deps;
    const { sessionId: ownId } = this.#self;
    const isOwn = ({ sessionId, publicKey }: { sessionId: string; publicKey: string }) =>
      sessionId === ownId && publicKey === keyPair.publicKey;
    for (const session of added) if (!isOwn(session)) emit('sessionAdded', session);
    for (const change of changed) if (!isOwn(change)) emit('keyChanged', change);
    const own = this.list.find(ownId);
    if (own && own.publicKey !== keyPair.publicKey && own.publicKey !== this.#replacedBy) {
      this.#replacedBy = own.publicKey;
      emit('keyReplaced', { publicKey: own.publicKey });
    }
    this.#deps.changed();
  }

  safetyNumber(): string | undefined {
    if (!this.#isKnown || !this.list.isWhole) return undefined;
    const { sessions } = this.list;
    const isListed = sessions.some(({ publicKey }) => publicKey === this.#deps.keyPair.publicKey);
    return safetyNumber(isListed ? sessions : [...sessions, this.#ownKeys]);
  }

  confirm(who: Who): void {
    this.#deps.keyring.people.confirm(this.#idOf(who), this.#sessionsOf(who));
  }

  unconfirm(who: Who): void {
    this.#deps.keyring.people.unconfirm(this.#idOf(who));
  }

  isConfirmed(who: Who): boolean {
    const { people } = this.#deps.keyring;
    const sessions = this.#sessionsOf(who);
    return sessions.length > 0 && sessions.every((session) => people.isConfirmed(session.id, session));
  }

  get #ownKeys() {
    return { publicKey: this.#deps.keyPair.publicKey, signingKey: this.#deps.signer.publicKey ?? null };
  }

  #idOf(who: Who): string {
    return idOf(this.#deps.chatId, typeof who === 'number' ? { userId: who } : { userId: null, ...who });
  }

  #sessionsOf(who: Who): Listed[] {
    const id = this.#idOf(who);
    return this.list.sessions.filter((session) => session.id === id);
  }
}
