import { and, asc, count, desc, eq, inArray, isNull, ne, type SQL, sql } from 'drizzle-orm';
import type { Placeholder } from 'drizzle-orm/sql';
import { type PersonId, personOfUser } from '../../../core/principal.ts';
import { type Params, prepared, type Queries, unionAll } from '../../../db/queries.ts';
import { holds, partPattern } from '../../../db/search.ts';
import { users } from '../../people/users/users.tables.ts';
import { chatMembers, chats } from '../chats/chats.tables.ts';
import { directParticipants } from '../chats/direct.tables.ts';

// Only the columns that are shown: a person may see hundreds of chats.
const shown = {
  id: chats.id,
  chatType: chats.chatType,
  name: chats.name,
  visibility: chats.visibility,
  label: chats.label,
  slug: chats.slug,
  description: chats.description,
  archived: chats.archived,
  wipePreset: chats.wipePreset,
  lastActivityAt: chats.lastActivityAt,
  ownerId: users.id,
  ownerName: users.username,
  ownerAvatarUrl: users.avatarUrl,
};

/** Ties break as in the `chats_open` index. A fresh array per call: drizzle mutates its arguments. */
const latestFirst = () => [desc(chats.lastActivityAt), desc(chats.searchKey), desc(chats.id)];

export type VisibleChat = Awaited<ReturnType<typeof visible>>[number];

/** The chats that the user owns, then those they joined, each from its index. May contain duplicates. */
const idsBelongingTo = (db: Queries, userId: Placeholder) =>
  unionAll(
    db.select({ id: chats.id }).from(chats).where(eq(chats.ownerId, userId)),
    db.select({ id: chatMembers.chatId }).from(chatMembers).where(eq(chatMembers.userId, userId)),
  );

/** The same, and the person's direct chats, as parts of a union. */
const enteredBy = (db: Queries, { userId, person }: { userId: Placeholder; person: Placeholder }) =>
  [
    db.select({ id: chats.id }).from(chats).where(eq(chats.ownerId, userId)),
    db.select({ id: chatMembers.chatId }).from(chatMembers).where(eq(chatMembers.userId, userId)),
    db.select({ id: directParticipants.chatId }).from(directParticipants).where(eq(directParticipants.person, person)),
  ] as const;
const idsEnteredBy = (db: Queries, p: { userId: Placeholder; person: Placeholder }) => unionAll(...enteredBy(db, p));

/** A user as rows of chats refer to them. */
const asBoth = (userId: number) => ({ userId, person: personOfUser(userId) });

export type Open = 'official' | 'public';

/** Spelled out so that the planner picks the index of open chats. */
const isOpen = (visibility: Placeholder | Open): SQL | undefined =>
  and(eq(chats.visibility, visibility), ne(chats.visibility, sql`'private'`), isNull(chats.deletedAt));

const visible = prepared((db, p: Params<{ userId: number; person: PersonId; publicAtMost: number }>) => {
  const latest = db
    .select({ id: chats.id })
    .from(chats)
    .where(isOpen('public'))
    .orderBy(...latestFirst())
    .limit(p.publicAtMost)
    .as('latest');
  const ids = unionAll(
    db.select({ id: chats.id }).from(chats).where(isOpen('official')),
    db.select({ id: latest.id }).from(latest),
    ...enteredBy(db, p),
  );
  return db
    .select(shown)
    .from(chats)
    .leftJoin(users, eq(users.id, chats.ownerId))
    .where(and(isNull(chats.deletedAt), inArray(chats.id, ids)))
    .orderBy(asc(sql`${chats.visibility} <> 'official'`), ...latestFirst());
});

/**
 * Official chats, those the user owns or has joined, their direct ones, and the most recently active public ones up to a limit. Official
 * first, then by last activity.
 */
export function listVisible(db: Queries, userId: number, publicAtMost: number) {
  return visible(db, { ...asBoth(userId), publicAtMost });
}

const publicAndOwn = prepared((db, p: Params<{ userId: number; person: PersonId; offset: number; limit: number }>) => {
  const order = { lastActivityAt: chats.lastActivityAt, searchKey: chats.searchKey, id: chats.id };
  const own = and(
    inArray(chats.id, idsEnteredBy(db, p)),
    ne(chats.visibility, 'official'),
    ne(chats.visibility, 'public'),
    isNull(chats.deletedAt),
  );
  return unionAll(db.select(order).from(chats).where(isOpen('public')), db.select(order).from(chats).where(own))
    .orderBy(...latestFirst())
    .limit(p.limit)
    .offset(p.offset);
});

/** A page of official, public, owned, joined and direct chats, in the order of `listVisible`. */
export async function listVisiblePage(db: Queries, userId: number, offset: number, limit: number) {
  const official = await listOpenIds(db, 'official', offset + limit);
  const first = official.slice(offset);
  const others = { ...asBoth(userId), offset: Math.max(0, offset - official.length), limit: limit - first.length };
  const rest = others.limit > 0 ? await publicAndOwn(db, others) : [];
  return listShown(db, [...first, ...rest.map(({ id }) => id)]);
}

const openTotal = prepared((db, p: Params<{ visibility: string }>) =>
  db.select({ found: count() }).from(chats).where(isOpen(p.visibility)),
);
const ownTotal = prepared((db, p: Params<{ userId: number; person: PersonId }>) =>
  db
    .select({ found: count() })
    .from(chats)
    .where(
      and(
        inArray(chats.id, idsEnteredBy(db, p)),
        ne(chats.visibility, 'official'),
        ne(chats.visibility, 'public'),
        isNull(chats.deletedAt),
      ),
    ),
);

/** The total for `listVisiblePage`. */
export async function countVisible(db: Queries, userId: number): Promise<number> {
  const found = [await openTotal(db, { visibility: 'official' }), await openTotal(db, { visibility: 'public' })];
  return [...found, await ownTotal(db, asBoth(userId))].reduce((total, [row]) => total + (row?.found ?? 0), 0);
}

const openIds = prepared((db, p: Params<{ visibility: string; limit: number }>) =>
  db
    .select({ id: chats.id })
    .from(chats)
    .where(isOpen(p.visibility))
    .orderBy(...latestFirst())
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
    .where(and(isOpen(p.visibility), holds(chats.searchKey, p.pattern))),
);
const openPage = prepared((db, p: Params<{ visibility: string; pattern: string; offset: number; limit: number }>) =>
  db
    .select({ id: chats.id })
    .from(chats)
    .where(and(isOpen(p.visibility), holds(chats.searchKey, p.pattern)))
    .orderBy(...latestFirst())
    .limit(p.limit)
    .offset(p.offset),
);

const toldOf = prepared((db, p: Params<{ userId: number; atMost: number }>) => {
  const latest = <Which extends Open>(visibility: Which) =>
    db
      .select({ id: chats.id })
      .from(chats)
      .where(isOpen(visibility))
      .orderBy(...latestFirst())
      .limit(p.atMost)
      .as(visibility);
  const [official, open] = [latest('official'), latest('public')];
  return unionAll(
    db.select({ id: official.id }).from(official),
    db
      .select({ id: chats.id })
      .from(chats)
      .where(and(isNull(chats.deletedAt), inArray(chats.id, idsBelongingTo(db, p.userId)))),
    db.select({ id: open.id }).from(open),
  );
});

/** The chats that the user owns or has joined, and the most recently active official and public ones. */
export async function listToldIds(db: Queries, userId: number, openAtMost: number): Promise<Set<number>> {
  return new Set((await toldOf(db, { userId, atMost: openAtMost })).map(({ id }) => id));
}

type Search = { q: string; offset: number; limit: number };

/** Official chats, then public ones, each by last activity, with `q` in their name or slug. */
export async function searchOpen(db: Queries, { q, offset, limit }: Search) {
  const pattern = partPattern(q.toLowerCase());
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
