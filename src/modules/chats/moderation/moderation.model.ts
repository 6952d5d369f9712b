import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Id, Nullable, Page, Paragraph, Time, User } from '../../../wire/models.ts';

const DAY_S = 86_400;
export const LONGEST_BAN_S = 30 * DAY_S;
export const MUTED_BY_DEFAULT_S = 300;

export const Reason = Paragraph({ maxLength: 500 });

const target = { user_id: Id('The user to act on.'), reason: Type.Optional(Reason) };

export const KickBody = Type.Object(target);
export type KickBody = Static<typeof KickBody>;

export const ChatBanBody = Type.Object({
  ...target,
  duration: Type.Optional(
    Type.Integer({ minimum: 0, maximum: LONGEST_BAN_S, default: 0, description: 'In seconds; 0 for permanent.' }),
  ),
});
export type ChatBanBody = Static<typeof ChatBanBody>;

export const MuteBody = Type.Object({
  ...target,
  duration: Type.Optional(
    Type.Integer({ minimum: 0, maximum: DAY_S, default: MUTED_BY_DEFAULT_S, description: 'In seconds; 0 for no end.' }),
  ),
});
export type MuteBody = Static<typeof MuteBody>;

/** The body for lifting a sanction or giving a warning. */
export const TargetBody = KickBody;
export type TargetBody = KickBody;

export const ChatTimeoutBody = Type.Object({
  ...target,
  duration: Type.Integer({ minimum: 60, maximum: LONGEST_BAN_S, description: 'In seconds.' }),
});
export type ChatTimeoutBody = Static<typeof ChatTimeoutBody>;

export const SanctionsQuery = t.Object(Page(50, 100));
export type SanctionsQuery = Static<typeof SanctionsQuery>;

const Sanction = Type.Object(
  {
    user: User,
    reason: Nullable(Type.String()),
    expires_at: Nullable(Time('Null for no end.')),
    created_at: Time(),
    issued_by_id: Nullable(Type.Integer({ description: 'Who set it.' })),
  },
  { title: 'Sanction', description: 'A ban or mute in a chat.' },
);
export type Sanction = Static<typeof Sanction>;

const paged = { total: Type.Integer(), offset: Type.Integer(), limit: Type.Integer() };

export const ChatBans = Type.Object({ bans: Type.Array(Sanction), ...paged }, { title: 'ChatBans' });
export type ChatBans = Static<typeof ChatBans>;

export const ChatMutes = Type.Object({ mutes: Type.Array(Sanction), ...paged }, { title: 'ChatMutes' });
export type ChatMutes = Static<typeof ChatMutes>;
