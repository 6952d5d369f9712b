import { type Clock, isoTimeOrNull } from '../../../core/clock.ts';
import { invalid, levelRequired } from '../../../core/errors.ts';
import { actorId, hasLevel, Level, type Principal, SYSTEM } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { NotificationsEvent } from '../notifications/notifications.events.ts';
import type { Notifications } from '../notifications/notifications.service.ts';
import type { Rights } from '../users/rights.service.ts';
import { hasPremium, Tier } from '../users/users.policy.ts';
import type { Users } from '../users/users.service.ts';
import type { UserRow } from '../users/users.tables.ts';
import { subscriptionErrors } from './subscriptions.errors.ts';
import type { GrantBody, RevokeBody, Subscribers, TierName } from './subscriptions.model.ts';
import { expiryOf, type Grant, TRIAL_DAYS, wouldLose } from './subscriptions.policy.ts';
import * as repository from './subscriptions.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<NotificationsEvent>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record' | 'listOfUser'>;
  rights: Pick<Rights, 'requireOutranks'>;
  users: Pick<Users, 'require'>;
  notifications: Pick<Notifications, 'tell'>;
};

type Subscriber = Awaited<ReturnType<typeof repository.listLasting>>[number];

type Change = {
  event: 'SUBSCRIPTION_GRANT' | 'SUBSCRIPTION_REVOKE' | 'SUBSCRIPTION_EXPIRE';
  tier: Tier;
  expiresAt: number | null;
  reason: string | null;
  actor: Principal;
};

const TIERS: Record<TierName, Grant['tier']> = { TRIAL: Tier.Trial, PREMIUM: Tier.Premium, LIFETIME: Tier.Lifetime };
const TIER_WORDS = ['Basic', 'Trial', 'Premium', 'Lifetime'];
const RUN_OUT_AT_ONCE = 50;

export type Subscriptions = ReturnType<typeof createSubscriptions>;

/** Subscription tiers. The README has the state diagram. */
export function createSubscriptions({ read, units, clock, audit, rights, users, notifications }: Deps) {
  /** Changes the tier, with its history and audit entry. */
  async function change(db: Queries, row: UserRow, { event, tier, expiresAt, reason, actor }: Change): Promise<void> {
    const now = clock.now();
    const grantedBy = event === 'SUBSCRIPTION_GRANT' ? actorId(actor) : null;
    await repository.setSubscription(db, row.id, {
      subscriptionTier: tier,
      subscriptionExpiresAt: expiresAt,
      subscriptionGrantedBy: grantedBy,
      updatedAt: now,
    });
    await repository.insertChange(db, {
      userId: row.id,
      oldTier: row.subscriptionTier,
      newTier: tier,
      reason,
      grantedById: actorId(actor),
      createdAt: now,
    });
    const metadata = {
      subscription_tier: { from: row.subscriptionTier, to: tier },
      subscription_expires_at: { from: isoTimeOrNull(row.subscriptionExpiresAt), to: isoTimeOrNull(expiresAt) },
      reason,
    };
    await audit.record(db, { event, entity: ['user', row.id], actor, metadata });
  }

  /** Ends an expired subscription and notifies its owner. A second call finds nothing to end. */
  async function expire(unit: Unit<NotificationsEvent>, userId: number): Promise<void> {
    const row = await repository.findRunOut(unit.db, userId, clock.now());
    if (!row) return;
    const ended = { tier: Tier.Basic, expiresAt: null, reason: null, actor: SYSTEM };
    await change(unit.db, row, { event: 'SUBSCRIPTION_EXPIRE', ...ended });
    const name = TIER_WORDS[row.subscriptionTier];
    await notifications.tell(unit, {
      userId,
      title: `Your ${name} subscription has ended`,
      body: `Your account is Basic again. You can still use and delete your chat, but not make it public or create another.`,
      type: 'info',
      createdBy: null,
    });
  }

  /** The target, after ending an expired subscription. */
  async function requireTarget(unit: Unit<NotificationsEvent>, principal: Principal, userId: number) {
    const rule = { level: Level.Admin, self: 'by rank' } as const;
    const { actor } = await rights.requireOutranks(unit.db, principal, userId, rule);
    await expire(unit, userId);
    return { actor, row: await users.require(unit.db, userId) };
  }

  /** The audit log is the proof: it outlives the trial. */
  async function hasHadTrial(db: Queries, userId: number): Promise<boolean> {
    const entries = await audit.listOfUser(db, userId, ['USER_CREATE', 'SUBSCRIPTION_GRANT']);
    return entries.some(({ eventMetadata: { subscription_tier: tier } }) => {
      const given = typeof tier === 'object' && tier !== null && 'to' in tier ? tier.to : tier;
      return given === Tier.Trial;
    });
  }

  return {
    /** Records the tier that an account starts with. */
    async recordFirst(db: Queries, { id, subscriptionTier, createdAt }: UserRow, actor: Principal): Promise<void> {
      const change = { userId: id, oldTier: Tier.Basic, newTier: subscriptionTier, reason: null, createdAt };
      await repository.insertChange(db, { ...change, grantedById: actorId(actor) });
    },

    /** Grants a tier. Throws `ERR_TRIAL_USED`, and 409 when it would replace a higher tier. */
    async grant(principal: Principal, body: GrantBody): Promise<{ message: string }> {
      const grant = grantOf(body);
      return units.run('grant subscription', async (unit) => {
        const { actor, row } = await requireTarget(unit, principal, body.user_id);
        if (grant.tier === Tier.Trial && (await hasHadTrial(unit.db, row.id))) throw subscriptionErrors.trialUsed();
        if (wouldLose(row, grant)) throw subscriptionErrors.better();
        const expiresAt = expiryOf(grant, row, clock.now());
        const given = { tier: grant.tier, expiresAt, reason: body.reason ?? null, actor };
        await change(unit.db, row, { event: 'SUBSCRIPTION_GRANT', ...given });
        return { message: `Subscription granted to user ${row.id} ${lengthOf(grant)}` };
      });
    },

    async revoke(principal: Principal, { user_id, reason }: RevokeBody): Promise<{ message: string }> {
      return units.run('revoke subscription', async (unit) => {
        const { actor, row } = await requireTarget(unit, principal, user_id);
        if (!hasPremium(row, clock.now())) throw subscriptionErrors.none();
        await change(unit.db, row, { event: 'SUBSCRIPTION_REVOKE', tier: Tier.Basic, expiresAt: null, reason, actor });
        return { message: `Subscription revoked for user ${row.id}` };
      });
    },

    /** Users with a running subscription, of one tier or any. */
    async listActive(principal: Principal, tier?: number): Promise<Subscribers> {
      if (!hasLevel(principal, Level.Admin)) throw levelRequired(Level.Admin)();
      const now = clock.now();
      const found = await Promise.all(
        (tier === undefined ? [Tier.Trial, Tier.Premium, Tier.Lifetime] : [tier]).map((one) =>
          one === Tier.Lifetime ? repository.listLasting(read, one) : repository.listRunning(read, one, now),
        ),
      );
      return { users: found.flat().map(present) };
    },

    /** Ends expired subscriptions. True when there may be more. */
    async expireRunOut(): Promise<boolean> {
      const found: number[] = [];
      for (const tier of [Tier.Trial, Tier.Premium])
        found.push(...(await repository.listRunOut(read, tier, clock.now(), RUN_OUT_AT_ONCE - found.length)));
      if (found.length === 0) return false;
      await units.run('expire subscriptions', async (unit) => {
        for (const userId of found) await expire(unit, userId);
      });
      return found.length === RUN_OUT_AT_ONCE;
    },
  };
}

function present({ id, username, tier, expiresAt }: Subscriber): Subscribers['users'][number] {
  return { id, name: username, tier, expires_at: isoTimeOrNull(expiresAt), is_active: true };
}

function grantOf({ tier: asked, duration_days: days }: GrantBody): Grant {
  const tier = typeof asked === 'number' ? asked : TIERS[asked];
  if (tier !== Tier.Premium) return { tier, days: TRIAL_DAYS };
  if (days === undefined) throw invalid.saying('duration_days is required for Premium')({ field: 'duration_days' });
  return { tier, days };
}

function lengthOf({ tier, days }: Grant): string {
  if (tier === Tier.Lifetime) return '(lifetime)';
  if (tier === Tier.Trial) return `(${TRIAL_DAYS}-day trial)`;
  return `for ${days} ${days === 1 ? 'day' : 'days'}`;
}
