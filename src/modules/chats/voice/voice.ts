import { type PersonId, personOfUser, userIdOf } from '../../../core/principal.ts';
import type { Realtime } from '../../../ports/realtime.ts';

/** The room of a chat's sockets. No other file names it. */
export const chatRoom = (chatId: number): string => `chat:${chatId}`;

type Joining = { join(room: string): void };
type Leaving = { leave(room: string): void };

export type Voice = ReturnType<typeof createVoice>;

/**
 * The one way to speak to a chat. Whoever is named in it is named as this chat may know them: where people meet under an
 * alias, one forgotten place would give them away.
 */
export function createVoice({ realtime }: { realtime: Realtime }) {
  /** The number under which a chat knows a person: in group chats, the user's own. */
  function identityIn(_chatId: number, person: PersonId): number {
    const userId = userIdOf(person);
    if (userId === undefined) throw new Error('a stranger has no identity in a group chat');
    return userId;
  }

  return {
    identityIn,

    /** The same for several people, in their order. */
    identitiesIn: (chatId: number, people: readonly PersonId[]): Map<PersonId, number> =>
      new Map(people.map((person) => [person, identityIn(chatId, person)])),

    /** The person behind a number that this chat knows. */
    personBehind: (_chatId: number, identity: number): PersonId => personOfUser(identity),

    /** To everyone in the room. */
    tell(chatId: number, event: string, payload: object): void {
      realtime.publish(chatRoom(chatId), event, { chat_id: chatId, ...payload });
    },

    /** To everyone in the room, about one person: `user_id` names them. */
    tellAbout(chatId: number, person: PersonId, event: string, payload: object): void {
      realtime.publish(chatRoom(chatId), event, { chat_id: chatId, user_id: identityIn(chatId, person), ...payload });
    },

    /** As `tellAbout`, to everyone but the person; `ownRoom` is that of their sockets. */
    tellOthersAbout(chatId: number, person: PersonId, ownRoom: string, event: string, payload: object): void {
      const told = { chat_id: chatId, user_id: identityIn(chatId, person), ...payload };
      realtime.publishExcept(chatRoom(chatId), ownRoom, event, told);
    },

    /** The socket hears the chat from now on. */
    admit: (chatId: number, socket: Joining): void => socket.join(chatRoom(chatId)),

    /** The socket hears the chat no more. */
    dismiss: (chatId: number, socket: Leaving): void => socket.leave(chatRoom(chatId)),

    /** Nobody who is in the room `of` hears the chat any more. */
    dismissAllOf: (chatId: number, of: string): void => realtime.removeFrom(chatRoom(chatId), of),

    /** Nobody hears the chat any more. */
    close: (chatId: number): void => realtime.removeFrom(chatRoom(chatId), chatRoom(chatId)),
  };
}
