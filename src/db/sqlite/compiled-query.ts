import { Column, is, Param, Placeholder, SQL } from 'drizzle-orm';

type Decoder = { mapFromDriverValue(value: unknown): unknown };
type Field = { path: string[]; field: unknown };

/** What drizzle makes of a query on bun:sqlite. */
type Prepared = {
  stmt: { values(...params: unknown[]): unknown[][] };
  query: { params: unknown[] };
  fields?: Field[];
  customResultMapper?: unknown;
};

type Args = Record<string, unknown>;

/**
 * The same query, run without drizzle's help: that looks anew at each call what kind each parameter and each column is, which
 * takes longer than the reading. Undefined for queries that are not so plain (rows in rows, other databases).
 */
export function compileQuery(query: object): ((args: Args) => Record<string, unknown>[]) | undefined {
  const { stmt, query: parts, fields, customResultMapper } = query as Partial<Prepared>;
  if (typeof stmt?.values !== 'function' || !parts || !fields || customResultMapper) return undefined;
  if (fields.some(({ path }) => path.length !== 1)) return undefined;
  const decoders = fields.map(({ field }) => decoderOf(field));
  const names = fields.map(({ path }) => path[0] as string);
  const params = parts.params.map(readParam);
  return (args) => {
    const rows = stmt.values(...params.map((read) => read(args)));
    const results: Record<string, unknown>[] = [];
    for (const row of rows) {
      const result: Record<string, unknown> = {};
      for (let index = 0; index < names.length; index++) {
        const value = row[index];
        const decode = decoders[index];
        result[names[index] as string] =
          value === null || decode === undefined ? value : decode.mapFromDriverValue(value);
      }
      results.push(result);
    }
    return results;
  };
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
