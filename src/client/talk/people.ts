import type { ChatRoom, Participant, Who } from '../index.ts';

/** Somebody in the list of a chat. `sessions`: how many of theirs may have the key. */
export type Someone = { who: Who; name: string; isSelf: boolean; isHere: boolean; sessions: number };

/** A person as events name them. */
type Named = { userId: number | null; participant?: Participant | undefined };

/** The people of a chat, and their names: also of those who have left the list of those who are here. */
export class People {
  readonly #room: ChatRoom;
  readonly #names = new Map<string, string>();

  constructor(room: ChatRoom) {
    this.#room = room;
    this.#learn();
    room.on('members', () => this.#learn());
  }

  /** Those who are here first, then those who are away and have the key. */
  get all(): Someone[] {
    const { members, sessions, sessionId } = this.#room;
    const people = new Map<string, Someone>();
    for (const { id, participant, username: name, sessions: own } of members) {
      const person = { userId: id, participant };
      const isSelf = own.some(({ session_id }) => session_id === sessionId);
      people.set(keyOf(person), { who: whoOf(person), name, isSelf, isHere: true, sessions: 0 });
    }
    for (const session of sessions) {
      const name = this.nameOf(session);
      const someone = people.get(keyOf(session)) ?? {
        who: whoOf(session),
        name,
        isSelf: false,
        isHere: false,
        sessions: 0,
      };
      people.set(keyOf(session), { ...someone, sessions: someone.sessions + 1 });
    }
    return [...people.values()];
  }

  nameOf(person: Named): string {
    this.#learn();
    return this.#names.get(keyOf(person)) ?? (person.userId === null ? 'the other one' : `account ${person.userId}`);
  }

  #learn(): void {
    const { members, messages } = this.#room;
    for (const someone of [...messages.map(({ sender }) => sender), ...members])
      if (someone) this.#names.set(keyOf({ userId: someone.id, participant: someone.participant }), someone.username);
  }
}

/** How the library is told which person is meant. */
export function whoOf({ userId, participant }: Named): Who {
  return userId ?? { participant: participant ?? 1 };
}

function keyOf({ userId, participant }: Named): string {
  return userId === null ? `participant ${participant}` : String(userId);
}
