import type { Clock } from '../../../core/clock.ts';
import { actorId, Level, type Principal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { ChatsEvent } from '../../chats/chats/chats.events.ts';
import { accessOf, standingOf } from '../../chats/chats/chats.policy.ts';
import { findStanding } from '../../chats/chats/chats.repository.ts';
import type { E2eeEvent } from '../../chats/keys/keys.events.ts';
import type { Membership } from '../../chats/membership/membership.service.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import type { LoginCodes } from '../../people/auth/login-codes.service.ts';
import type { Sessions } from '../../people/sessions/sessions.service.ts';
import type { Outranks, Rights } from '../../people/users/rights.service.ts';
import { userErrors } from '../../people/users/users.errors.ts';
import type { UsersEvent } from '../../people/users/users.events.ts';
import { maySetLevel } from '../../people/users/users.policy.ts';
import * as repository from '../../people/users/users.repository.ts';
import type { Users } from '../../people/users/users.service.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import { listFrequented } from './account-deletion.repository.ts';

type Deps = {
  units: Pick<Units<ChatsEvent | E2eeEvent | UsersEvent>, 'run'>;
  clock: Clock;
  audit: Audit;
  rights: Pick<Rights, 'requireOutranks' | 'requireOtherOwner'>;
  users: Pick<Users, 'require'>;
  sessions: Pick<Sessions, 'shorten'>;
  loginCodes: Pick<LoginCodes, 'forgetOf'>;
  membership: Pick<Membership, 'putOut'>;
};

const CLOSED_TO_THEM = 'Your level does not open this chat any more';

export type AccountLevels = ReturnType<typeof createAccountLevels>;

/** Permission levels. A change counts at the next request and the next event of an open socket. */
export function createAccountLevels({ units, clock, audit, rights, users, sessions, loginCodes, membership }: Deps) {
  async function requireMaySet(db: Queries, { actor, target: row }: Outranks, level: Level): Promise<void> {
    if (!maySetLevel(actor, row.permissionLevel, level)) throw userErrors.levelTooHigh();
    if (level < Level.Owner) await rights.requireOtherOwner(db, row);
  }

  /** Removes them from private chats that only their old level opened, with a new key. */
  async function leaveClosedChats(unit: Unit<ChatsEvent | E2eeEvent>, userId: number, level: Level): Promise<void> {
    for (const chatId of await listFrequented(unit.db, userId)) {
      const found = await findStanding(unit.db, chatId, userId, clock.now());
      if (!found || accessOf({ userId, level }, standingOf(found)) === 'granted') continue;
      const exit = { chatId, userId, by: 'rule', how: 'kick', reason: CLOSED_TO_THEM, rekey: 'always' } as const;
      await membership.putOut(unit, exit);
    }
  }

  return {
    /** Sets a user's level. Throws 403, and 409 for the last Owner. */
    async set(principal: Principal, userId: number, level: Level): Promise<UserRow> {
      return units.run('set level', async (unit) => {
        const { db } = unit;
        const rule = { level: Level.Admin, self: 'by rank' } as const;
        const outranks = await rights.requireOutranks(db, principal, userId, rule);
        await requireMaySet(db, outranks, level);
        const { actor, target: row } = outranks;
        const from = row.permissionLevel;
        if (from === level) return row;
        const now = clock.now();
        await repository.updateUser(db, userId, { permissionLevel: level, permissionSince: now, updatedAt: now });
        const change = { userId, oldLevel: from, newLevel: level, changedById: actorId(actor), createdAt: now };
        await repository.insertPermissionChange(db, change);
        const metadata = { username: row.username, permission_level: { from, to: level } };
        await audit.record(db, { event: 'PERMISSION_CHANGE', entity: ['user', userId], actor, metadata });
        // A bot that may not reach people of the new level may have fetched a code.
        await loginCodes.forgetOf(db, userId);
        unit.emit({ name: 'user.level_changed', userId });
        if (level >= Level.Admin) await sessions.shorten(db, userId);
        else if (from >= Level.Admin) await leaveClosedChats(unit, userId, level);
        return users.require(db, userId);
      });
    },
  };
}
