import type { Pair } from '../../../core/pair.ts';
import type { PersonId } from '../../../core/principal.ts';
import { keyedHash } from '../../../core/secrets.ts';

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
