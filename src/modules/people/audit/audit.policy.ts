import type { AuditEntry, AuditEvent } from './audit.model.ts';

/** What Moderators may read: actions against people, nothing about running the instance. */
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

/** Metadata of a chat entry that reveals neither the chat nor the reason. */
const APART_FROM_CHAT = ['user_id', 'username', 'expires_at', 'expired', 'actor'];

/** The entry without its chat, for readers who may not know of it: target, actor and time remain. */
export function withoutChat(entry: AuditEntry): AuditEntry {
  if (entry.entity_type !== 'chat') {
    const { chat: _, chat_id: __, ...metadata } = entry.event_metadata;
    return { ...entry, event_metadata: metadata };
  }
  const kept = Object.entries(entry.event_metadata).filter(([name]) => APART_FROM_CHAT.includes(name));
  return { ...entry, entity_id: null, event_metadata: Object.fromEntries(kept) };
}
