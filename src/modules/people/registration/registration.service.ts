import { Level, type Principal } from '../../../core/principal.ts';
import type { Unit } from '../../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { NotificationsEvent } from '../notifications/notifications.events.ts';
import type { Notifications } from '../notifications/notifications.service.ts';
import type { Subscriptions } from '../subscriptions/subscriptions.service.ts';
import { Tier } from '../users/users.policy.ts';
import type { Users } from '../users/users.service.ts';
import type { UserRow } from '../users/users.tables.ts';

type Deps = {
  audit: Pick<Audit, 'record'>;
  users: Pick<Users, 'add'>;
  subscriptions: Pick<Subscriptions, 'recordFirst'>;
  notifications: Pick<Notifications, 'tell'>;
};

type NewAccount = {
  /** By default a free random name. */
  username?: string | undefined;
  level?: Level;
  tier?: Tier;
  subscriptionExpiresAt?: number | null;
  actor: Principal;
};

export type Registration = ReturnType<typeof createRegistration>;

/** Creates accounts, whichever way people sign up. */
export function createRegistration({ audit, users, subscriptions, notifications }: Deps) {
  return {
    /** Creates an account and its welcome notification in the caller's unit. Throws `ERR_USERNAME_TAKEN`. */
    async create(unit: Unit<NotificationsEvent>, account: NewAccount): Promise<UserRow> {
      const { username, level = Level.User, tier = Tier.Basic, subscriptionExpiresAt = null, actor } = account;
      const row = await users.add(unit.db, {
        username,
        permissionLevel: level,
        subscriptionTier: tier,
        subscriptionExpiresAt,
      });
      const metadata = { username: row.username, permission_level: level, subscription_tier: tier };
      await audit.record(unit.db, { event: 'USER_CREATE', entity: ['user', row.id], actor, metadata });
      if (tier !== Tier.Basic) await subscriptions.recordFirst(unit.db, row, actor);
      await notifications.tell(unit, {
        userId: row.id,
        title: 'Welcome to Portal',
        body: `Your username is ${row.username}. You can change it in your profile.`,
        type: 'success',
        createdBy: null,
      });
      return row;
    },
  };
}
