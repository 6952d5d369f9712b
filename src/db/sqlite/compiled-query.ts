import { Column, getTableName, is, Param, Placeholder, SQL } from 'drizzle-orm';

type Decoder = { mapFromDriverValue(value: unknown): unknown };
type Field = { path: string[]; field: unknown };

/** What drizzle makes of a query on bun:sqlite. */
type Prepared = {
  stmt: { values(...params: unknown[]): unknown[][] };
  query: { params: unknown[] };
  fields?: Field[];
  /** By table: false for the side of a join that may be missing. */
  joinsNotNullableMap?: Record<string, boolean>;
  customResultMapper?: unknown;
};

type Args = Record<string, unknown>;

/** A value of a row, by its place in what the database gives. */
type Part = { index: number; name: string; decoder: Decoder | undefined };
/** An object in a row, such as one side of a join. It is null where the value at `missingAt` is. */
type Group = { name: string; parts: Part[]; missingAt: number | undefined };

/**
 * The same query, run without drizzle's help: that looks anew at each call what kind each parameter and each column is, which
 * takes longer than the reading. Undefined for queries that are not so plain (deeper rows, other databases).
 */
export function compileQuery(query: object): ((args: Args) => Record<string, unknown>[]) | undefined {
  const { stmt, query: parts, fields, customResultMapper, joinsNotNullableMap } = query as Partial<Prepared>;
  if (typeof stmt?.values !== 'function' || !parts || !fields || customResultMapper) return undefined;
  if (fields.some(({ path }) => path.length > 2)) return undefined;
  const own = fields.flatMap((field, index) => (field.path.length === 1 ? partOf(field, index) : []));
  const groups = groupsOf(fields, joinsNotNullableMap);
  const params = parts.params.map(readParam);
  return (args) => {
    const rows = stmt.values(...params.map((read) => read(args)));
    const results: Record<string, unknown>[] = [];
    for (const row of rows) {
      const result = objectOf(own, row);
      for (const { name, parts, missingAt } of groups)
        result[name] = missingAt !== undefined && row[missingAt] === null ? null : objectOf(parts, row);
      results.push(result);
    }
    return results;
  };
}

function partOf({ path, field }: Field, index: number): Part {
  return { index, name: path.at(-1) as string, decoder: decoderOf(field) };
}

function objectOf(parts: readonly Part[], row: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { index, name, decoder } of parts) {
    const value = row[index];
    object[name] = value === null || decoder === undefined ? value : decoder.mapFromDriverValue(value);
  }
  return object;
}

/** As drizzle does it, an object is missing if its first column is null, and all its columns are of a table that may be missing. */
function groupsOf(fields: readonly Field[], joined: Record<string, boolean> | undefined): Group[] {
  const inGroups = fields.map((field, index) => ({ ...field, index })).filter(({ path }) => path.length === 2);
  return [...Map.groupBy(inGroups, ({ path }) => path[0] as string)].map(([name, members]) => {
    const columns = members.filter(({ field }) => is(field, Column));
    const [table, ...others] = new Set(columns.map(({ field }) => getTableName((field as Column).table)));
    const mayMiss = joined !== undefined && table !== undefined && others.length === 0 && !joined[table];
    const parts = members.map((member) => partOf(member, member.index));
    return { name, parts, missingAt: mayMiss ? columns[0]?.index : undefined };
  });
}

/** Undefined: the value stays as the database gives it. */
function decoderOf(field: unknown): Decoder | undefined {
  const decoder = (
    is(field, Column) ? field : is(field, SQL) ? decoderOfSql(field) : decoderOfSql((field as { sql: SQL }).sql)
  ) as Decoder;
  return decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue ? undefined : decoder;
}

function decoderOfSql(sql: SQL): unknown {
  return (sql as unknown as { decoder: unknown }).decoder;
}

function readParam(param: unknown): (args: Args) => unknown {
  if (is(param, Placeholder)) return (args) => given(args, param.name);
  if (is(param, Param) && is(param.value, Placeholder)) {
    const { name } = param.value;
    return (args) => param.encoder.mapToDriverValue(given(args, name));
  }
  return () => param;
}

function given(args: Args, name: string): unknown {
  if (!(name in args)) throw new Error(`No value for the placeholder "${name}"`);
  return args[name];
}
