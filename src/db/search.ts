import { and, gte, lt, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { count, table } from './columns.ts';

// How names are searched: the one place that knows SQLite's full-text index. On PostgreSQL, pg_trgm takes its part.

/** A trigram index over the names of one table, kept up to date by triggers; its row ids are those of the table. */
export type NameIndex = ReturnType<typeof nameIndex>;

/** A table whose names can be searched: its index, its id and its folded name. */
export type Names = { index: NameIndex; id: SQLWrapper; key: SQLWrapper };

const TRIGRAM = 3;
const LAST_CHARACTER = '\u{10ffff}';

/** Describes an index that a migration made. */
export function nameIndex(name: string) {
  return table(name, { rowid: count().notNull() });
}

/** Whether the index can find `text`; anything shorter than a trigram is only found at the start of a name. */
export function isIndexed(text: string): boolean {
  return [...text].length >= TRIGRAM;
}

/** Rows of the index whose name contains `text`, which must be folded like the names. */
export function matches(index: NameIndex, text: string): SQL {
  // Quoted, so that nothing in it is an operator.
  return sql`${index} match ${`"${text.replaceAll('"', '""')}"`}`;
}

/** Names that start with `text`, by an ordinary index on the key. */
export function beginsWith(key: SQLWrapper, text: string): SQL | undefined {
  return and(gte(key, text), lt(key, text + LAST_CHARACTER));
}

/** Names that contain `text`, or start with it when it is too short for the index. */
export function namesLike({ index, id, key }: Names, text: string): SQL | undefined {
  if (!isIndexed(text)) return beginsWith(key, text);
  return sql`${id} in (select ${index.rowid} from ${index} where ${matches(index, text)})`;
}

/** Names that match a pattern of {@link partPattern}. Reads every row: for tables that another condition narrows. */
export function holds(key: SQLWrapper, pattern: SQLWrapper | string): SQL {
  return sql`${key} like ${pattern} escape '\\'`;
}

/** The pattern of names that contain `text`, in which nothing is a wildcard. */
export function partPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
