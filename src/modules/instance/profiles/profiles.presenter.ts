import { isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import type { SubscriptionChangeRow } from '../../people/subscriptions/subscriptions.tables.ts';
import { type AvatarAddress, presentUser } from '../../people/users/users.presenter.ts';
import type { PermissionChangeRow, UserRow } from '../../people/users/users.tables.ts';
import type { OwnedChat, PermissionChange, Punishment, SubscriptionChange, UserView } from './profiles.model.ts';
import type { OwnedChatRow, PunishmentRow } from './records.repository.ts';

/** The public view of a user. */
export function presentPublicUser(row: UserRow, address: AvatarAddress): UserView {
  return { ...presentUser(row, address), subscription_tier: row.subscriptionTier };
}

export function presentOwnedChat({ id, name, visibility, createdAt }: OwnedChatRow): OwnedChat {
  return { id, name, is_public: visibility !== 'private', visibility, created_at: isoTime(createdAt) };
}

export function presentPunishment(row: PunishmentRow): Punishment {
  return {
    id: row.id,
    action_type: row.actionType,
    reason: row.reason,
    is_lifted: row.isLifted,
    expires_at: isoTimeOrNull(row.expiresAt),
    lifted_at: isoTimeOrNull(row.liftedAt),
    created_at: isoTime(row.createdAt),
  };
}

export function presentSubscriptionChange(row: SubscriptionChangeRow): SubscriptionChange {
  return {
    id: row.id,
    old_tier: row.oldTier,
    new_tier: row.newTier,
    reason: row.reason,
    granted_by_id: row.grantedById,
    created_at: isoTime(row.createdAt),
  };
}

export function presentPermissionChange(row: PermissionChangeRow): PermissionChange {
  return {
    id: row.id,
    old_level: row.oldLevel,
    new_level: row.newLevel,
    changed_by_id: row.changedById,
    created_at: isoTime(row.createdAt),
  };
}
