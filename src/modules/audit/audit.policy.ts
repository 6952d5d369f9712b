import type { AuditEvent } from './audit.model.ts';

/** What Moderators may read: what was done to people, and nothing of how the instance is run. */
export const MODERATION_EVENTS = [
  'USER_WARN',
  'USER_TIMEOUT',
  'USER_TIMEOUT_LIFT',
  'USER_BAN',
  'USER_UNBAN',
  'USER_HARD_MUTE',
  'USER_HARD_UNMUTE',
  'CHAT_CLEAR',
  'CHAT_KICK',
  'CHAT_BAN',
  'CHAT_UNBAN',
  'CHAT_MUTE',
  'CHAT_UNMUTE',
  'STRANGER_BLOCK',
  'STRANGER_UNBLOCK',
] as const satisfies readonly AuditEvent[];
