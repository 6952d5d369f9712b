import { asc, eq, inArray } from 'drizzle-orm';
import { chatActivity } from '../../src/modules/chats/chats/chats.tables.ts';
import { findKeyState } from '../../src/modules/chats/keys/keys.repository.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import type { Chat, Person } from './given.ts';
import type { TestPortal } from './portal.ts';
import { sealed } from './sealed.ts';

export type What = 'kick' | 'ban' | 'unban' | 'mute' | 'unmute' | 'warn' | 'timeout';
type Whom = { id: number };

export const pathOf = (chat: { id: number }, what = '') => `/v1/portal/chats/${chat.id}${what}`;

/** One person does something to another in a chat. */
export const act = (portal: TestPortal, by: { token: string }, what: What, chat: { id: number }, on: Whom, more = {}) =>
  portal.as(by).post(pathOf(chat, `/${what}`), { user_id: on.id, ...more });

export const OK = { status: 200, body: { ok: true } };
export const NO_CHAT = { status: 404, body: { code: 'ERR_NOT_FOUND', error: 'No such chat' } };
export const BANNED = { status: 403, body: { code: 'ERR_CHAT_BANNED' } };
export const FORBIDDEN = { status: 403, body: { code: 'ERR_FORBIDDEN' } };

export const epochOf = async ({ database }: TestPortal, chat: Chat) =>
  (await findKeyState(database.read, chat.id))?.epoch;

/** Their own punishments, as they see them. */
export const recordOf = async (portal: TestPortal, who: Person) =>
  (await portal.as(who).get('/v1/users/me/punishments')).body as Record<string, unknown>[];

/** What the chat's history says, as far as it is plain. */
export const said = async (portal: TestPortal, chat: Chat, by = chat.owner): Promise<string[]> =>
  (await portal.as(by).get(pathOf(chat, '/history'))).body.map(({ content }: { content: string }) => content);

export const say = (portal: TestPortal, who: Person, chat: { id: number }, epoch = 1) =>
  portal.as(who).post(pathOf(chat, '/messages'), sealed({ epoch }));

/** What was written down of these kinds, oldest first. */
export function logged({ database }: TestPortal, ...events: string[]) {
  return database.read.select().from(auditLog).where(inArray(auditLog.eventType, events)).orderBy(asc(auditLog.id));
}

export const activityOf = async ({ database }: TestPortal, who: Person) =>
  (await database.read.select().from(chatActivity).where(eq(chatActivity.userId, who.id))).map(({ action }) => action);

export async function inviteTo(portal: TestPortal, chat: Chat): Promise<string> {
  return (await portal.as(chat.owner).post(pathOf(chat, '/invites'), {})).body.code;
}
