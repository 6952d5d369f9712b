import { and, asc, count, desc, eq, gt, isNull, or, type Placeholder } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { mutes } from '../../people/sanctions/sanctions.tables.ts';
import { users } from '../../people/users/users.tables.ts';
import { chatBans } from '../chats/chats.tables.ts';

type Of = { chatId: number; now: number };
type Page = { offset: number; limit: number };

const user = { id: users.id, username: users.username, avatarUrl: users.avatarUrl };

/** Those of a chat that are in force. */
const bansOf = (chatId: Placeholder, now: Placeholder) =>
  and(eq(chatBans.chatId, chatId), or(isNull(chatBans.expiresAt), gt(chatBans.expiresAt, now)));
const mutesOf = (chatId: Placeholder, now: Placeholder) =>
  and(eq(mutes.chatId, chatId), or(isNull(mutes.expiresAt), gt(mutes.expiresAt, now)));

const banPage = prepared((db, p: Params<Of & Page>) =>
  db
    .select({
      ...user,
      reason: chatBans.reason,
      createdAt: chatBans.createdAt,
      expiresAt: chatBans.expiresAt,
      issuedById: chatBans.bannedBy,
    })
    .from(chatBans)
    .innerJoin(users, and(eq(users.id, chatBans.userId), isNull(users.deletedAt)))
    .where(bansOf(p.chatId, p.now))
    .orderBy(desc(chatBans.createdAt), asc(chatBans.userId))
    .limit(p.limit)
    .offset(p.offset),
);
const mutePage = prepared((db, p: Params<Of & Page>) =>
  db
    .select({
      ...user,
      reason: mutes.reason,
      createdAt: mutes.createdAt,
      expiresAt: mutes.expiresAt,
      issuedById: mutes.mutedBy,
    })
    .from(mutes)
    .innerJoin(users, and(eq(users.id, mutes.userId), isNull(users.deletedAt)))
    .where(mutesOf(p.chatId, p.now))
    .orderBy(desc(mutes.createdAt), asc(mutes.userId))
    .limit(p.limit)
    .offset(p.offset),
);
const banTotal = prepared((db, p: Params<Of>) =>
  db
    .select({ total: count() })
    .from(chatBans)
    .innerJoin(users, and(eq(users.id, chatBans.userId), isNull(users.deletedAt)))
    .where(bansOf(p.chatId, p.now)),
);
const muteTotal = prepared((db, p: Params<Of>) =>
  db
    .select({ total: count() })
    .from(mutes)
    .innerJoin(users, and(eq(users.id, mutes.userId), isNull(users.deletedAt)))
    .where(mutesOf(p.chatId, p.now)),
);

export type SanctionRow = Awaited<ReturnType<typeof banPage>>[number];

/** The bans in force, newest first. */
export async function listBans(db: Queries, of: Of, page: Page): Promise<{ rows: SanctionRow[]; total: number }> {
  return { rows: await banPage(db, { ...of, ...page }), total: (await banTotal(db, of))[0]?.total ?? 0 };
}

/** The mutes in force in this chat alone, newest first. */
export async function listMutes(db: Queries, of: Of, page: Page): Promise<{ rows: SanctionRow[]; total: number }> {
  return { rows: await mutePage(db, { ...of, ...page }), total: (await muteTotal(db, of))[0]?.total ?? 0 };
}
