/** What a user may do, by number as on the wire. */
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
  /** The session's public id; its token is known to nobody but the client. */
  sessionId: string;
};

/** An anonymous visitor: a session that belongs to no account. */
export type StrangerPrincipal = { kind: 'stranger'; sessionId: string };

export type BotPrincipal = { kind: 'bot'; botId: number; platform: string; callsPerHour: number };

/** Any client of this instance: it holds the public key and is nobody in particular. */
export type ClientPrincipal = { kind: 'client' };

/** Whoever sits at the machine and uses the command line: may everything. */
export type ConsolePrincipal = { kind: 'console' };

/** The server itself: its timers. */
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

/** Whether the actor is of this level at least. The console is above all. */
export function hasLevel(actor: Principal, level: Level): boolean {
  return actor.kind === 'user' ? actor.level >= level : actor.kind === 'console';
}

/** The user id for an audit entry; null for whoever has none. */
export function actorId(actor: Principal): number | null {
  return actor.kind === 'user' ? actor.userId : null;
}
