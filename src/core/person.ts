declare const PERSON: unique symbol;

/** Somebody who takes part, with or without an account: `u:12` for user 12, `s:4f…` for the stranger behind that session. */
export type PersonId = string & { readonly [PERSON]: true };

/** A user, in all of their sessions. */
export function personOfUser(userId: number): PersonId {
  return `u:${userId}` as PersonId;
}

/** A stranger, who is one session. */
export function personOfStranger(sessionId: string): PersonId {
  return `s:${sessionId}` as PersonId;
}

/** The person behind a session. */
export function personOf({ sessionId, userId }: { sessionId: string; userId?: number | null }): PersonId {
  return userId === null || userId === undefined ? personOfStranger(sessionId) : personOfUser(userId);
}

/** The user's number; undefined for a stranger. */
export function userIdOf(person: PersonId): number | undefined {
  return person.startsWith('u:') ? Number(person.slice(2)) : undefined;
}

/** The stranger's session; undefined for a user. */
export function strangerSessionOf(person: PersonId): string | undefined {
  return person.startsWith('s:') ? person.slice(2) : undefined;
}

/** Reads a {@link PersonId} that was stored or sent; undefined for anything else. */
export function parsePersonId(text: string): PersonId | undefined {
  return /^(?:u:[1-9]\d{0,15}|s:[\w-]{1,128})$/.test(text) ? (text as PersonId) : undefined;
}
