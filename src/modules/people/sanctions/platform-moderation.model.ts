import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Moment, Nullable, OneOf, Page, PathId, Statement, Time, User } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';

export const PUNISHMENT_TYPES = [
  'PLATFORM_WARNING',
  'PLATFORM_TIMEOUT',
  'PLATFORM_BAN',
  'CHAT_BAN',
  'CHAT_MUTE',
  'CHAT_KICK',
] as const;

const Why = Statement({ minLength: 1, maxLength: 500, description: 'Stored in the record.' });

export const PunishParams = t.Object({ user_id: PathId('Whom') });

export const BanBody = Type.Object({
  reason: Why,
  expires_at: Type.Optional(Nullable(Moment('In the future. Without it the ban is permanent.'))),
});
export const WarnBody = Type.Object({
  reason: Why,
  expires_at: Type.Optional(Nullable(Moment('In the future. Without it the warning stays active.'))),
});
export const TimeoutBody = Type.Object({ reason: Why, expires_at: Moment('In the future.') });
export type PunishBody = Static<typeof BanBody>;

export const UnbanBody = Type.Object({ reason: Type.Optional(Why) });
export type UnbanBody = Static<typeof UnbanBody>;

export const ActionsQuery = t.Object({
  user_id: t.Optional(
    WholeNumber({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Only actions against this user.' }),
  ),
  issued_by: t.Optional(
    WholeNumber({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Only actions by this user.' }),
  ),
  action_type: t.Optional(OneOf(PUNISHMENT_TYPES, 'Only actions of this kind.')),
  active_only: t.Optional(OneOf(['true', 'false'], 'Only actions in force.', 'must be true or false')),
  ...Page(50, 100),
});
export type ActionsQuery = Static<typeof ActionsQuery>;

export const ModerationAction = Type.Object(
  {
    id: Type.Integer(),
    user: Nullable(User),
    user_id: Type.Integer(),
    chat_id: Nullable(
      Type.Integer({
        description: 'The chat; null for platform-wide actions and for chats that are hidden from you.',
      }),
    ),
    action_type: OneOf(PUNISHMENT_TYPES),
    reason: Nullable(Type.String()),
    issued_by: Nullable(Type.Integer({ description: 'The acting user; null for the command line.' })),
    is_active: Type.Boolean({ description: 'Whether the action is in force. A kick never is.' }),
    is_lifted: Type.Boolean(),
    expires_at: Nullable(Time()),
    lifted_at: Nullable(Time()),
    created_at: Time(),
  },
  { title: 'ModerationAction' },
);
export type ModerationAction = Static<typeof ModerationAction>;

export const ModerationActions = Type.Object(
  { actions: Type.Array(ModerationAction), total: Type.Integer(), limit: Type.Integer(), offset: Type.Integer() },
  { title: 'ModerationActions' },
);
export type ModerationActions = Static<typeof ModerationActions>;
