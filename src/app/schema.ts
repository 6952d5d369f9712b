// Every table, for drizzle-kit alone; modules import their own.

export * from '../modules/chats/chats/chats.tables.ts';
export * from '../modules/chats/invites/invites.tables.ts';
export * from '../modules/chats/keys/keys.tables.ts';
export * from '../modules/chats/messages/messages.tables.ts';
export * from '../modules/people/announcements/announcements.tables.ts';
export * from '../modules/people/audit/audit.tables.ts';
export * from '../modules/people/auth/auth.tables.ts';
export * from '../modules/people/bots/bots.tables.ts';
export * from '../modules/people/notifications/notifications.tables.ts';
export * from '../modules/people/public-key/instance.tables.ts';
export * from '../modules/people/sanctions/sanctions.tables.ts';
export * from '../modules/people/sessions/sessions.tables.ts';
export * from '../modules/people/subscriptions/subscriptions.tables.ts';
export * from '../modules/people/users/users.tables.ts';
