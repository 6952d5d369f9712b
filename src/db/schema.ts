// Every table, for drizzle-kit alone; modules import their own.
export * from '../modules/announcements/announcements.tables.ts';
export * from '../modules/audit/audit.tables.ts';
export * from '../modules/auth/auth.tables.ts';
export * from '../modules/bots/bots.tables.ts';
export * from '../modules/chats/chats.tables.ts';
export * from '../modules/e2ee/e2ee.tables.ts';
export * from '../modules/instance/instance.tables.ts';
export * from '../modules/invites/invites.tables.ts';
export * from '../modules/messages/messages.tables.ts';
export * from '../modules/moderation/moderation.tables.ts';
export * from '../modules/notifications/notifications.tables.ts';
export * from '../modules/sessions/sessions.tables.ts';
export * from '../modules/subscriptions/subscriptions.tables.ts';
export * from '../modules/users/users.tables.ts';
