import { sql } from 'drizzle-orm';
import type { Placeholder } from 'drizzle-orm/sql';
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';
import { compileQuery } from './sqlite/compiled-query.ts';

export { unionAll } from 'drizzle-orm/sqlite-core';

/** What a repository may use of the database. Transactions belong to `Units`. */
export type Queries = Pick<
  BaseSQLiteDatabase<'sync', unknown>,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | 'with' | '$with' | '$count'
>;

export type Params<A> = { readonly [K in keyof A & string]: Placeholder<K> };
type Compiled<R> = { execute(args: Record<string, unknown>): PromiseLike<R> | R };
type Preparable<R> = { prepare(): { execute(args?: Record<string, unknown>): PromiseLike<R> | { sync(): R } } };

const placeholders = new Proxy({}, { get: (_, name: string) => sql.placeholder(name) });

/**
 * A query that is compiled once for each connection that it runs on (about 7 times faster than one built for each call).
 * Name each field: `values(p)` would insert nulls, and a list cannot be a parameter. A write whose outcome nobody needs has no
 * `returning`: SQLite keeps such rows in a table of their own first, which takes as long as the write.
 */
export function prepared<A, R>(
  build: (db: Queries, p: Params<A>) => PromiseLike<R> & Preparable<R>,
): (db: Queries, args: A) => Promise<R> {
  const compiled = new WeakMap<Queries, Compiled<R>>();
  return async (db, args) => {
    let query = compiled.get(db);
    if (!query) {
      const made = build(db, placeholders as Params<A>).prepare();
      const run = compileQuery(made);
      query = (run ? { execute: run } : made) as Compiled<R>;
      compiled.set(db, query);
    }
    return query.execute(args as Record<string, unknown>);
  };
}
