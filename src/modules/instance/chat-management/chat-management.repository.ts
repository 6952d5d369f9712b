import { and, desc, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chats } from '../../chats/chats/chats.tables.ts';
import { users } from '../../people/users/users.tables.ts';

// Direct chats belong to the two people in them; staff lists leave them out.

const columns = {
  id: chats.id,
  name: chats.name,
  ownerId: chats.ownerId,
  visibility: chats.visibility,
  label: chats.label,
  slug: chats.slug,
  description: chats.description,
  avatarSource: chats.avatarSource,
  browserConfig: chats.browserConfig,
  lastActivityAt: chats.lastActivityAt,
  createdAt: chats.createdAt,
  updatedAt: chats.updatedAt,
  ownerName: users.username,
  ownerAvatarUrl: users.avatarUrl,
};

/** Keeps SQLite from using an index on the type: the list is walked by id. */
const isGroup: SQL = sql`${chats.chatType} || '' = 'group'`;

const page = prepared((db, p: Params<{ offset: number; limit: number }>) =>
  db
    .select(columns)
    .from(chats)
    .leftJoin(users, eq(users.id, chats.ownerId))
    .where(and(gt(chats.id, 0), isGroup, isNull(chats.deletedAt)))
    .orderBy(desc(chats.id))
    .limit(p.limit)
    .offset(p.offset),
);

/** Newest first. */
export function listGroups(db: Queries, offset: number, limit: number) {
  return page(db, { offset, limit });
}
export type GroupRow = Awaited<ReturnType<typeof listGroups>>[number];

const one = prepared((db, p: Params<{ id: number }>) =>
  db
    .select(columns)
    .from(chats)
    .leftJoin(users, eq(users.id, chats.ownerId))
    .where(and(eq(chats.id, p.id), isGroup, isNull(chats.deletedAt))),
);

export async function findGroup(db: Queries, id: number): Promise<GroupRow | undefined> {
  return (await one(db, { id }))[0];
}
