import { and, asc, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../../../db/queries.ts';
import { beginsWith, isIndexed, matches, nameIndex } from '../../../db/search.ts';
import { findUser, usernameKey } from '../../people/users/users.repository.ts';
import { type UserRow, users } from '../../people/users/users.tables.ts';

type UserSearch = {
  /** Part of a name, or an id. Empty matches everyone. */
  q: string;
  level: number | undefined;
  tier: number | undefined;
  state: number | undefined;
  /** Only users below this level. */
  levelBelow: number | undefined;
  offset: number;
  limit: number;
};

/** The trigram index of user names. */
const userNames = nameIndex('user_names');

/** Counting stops here, as far as pages reach. */
const MOST_COUNTED = 10_100;

type Found = { rows: UserRow[]; total: number };

/** Ordered by id, or by name when `q` has one or two characters. An exact id match comes first. */
export async function searchUsers(db: Queries, search: UserSearch): Promise<Found> {
  const exact = await byExactId(db, search);
  const except = exact && ne(users.id, exact.id);
  const { offset, limit } = search;
  const shift = exact ? 1 : 0;
  const page = { offset: Math.max(0, offset - shift), limit: limit - (offset === 0 ? shift : 0) };
  const { rows, total } = await byName(db, search, except, page);
  return {
    rows: exact && offset === 0 ? [exact, ...rows] : rows,
    total: Math.min(total + shift, MOST_COUNTED),
  };
}

async function byExactId(db: Queries, search: UserSearch): Promise<UserRow | undefined> {
  if (!/^[1-9]\d{0,14}$/.test(search.q)) return undefined;
  const row = await findUser(db, Number(search.q));
  return row && isMeant(row, search) ? row : undefined;
}

function isMeant(row: UserRow, { level, tier, state, levelBelow }: UserSearch): boolean {
  return (
    (level === undefined || row.permissionLevel === level) &&
    (tier === undefined || row.subscriptionTier === tier) &&
    (state === undefined || row.state === state) &&
    (levelBelow === undefined || row.permissionLevel < levelBelow)
  );
}

type Page = { offset: number; limit: number };

async function byName(db: Queries, search: UserSearch, except: SQL | undefined, page: Page): Promise<Found> {
  const key = usernameKey(search.q);
  const one = { one: sql`1` };
  if (isIndexed(key)) {
    const where = and(matches(userNames, key), isNull(users.deletedAt), except, plainFilters(search));
    const isNamed = eq(users.id, userNames.rowid);
    const rows = await db
      .select({ user: users })
      .from(userNames)
      .innerJoin(users, isNamed)
      .where(where)
      .orderBy(asc(userNames.rowid))
      .limit(page.limit)
      .offset(page.offset);
    const some = db.select(one).from(userNames).innerJoin(users, isNamed).where(where).limit(MOST_COUNTED).as('some');
    return { rows: rows.map(({ user }) => user), total: await db.$count(some) };
  }
  const where = and(
    key ? beginsWith(users.usernameKey, key) : filters(search),
    isNull(users.deletedAt),
    except,
    key ? plainFilters(search) : undefined,
  );
  const rows = await db
    .select()
    .from(users)
    .where(where)
    .orderBy(asc(key ? users.usernameKey : users.id))
    .limit(page.limit)
    .offset(page.offset);
  return { rows, total: await db.$count(db.select(one).from(users).where(where).limit(MOST_COUNTED).as('some')) };
}

type Filter = { column: typeof users.state; value: number };

function wanted({ state, tier, level }: UserSearch): Filter[] {
  const all = [
    { column: users.state, value: state },
    { column: users.subscriptionTier, value: tier },
    { column: users.permissionLevel, value: level },
  ];
  return all.filter((one): one is Filter => one.value !== undefined);
}

/** Filters written so that SQLite uses no index for them: it does not know which values are rare. */
function plainFilters(search: UserSearch): SQL | undefined {
  const { levelBelow } = search;
  return and(
    ...wanted(search).map(({ column, value }) => sql`+${column} = ${value}`),
    levelBelow === undefined ? undefined : sql`+${users.permissionLevel} < ${levelBelow}`,
  );
}

/** `plainFilters`, except that the first filter for a rare value may use its index. Otherwise the table is walked by id. */
function filters(search: UserSearch): SQL | undefined {
  const rare = wanted(search).find(({ value }) => value !== 0);
  return and(rare ? eq(rare.column, rare.value) : gt(users.id, 0), plainFilters(search));
}
