import { and, asc, count, desc, eq, inArray, isNull, ne, or, type SQL, sql } from 'drizzle-orm';
import type { Placeholder } from 'drizzle-orm/sql';
import { type Params, prepared, type Queries } from '../../db/queries.ts';
import { users } from '../users/users.tables.ts';
import { chatMembers, chats } from './chats.tables.ts';

const belongingTo = (db: Queries, userId: Placeholder) =>
  or(
    eq(chats.ownerId, userId),
    inArray(chats.id, db.select({ id: chatMembers.chatId }).from(chatMembers).where(eq(chatMembers.userId, userId))),
  );

const visibleTo = (db: Queries, userId: Placeholder) =>
  and(isNull(chats.deletedAt), or(inArray(chats.visibility, ['official', 'public']), belongingTo(db, userId)));

// No more columns than are shown: a person may see hundreds of chats.
const shown = {
  id: chats.id,
  chatType: chats.chatType,
  name: chats.name,
  visibility: chats.visibility,
  label: chats.label,
  slug: chats.slug,
  description: chats.description,
  archived: chats.archived,
  ownerId: users.id,
  ownerName: users.username,
  ownerAvatarUrl: users.avatarUrl,
};

const visible = prepared((db, p: Params<{ userId: number }>) =>
  db
    .select(shown)
    .from(chats)
    .leftJoin(users, eq(users.id, chats.ownerId))
    .where(visibleTo(db, p.userId))
    .orderBy(asc(sql`${chats.visibility} <> 'official'`), desc(chats.lastActivityAt)),
);

/** Official and public chats, and those that the user owns or has joined: official ones first, then by last activity. */
export function listVisible(db: Queries, userId: number) {
  return visible(db, { userId });
}
export type VisibleChat = Awaited<ReturnType<typeof listVisible>>[number];

const belonging = prepared((db, p: Params<{ userId: number }>) =>
  db
    .select({ id: chats.id })
    .from(chats)
    .where(and(isNull(chats.deletedAt), belongingTo(db, p.userId))),
);

/** The chats that the user owns or has joined. */
export async function listBelongingIds(db: Queries, userId: number): Promise<number[]> {
  return (await belonging(db, { userId })).map(({ id }) => id);
}

export type Open = 'official' | 'public';

/** Said in full, so that the index of open chats serves. */
const isOpen = (visibility: Placeholder | Open): SQL | undefined =>
  and(eq(chats.visibility, visibility), ne(chats.visibility, sql`'private'`), isNull(chats.deletedAt));

const openIds = prepared((db, p: Params<{ visibility: string; limit: number }>) =>
  db
    .select({ id: chats.id })
    .from(chats)
    .where(isOpen(p.visibility))
    .orderBy(desc(chats.lastActivityAt))
    .limit(p.limit),
);

/** The ids of official or of public chats, by last activity. */
export async function listOpenIds(db: Queries, visibility: Open, limit: number): Promise<number[]> {
  return (await openIds(db, { visibility, limit })).map(({ id }) => id);
}

const openCount = prepared((db, p: Params<{ visibility: string; pattern: string }>) =>
  db
    .select({ found: count() })
    .from(chats)
    .where(and(isOpen(p.visibility), isCalled(p.pattern))),
);
const openPage = prepared((db, p: Params<{ visibility: string; pattern: string; offset: number; limit: number }>) =>
  db
    .select({ id: chats.id })
    .from(chats)
    .where(and(isOpen(p.visibility), isCalled(p.pattern)))
    .orderBy(desc(chats.lastActivityAt))
    .limit(p.limit)
    .offset(p.offset),
);

function isCalled(pattern: Placeholder): SQL {
  return sql`${chats.searchKey} like ${pattern} escape '\\'`;
}

/** Whatever people type is text. */
function patternOf(q: string): string {
  return `%${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
}

type Search = { q: string; offset: number; limit: number };

/** Official chats, then public ones, each by last activity, whose name or slug holds `q`. */
export async function searchOpen(db: Queries, { q, offset, limit }: Search) {
  const pattern = patternOf(q);
  const ids: number[] = [];
  let total = 0;
  for (const visibility of ['official', 'public'] as const) {
    const before = total;
    total += (await openCount(db, { visibility, pattern }))[0]?.found ?? 0;
    const page = { offset: Math.max(0, offset - before), limit: limit - ids.length };
    if (page.limit > 0 && offset < total)
      ids.push(...(await openPage(db, { visibility, pattern, ...page })).map(({ id }) => id));
  }
  return { rows: await listShown(db, ids), total };
}

/** These chats, in this order. */
async function listShown(db: Queries, ids: readonly number[]): Promise<VisibleChat[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select(shown)
    .from(chats)
    .leftJoin(users, eq(users.id, chats.ownerId))
    .where(and(inArray(chats.id, [...ids]), isNull(chats.deletedAt)));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
