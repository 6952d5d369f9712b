import { Database } from 'bun:sqlite';
import { carriedMigrations, migrate } from '../migrate.ts';

/** The first table, index or column that differs from what these migrations make; undefined if none does. */
export function schemaDifference(connection: Database, applied: readonly string[]): string | undefined {
  const expected = new Database(':memory:');
  try {
    migrate(
      expected,
      carriedMigrations().filter(({ name }) => applied.includes(name)),
    );
    const found = describe(connection);
    for (const [name, columns] of describe(expected)) {
      if (!found.has(name)) return `it has no ${name}`;
      if (found.get(name) !== columns) return `its ${name} is not Portal’s`;
    }
    return undefined;
  } finally {
    expected.close();
  }
}

/** `table users` → its columns and types, sorted: a migration merged late may have appended a column. */
function describe(connection: Database): Map<string, string> {
  const rows = connection
    .query<{ type: string; name: string; columns: string | null }, []>(
      `select type, name, (select group_concat(column, ', ') from
         (select name || ' ' || type as column from pragma_table_info(sqlite_master.name) order by name)) as columns
       from sqlite_master where name not like 'sqlite\\_%' escape '\\'`,
    )
    .all();
  return new Map(rows.map(({ type, name, columns }) => [`${type} ${name}`, columns ?? '']));
}
