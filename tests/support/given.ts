import { eq } from 'drizzle-orm';
import type { createPortal } from '../../src/app/create-portal.ts';
import {
  CONSOLE,
  type Level,
  Level as Levels,
  personOf,
  personOfUser,
  type UserPrincipal,
} from '../../src/core/principal.ts';
import { updateChat } from '../../src/modules/chats/chats/chats.repository.ts';
import { chatBans, type Visibility } from '../../src/modules/chats/chats/chats.tables.ts';
import { addMember, saveVisit } from '../../src/modules/chats/chats/members.repository.ts';
import { findKeyState, saveBlob } from '../../src/modules/chats/keys/keys.repository.ts';
import { insertIdentity } from '../../src/modules/people/users/users.repository.ts';
import { users } from '../../src/modules/people/users/users.tables.ts';
import type { TestTimers } from './test-timers.ts';

type Portal = Awaited<ReturnType<typeof createPortal>>;
export type Person = { id: number; username: string; token: string; sessionId: string };
export type Visitor = { token: string; sessionId: string; alias: string; signature: string };
export type Chat = { id: number; name: string; owner: Person };
type GivenChat = { owner?: Person; name?: string; visibility?: Visibility; slug?: string };

/** A user, or a stranger, who has no id. */
type Someone = { id?: number; sessionId: string };

let names = 0;

/** Test data, made by the program's own services. */
export function createGiven({ modules, database, adapters }: Portal, timers: TestTimers) {
  const { users: accounts, registration, sessions, strangers, botManagement } = modules;
  const { units } = database;

  /** An account with an open session. */
  async function person({
    username = `person_${++names}`,
    level = Levels.User as Level,
    premium = false,
  } = {}): Promise<Person> {
    return database.units.run('given person', async (unit) => {
      const subscription = premium ? { tier: 3 as const } : {};
      const row = await registration.create(unit, { username, level, ...subscription, actor: CONSOLE });
      const session = await sessions.open(unit.db, row, { ip: '127.0.0.1', userAgent: 'test' });
      return { id: row.id, username, token: session.token, sessionId: session.sessionId };
    });
  }

  /** A chat, private unless said otherwise, and its owner. */
  async function chat({ owner, name = 'Movie night', visibility, slug }: GivenChat = {}): Promise<Chat> {
    const keeper = owner ?? (await person({ premium: true }));
    const { id } = await modules.chats.create(principalOf(keeper), { name });
    if (visibility) {
      const change = { visibility, slug: slug ?? `slug-${id}`, updatedAt: timers.now() };
      await units.run('given visibility', ({ db }) => updateChat(db, id, change));
    }
    return { id, name, owner: keeper };
  }

  /** A direct chat of two, and their tokens. Users have an id, strangers only a session. */
  async function direct(
    one: Someone,
    other: Someone,
    interests = ['music'],
  ): Promise<{ id: number; tokens: [string, string] }> {
    const sideOf = ({ id, sessionId }: Someone) => ({
      person: personOf({ sessionId, userId: id }),
      sessionId,
      countryCode: null,
    });
    const id = await modules.direct.begin([sideOf(one), sideOf(other)], interests);
    const [first, second] = [await modules.direct.foundOf(id, 1), await modules.direct.foundOf(id, 2)];
    if (!first || !second) throw new Error('the direct chat is not there');
    return { id, tokens: [first.token, second.token] };
  }

  return {
    person,
    chat,
    direct,
    premium: (username?: string) => person({ ...(username ? { username } : {}), premium: true }),
    admin: () => person({ level: Levels.Admin }),
    moderator: () => person({ level: Levels.Moderator }),
    owner: () => person({ level: Levels.Owner }),

    /** Another session of the same account. */
    async session({ id }: { id: number }): Promise<{ token: string; sessionId: string }> {
      return database.units.run('given session', async ({ db }) => {
        const row = await accounts.require(db, id);
        return sessions.open(db, row, { ip: '127.0.0.1', userAgent: 'test' });
      });
    },

    /** A bot and its key. */
    async bot(platform = 'discord', perHour = 1000): Promise<{ id: number; apiKey: string }> {
      const owner = await person();
      const { bot, api_key } = await botManagement.register(CONSOLE, {
        name: 'Doorkeeper',
        owner_id: owner.id,
        platform,
        rate_limit_per_hour: perHour,
      });
      return { id: bot.id, apiKey: api_key };
    },

    /** Someone without an account. */
    async stranger(ip = '127.0.0.1'): Promise<Visitor> {
      const { arrived, token } = await strangers.arrive({ ip, userAgent: 'test' });
      const principal = await sessions.require(token);
      if (principal.kind !== 'stranger') throw new Error('not a stranger');
      return { token, alias: arrived.alias, sessionId: principal.sessionId, signature: principal.signature };
    },

    /** Links the person to an identity on a chat platform. */
    async identity({ id }: { id: number }, platform: string, platformUserId: string): Promise<void> {
      const identity = { platform, platformUserId, userId: id, linkedAt: timers.now() };
      await units.run('given identity', ({ db }) => insertIdentity(db, identity));
    },

    /** A member of the chat. */
    async member(of: { id: number }, who?: Person): Promise<Person> {
      const member = who ?? (await person());
      await units.run('given member', ({ db }) => addMember(db, of.id, member.id, timers.now()));
      return member;
    },

    /** The person is in the chat's room, by a socket of their session, and holds the chat's present key. */
    async speaker(in_: { id: number }, who: Person): Promise<void> {
      const { id: userId, sessionId } = who;
      await adapters.presence.enter(in_.id, {
        socketId: `socket-${sessionId}`,
        sessionId,
        person: personOfUser(userId),
      });
      await units.run('given key', async ({ db }) => {
        await saveVisit(db, { chatId: in_.id, userId, arrivedAt: timers.now(), leftAt: null, sinceMs: 0, sinceSeq: 0 });
        const epoch = (await findKeyState(db, in_.id))?.epoch ?? 1;
        const sealed = { blob: 'A'.repeat(96), senderSessionId: sessionId, senderPublicKey: 'A'.repeat(44) };
        await saveBlob(db, { chatId: in_.id, epoch, sessionId, userId, ...sealed, createdAt: timers.now() });
      });
    },

    /** Bans the person from the chat, for good unless `forMs` is given. */
    async chatBan(from: { id: number }, who: { id: number }, forMs?: number): Promise<void> {
      const expiresAt = forMs === undefined ? null : timers.now() + forMs;
      const ban = { chatId: from.id, userId: who.id, createdAt: timers.now(), expiresAt };
      await units.run('given ban', ({ db }) => db.insert(chatBans).values(ban).returning());
    },

    /** Platform-wide state, as moderation sets it: 1 timed out, 2 banned. */
    async state({ id }: { id: number }, state: 0 | 1 | 2, forMs?: number): Promise<void> {
      const stateExpiresAt = forMs === undefined ? null : timers.now() + forMs;
      await database.units.run('given state', async ({ db }) => {
        await db.update(users).set({ state, stateExpiresAt }).where(eq(users.id, id)).returning({ id: users.id });
      });
    },
  };
}

/** As the services see the person; what they may do is looked up afresh where it matters. */
export function principalOf(who: Person, level: Level = Levels.User): UserPrincipal {
  return { kind: 'user', userId: who.id, username: who.username, avatarUrl: null, level, sessionId: who.sessionId };
}
