import type { Participant } from '../wire.ts';

/** A person, or one of the two of a direct chat, where `userId` is null. */
export type Person = { readonly userId: number | null; readonly participant?: Participant };
/** A person's keys, base64. */
export type Keys = { readonly publicKey: string; readonly signingKey: string | null };

/** Both as `<public key> <signing key>`. `seen`: the keys of sessions that were in a list, the newest last. */
export type StoredPerson = { readonly seen: readonly string[]; readonly confirmed: readonly string[] };
export type StoredPeople = Readonly<Record<string, StoredPerson>>;

type Known = { seen: Set<string>; confirmed: Set<string> };

/** The most sessions kept of a person. Clients without storage are a new one at each start. */
const KEPT = 200;

/** What this client knows about people: the keys they came with, and the sessions that its user has confirmed. */
export class Acquaintances {
  readonly #people = new Map<string, Known>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** True if a session of this person was in a list before. */
  knows(id: string): boolean {
    return (this.#people.get(id)?.seen.size ?? 0) > 0;
  }

  hasSeen(id: string, keys: Keys): boolean {
    return this.#people.get(id)?.seen.has(recordOf(keys)) ?? false;
  }

  hasSigned(id: string, signingKey: string): boolean {
    for (const record of this.#people.get(id)?.seen ?? []) if (record.endsWith(` ${signingKey}`)) return true;
    return false;
  }

  /** Keeps the keys of a session that is in a list. */
  note(id: string, keys: Keys): void {
    const { seen } = this.#find(id);
    const record = recordOf(keys);
    if (seen.has(record)) return;
    seen.add(record);
    const [oldest] = seen;
    if (seen.size > KEPT && oldest !== undefined) seen.delete(oldest);
    this.#changed();
  }

  isConfirmed(id: string, keys: Keys): boolean {
    return this.#people.get(id)?.confirmed.has(recordOf(keys)) ?? false;
  }

  confirm(id: string, sessions: Iterable<Keys>): void {
    const { confirmed } = this.#find(id);
    for (const keys of sessions) confirmed.add(recordOf(keys));
    this.#changed();
  }

  /** Takes back every confirmation of this person. */
  unconfirm(id: string): void {
    this.#people.get(id)?.confirmed.clear();
    this.#changed();
  }

  /** Drops the two of a direct chat. */
  forgetChat(chatId: number): void {
    for (const participant of [1, 2] as const) this.#people.delete(idOf(chatId, { userId: null, participant }));
  }

  clear(): void {
    this.#people.clear();
  }

  restore(stored: StoredPeople): void {
    for (const [id, { seen, confirmed }] of Object.entries(stored))
      this.#people.set(id, { seen: new Set(seen), confirmed: new Set(confirmed) });
  }

  /** Undefined if nobody is known. */
  toStored(): StoredPeople | undefined {
    if (this.#people.size === 0) return undefined;
    const entries = [...this.#people].map(([id, { seen, confirmed }]) => {
      return [id, { seen: [...seen], confirmed: [...confirmed] }] as const;
    });
    return Object.fromEntries(entries);
  }

  #find(id: string): Known {
    const known = this.#people.get(id) ?? { seen: new Set(), confirmed: new Set() };
    this.#people.set(id, known);
    return known;
  }
}

/** The name of a person in the storage: a user is the same in all chats, a participant is not. */
export function idOf(chatId: number, { userId, participant = 1 }: Person): string {
  return userId === null ? `${chatId}/${participant}` : String(userId);
}

/** A session's two keys as one text. */
export function recordOf({ publicKey, signingKey }: Keys): string {
  return `${publicKey} ${signingKey ?? ''}`;
}
