import { type PersonId, personOfUser, userIdOf } from '../../../core/principal.ts';
import type { Realtime } from '../../../ports/realtime.ts';

/** The room of a chat's sockets. No other file builds its name. */
export const chatRoom = (chatId: number): string => `chat:${chatId}`;

type Joining = { join(room: string): void };
type Leaving = { leave(room: string): void };

export type Voice = ReturnType<typeof createVoice>;

/**
 * The only way to send events to a chat. It names each person as this chat knows them: in a chat with aliases, one
 * direct use of a user id would give a person away.
 */
export function createVoice({ realtime }: { realtime: Realtime }) {
  /** The number by which a chat knows a person: the user id, in group chats. */
  function identityIn(_chatId: number, person: PersonId): number {
    const userId = userIdOf(person);
    if (userId === undefined) throw new Error('a stranger has no identity in a group chat');
    return userId;
  }

  return {
    identityIn,

    /** The same for several people, in order. */
    identitiesIn: (chatId: number, people: readonly PersonId[]): Map<PersonId, number> =>
      new Map(people.map((person) => [person, identityIn(chatId, person)])),

    /** The person behind a number in this chat. */
    personBehind: (_chatId: number, identity: number): PersonId => personOfUser(identity),

    /** Sends to everyone in the room. */
    tell(chatId: number, event: string, payload: object): void {
      realtime.publish(chatRoom(chatId), event, { chat_id: chatId, ...payload });
    },

    /** Sends to everyone in the room, about one person named by `user_id`. */
    tellAbout(chatId: number, person: PersonId, event: string, payload: object): void {
      realtime.publish(chatRoom(chatId), event, { chat_id: chatId, user_id: identityIn(chatId, person), ...payload });
    },

    /** As `tellAbout`, except to the person's own sockets in `ownRoom`. */
    tellOthersAbout(chatId: number, person: PersonId, ownRoom: string, event: string, payload: object): void {
      const told = { chat_id: chatId, user_id: identityIn(chatId, person), ...payload };
      realtime.publishExcept(chatRoom(chatId), ownRoom, event, told);
    },

    /** Subscribes the socket to the chat. */
    admit: (chatId: number, socket: Joining): void => socket.join(chatRoom(chatId)),

    /** Unsubscribes the socket from the chat. */
    dismiss: (chatId: number, socket: Leaving): void => socket.leave(chatRoom(chatId)),

    /** Unsubscribes every socket in the room `of` from the chat. */
    dismissAllOf: (chatId: number, of: string): void => realtime.removeFrom(chatRoom(chatId), of),

    /** Unsubscribes every socket from the chat. */
    close: (chatId: number): void => realtime.removeFrom(chatRoom(chatId), chatRoom(chatId)),
  };
}
