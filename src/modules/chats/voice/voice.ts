import type { Pair } from '../../../core/pair.ts';
import { type PersonId, userIdOf } from '../../../core/principal.ts';
import { keyedHash } from '../../../core/secrets.ts';
import type { Realtime } from '../../../ports/realtime.ts';

/** The room of a chat's sockets. No other file builds its name. */
export const chatRoom = (chatId: number): string => `chat:${chatId}`;
const participantRoom = (chatId: number, number: 1 | 2): string => `chat:${chatId}:${number}`;
/** The sockets that watch the chat's shared browser: some of those in its room. */
const watchersRoom = (chatId: number): string => `chat:${chatId}:watchers`;

/** How a chat names a person: by user id, or in a direct chat by participant. */
export type NamedPerson = { user_id: number } | { user_id: null; participant: 1 | 2 };

type Joining = { join(room: string): void };
type Leaving = { leave(room: string): void };
type Being = { isIn(room: string): boolean };
type Deps = { realtime: Realtime; directPeople: Pick<DirectPeople, 'find' | 'has' | 'pseudonymOf'> };

export type Voice = ReturnType<typeof createVoice>;

/**
 * The only way to send events to a chat. It names each person and session as this chat knows them: in a direct chat,
 * one use of a user or session id would give a person away.
 */
export function createVoice({ realtime, directPeople }: Deps) {
  function numberIn(chatId: number, person: PersonId): 1 | 2 | undefined {
    return directPeople.find(chatId)?.find((one) => one.person === person)?.number;
  }

  /** Throws for a person who is not a participant of a direct chat, and for a stranger in a group chat. */
  function named(chatId: number, person: PersonId): NamedPerson {
    if (directPeople.has(chatId)) {
      const participant = numberIn(chatId, person);
      if (participant === undefined) throw new Error('this person is not in the direct chat');
      return { user_id: null, participant };
    }
    const userId = userIdOf(person);
    if (userId === undefined) throw new Error('a stranger has no identity in a group chat');
    return { user_id: userId };
  }

  function sessionIn(chatId: number, sessionId: string): string {
    return directPeople.has(chatId) ? directPeople.pseudonymOf(chatId, sessionId) : sessionId;
  }

  function about(chatId: number, person: PersonId, payload: object): object {
    const session =
      'session_id' in payload && typeof payload.session_id === 'string'
        ? { session_id: sessionIn(chatId, payload.session_id) }
        : {};
    return { chat_id: chatId, ...named(chatId, person), ...payload, ...session };
  }

  return {
    named,
    sessionIn,

    /** Whether the chat is a direct one. */
    isDirect: (chatId: number): boolean => directPeople.has(chatId),

    /** Whether the chat is a direct one of this person. */
    isDirectOf: (chatId: number, person: PersonId): boolean => numberIn(chatId, person) !== undefined,

    /** Sends to everyone in the room. */
    tell(chatId: number, event: string, payload: object): void {
      realtime.publish(chatRoom(chatId), event, { chat_id: chatId, ...payload });
    },

    /** Sends to each participant of a direct chat what `view` makes for them. */
    tellEach(chatId: number, event: string, view: (participant: 1 | 2) => object): void {
      for (const number of [1, 2] as const)
        realtime.publish(participantRoom(chatId, number), event, { chat_id: chatId, ...view(number) });
    },

    /** Sends to everyone in the room, about one person. A `session_id` becomes the session's name in this chat. */
    tellAbout(chatId: number, person: PersonId, event: string, payload: object): void {
      realtime.publish(chatRoom(chatId), event, about(chatId, person, payload));
    },

    /** As `tellAbout`, except to the person's own sockets in `ownRoom`. */
    tellOthersAbout(chatId: number, person: PersonId, ownRoom: string, event: string, payload: object): void {
      realtime.publishExcept(chatRoom(chatId), ownRoom, event, about(chatId, person, payload));
    },

    /** Whether the socket is subscribed to the chat. */
    hears: (chatId: number, socket: Being): boolean => socket.isIn(chatRoom(chatId)),

    /** Sends to the sockets that watch the chat's browser. */
    tellWatchers(chatId: number, event: string, payload: object): void {
      realtime.publish(watchersRoom(chatId), event, { chat_id: chatId, ...payload });
    },

    /** As `tellWatchers`, about one person and except to their own sockets in `ownRoom`. */
    tellOtherWatchersAbout(chatId: number, person: PersonId, ownRoom: string, event: string, payload: object): void {
      realtime.publishExcept(watchersRoom(chatId), ownRoom, event, about(chatId, person, payload));
    },

    /** Lets a socket of the room watch. Whatever takes it out of the room ends that, too. */
    admitWatcher: (chatId: number, socket: Joining): void => socket.join(watchersRoom(chatId)),

    dismissWatcher: (chatId: number, socket: Leaving): void => socket.leave(watchersRoom(chatId)),

    /** The browser is off: no socket watches it. */
    dismissAllWatchers: (chatId: number): void => realtime.removeFrom(watchersRoom(chatId), watchersRoom(chatId)),

    watches: (chatId: number, socket: Being): boolean => socket.isIn(watchersRoom(chatId)),

    /** Subscribes the socket to the chat. */
    admit(chatId: number, socket: Joining, person: PersonId): void {
      const number = numberIn(chatId, person);
      socket.join(chatRoom(chatId));
      if (number !== undefined) socket.join(participantRoom(chatId, number));
    },

    /** Subscribes every socket in the room `of`, which belongs to this participant of a direct chat. */
    admitAllOf(chatId: number, of: string, participant: 1 | 2): void {
      realtime.addTo(chatRoom(chatId), of);
      realtime.addTo(participantRoom(chatId, participant), of);
    },

    /** Unsubscribes the socket from the chat. */
    dismiss(chatId: number, socket: Leaving): void {
      socket.leave(chatRoom(chatId));
      socket.leave(watchersRoom(chatId));
      if (directPeople.has(chatId)) for (const number of [1, 2] as const) socket.leave(participantRoom(chatId, number));
    },

    /** Unsubscribes every socket in the room `of` from the chat. */
    dismissAllOf(chatId: number, of: string): void {
      realtime.removeFrom(chatRoom(chatId), of);
      realtime.removeFrom(watchersRoom(chatId), of);
    },

    /** Unsubscribes every socket from the chat. */
    close(chatId: number): void {
      realtime.removeFrom(watchersRoom(chatId), watchersRoom(chatId));
      realtime.removeFrom(chatRoom(chatId), chatRoom(chatId));
      for (const number of [1, 2] as const)
        realtime.removeFrom(participantRoom(chatId, number), participantRoom(chatId, number));
    },
  };
}

export type DirectPeople = ReturnType<typeof createDirectPeople>;

/**
 * Who is who in each direct chat, live or archived. Held in memory, because whatever is sent to such a chat must name
 * its people by their numbers; a chat enters with its first event, `direct.began`.
 */
export function createDirectPeople({ secret }: { secret: Uint8Array }) {
  const pairs = new Map<number, Pair>();
  const chatsOf = new Map<PersonId, Set<number>>();

  return {
    add(chatId: number, pair: Pair): void {
      pairs.set(chatId, pair);
      for (const { person } of pair) chatsOf.set(person, (chatsOf.get(person) ?? new Set()).add(chatId));
    },

    remove(chatId: number): void {
      for (const { person } of pairs.get(chatId) ?? []) {
        chatsOf.get(person)?.delete(chatId);
        if (chatsOf.get(person)?.size === 0) chatsOf.delete(person);
      }
      pairs.delete(chatId);
    },

    /** The two people of a direct chat; undefined for any other chat. */
    find: (chatId: number): Pair | undefined => pairs.get(chatId),

    has: (chatId: number): boolean => pairs.has(chatId),

    /** Everyone in a direct chat, live or archived. */
    everyone: (): Iterable<PersonId> => chatsOf.keys(),

    /** The direct chats of a person, live and archived. */
    chatsOf: (person: PersonId): number[] => [...(chatsOf.get(person) ?? [])],

    /** The name of a session in this chat alone: it matches nothing elsewhere. */
    pseudonymOf(chatId: number, sessionId: string): string {
      return keyedHash(secret, `session of a direct chat\0${chatId}\0${sessionId}`).toString('base64url').slice(0, 22);
    },
  };
}
