/** A user's level, as on the wire. */
export const Level = { User: 0, Moderator: 1, Admin: 2, Owner: 3 } as const;
export type Level = (typeof Level)[keyof typeof Level];

export const LEVEL_NAMES = ['user', 'moderator', 'admin', 'owner'] as const;

/** A signed-in person. */
export type UserPrincipal = {
  kind: 'user';
  userId: number;
  username: string;
  avatarUrl: string | null;
  level: Level;
  /** The session's public id. Only the client knows the token. */
  sessionId: string;
};

/** An anonymous visitor: a session that belongs to no account. Moderators know it by the signature. */
export type StrangerPrincipal = { kind: 'stranger'; sessionId: string; alias: string; signature: string };

/** Anyone with a session. */
export type Guest = UserPrincipal | StrangerPrincipal;

export type BotPrincipal = { kind: 'bot'; botId: number; platform: string; callsPerHour: number };

/** Any client of this instance, identified only by the public key. */
export type ClientPrincipal = { kind: 'client' };

/** The operator at the command line, with every right. */
export type ConsolePrincipal = { kind: 'console' };

/** The server itself, such as its timers. */
export type SystemPrincipal = { kind: 'system' };

export type Principal =
  | UserPrincipal
  | StrangerPrincipal
  | BotPrincipal
  | ClientPrincipal
  | ConsolePrincipal
  | SystemPrincipal;

export const CONSOLE: ConsolePrincipal = { kind: 'console' };
export const SYSTEM: SystemPrincipal = { kind: 'system' };

/** Whether the actor has at least this level. The console is above all levels. */
export function hasLevel(actor: Principal, level: Level): boolean {
  return actor.kind === 'user' ? actor.level >= level : actor.kind === 'console';
}

/** The user id for an audit entry; null for actors without one. */
export function actorId(actor: Principal): number | null {
  return actor.kind === 'user' ? actor.userId : null;
}

declare const PERSON: unique symbol;

/** A participant, with or without an account: `u:12` for user 12, `s:4f…` for the stranger behind that session. */
export type PersonId = string & { readonly [PERSON]: true };

/** A user, across all of their sessions. */
export function personOfUser(userId: number): PersonId {
  return `u:${userId}` as PersonId;
}

/** A stranger, identified by their only session. */
export function personOfStranger(sessionId: string): PersonId {
  return `s:${sessionId}` as PersonId;
}

/** The person behind a session. */
export function personOf({ sessionId, userId }: { sessionId: string; userId?: number | null | undefined }): PersonId {
  return userId === null || userId === undefined ? personOfStranger(sessionId) : personOfUser(userId);
}

/** The user's id; undefined for a stranger. */
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
