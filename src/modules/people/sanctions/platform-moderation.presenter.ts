import { isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import { type AvatarAddress, presentUser } from '../users/users.presenter.ts';
import type { ModerationAction } from './platform-moderation.model.ts';
import type { PunishmentRow } from './sanctions.tables.ts';

type Found = {
  action: PunishmentRow;
  isActive: boolean;
  /** The chat and the reason are withheld. */
  isHidden: boolean;
  user: { id: number; username: string; avatarUrl: string | null } | null;
};

export function presentAction({ action, isActive, isHidden, user }: Found, address: AvatarAddress): ModerationAction {
  return {
    id: action.id,
    user: user && presentUser(user, address),
    user_id: action.userId,
    chat_id: isHidden ? null : action.chatId,
    action_type: action.actionType,
    reason: isHidden ? null : action.reason,
    issued_by: action.issuedBy,
    is_active: isActive,
    is_lifted: action.isLifted,
    expires_at: isoTimeOrNull(action.expiresAt),
    lifted_at: isoTimeOrNull(action.liftedAt),
    created_at: isoTime(action.createdAt),
  };
}
