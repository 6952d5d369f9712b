import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { AnyText, Moment, Nullable, OneOf, Page, Time } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';

/** All audit events. */
export const AUDIT_EVENTS = [
  'USER_CREATE',
  'USER_UPDATE',
  'USER_DELETE',
  'USER_WARN',
  'USER_TIMEOUT',
  'USER_TIMEOUT_LIFT',
  'USER_BAN',
  'USER_UNBAN',
  'USER_HARD_MUTE',
  'USER_HARD_UNMUTE',
  'PERMISSION_CHANGE',
  'SUBSCRIPTION_GRANT',
  'SUBSCRIPTION_REVOKE',
  'SUBSCRIPTION_EXPIRE',
  'BOT_REGISTER',
  'BOT_UPDATE',
  'BOT_VERIFY',
  'BOT_UNVERIFY',
  'BOT_KEY_REGENERATE',
  'BOT_STATS_RESET',
  'BOT_DELETE',
  'CHAT_CREATE',
  'CHAT_UPDATE',
  'CHAT_CLEAR',
  'CHAT_DELETE',
  'CHAT_TRANSFER',
  'CHAT_KICK',
  'CHAT_BAN',
  'CHAT_UNBAN',
  'CHAT_MUTE',
  'CHAT_UNMUTE',
  'BROWSER_START',
  'BROWSER_STOP',
  'BROWSER_FAIL',
  'NOTIFICATION_SEND',
  'ANNOUNCEMENT_CREATE',
  'ANNOUNCEMENT_DELETE',
  'STRANGER_BLOCK',
  'STRANGER_UNBLOCK',
  'REPORT_RESOLVE',
  'INSTANCE_UPDATE',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

export const AUDIT_ENTITIES = ['user', 'chat', 'bot', 'stranger', 'report', 'system'] as const;
export type AuditEntity = (typeof AUDIT_ENTITIES)[number];

export const AuditQuery = t.Object({
  event_type: t.Optional(OneOf(AUDIT_EVENTS, 'Only events of this type.', 'must be the name of an audit event')),
  entity_type: t.Optional(OneOf(AUDIT_ENTITIES, 'Only entries about this type of entity.')),
  entity_id: t.Optional(AnyText({ minLength: 1, maxLength: 128, description: 'Only entries about this id.' })),
  actor_id: t.Optional(
    WholeNumber({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Only entries by this user.' }),
  ),
  since: t.Optional(Moment('Only entries at or after this time.')),
  until: t.Optional(Moment('Only entries before this time.')),
  ...Page(50, 200),
});
export type AuditQuery = Static<typeof AuditQuery>;

export const AuditEntry = Type.Object(
  {
    id: Type.Integer(),
    entity_type: OneOf(AUDIT_ENTITIES),
    entity_id: Nullable(
      Type.String({
        description: 'A string, because not every entity has a number. Null if the entry is about no single entity.',
      }),
    ),
    event_type: OneOf(AUDIT_EVENTS),
    actor_id: Nullable(
      Type.Integer({ description: 'The acting user; null for other actors, named in `event_metadata.actor`.' }),
    ),
    event_metadata: Type.Record(Type.String(), Type.Unknown(), { description: 'The fields that changed, and why.' }),
    created_at: Time(),
  },
  { title: 'AuditEntry' },
);
export type AuditEntry = Static<typeof AuditEntry>;

export const AuditEntries = Type.Object(
  { items: Type.Array(AuditEntry), total: Type.Integer(), offset: Type.Integer(), limit: Type.Integer() },
  { title: 'AuditEntries' },
);
export type AuditEntries = Static<typeof AuditEntries>;
