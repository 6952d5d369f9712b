import { eq } from 'drizzle-orm';
import type { createPortal } from '../../src/app/create-portal.ts';
import { CONSOLE, type Level, Level as Levels } from '../../src/core/principal.ts';
import { users } from '../../src/modules/users/users.tables.ts';
import type { TestTimers } from './test-timers.ts';

type Portal = Awaited<ReturnType<typeof createPortal>>;
export type Person = { id: number; username: string; token: string; sessionId: string };

let names = 0;

/** What a test starts from, made by the same services that the program uses. */
export function createGiven({ modules, database }: Portal, timers: TestTimers) {
  const { users: accounts, sessions, bots } = modules;

  /** An account with an open session. */
  async function person({
    username = `person_${++names}`,
    level = Levels.User as Level,
    premium = false,
  } = {}): Promise<Person> {
    return database.units.run('given person', async (unit) => {
      const subscription = premium ? { tier: 3 as const } : {};
      const row = await accounts.create(unit, { username, level, ...subscription, actor: CONSOLE });
      const session = await sessions.open(unit.db, row, { ip: '127.0.0.1', userAgent: 'test' });
      return { id: row.id, username, token: session.token, sessionId: session.sessionId };
    });
  }

  return {
    person,
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
    async bot(platform = 'discord'): Promise<{ id: number; apiKey: string }> {
      const owner = await person();
      const { bot, api_key } = await bots.register(CONSOLE, { name: 'Doorkeeper', owner_id: owner.id, platform });
      return { id: bot.id, apiKey: api_key };
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
