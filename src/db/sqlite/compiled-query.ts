import { Column, getTableName, is, Param, Placeholder, SQL } from 'drizzle-orm';
import { SQLiteCustomColumn } from 'drizzle-orm/sqlite-core';

type Decoder = { mapFromDriverValue(value: unknown): unknown };
type Encoder = { mapToDriverValue(value: unknown): unknown };
type Field = { path: string[]; field: unknown };

/** What drizzle makes of a query on bun:sqlite. */
type Prepared = {
  stmt: { values(...params: unknown[]): unknown[][] };
  query: { params: unknown[] };
  /** Undefined for a write that returns nothing. */
  fields?: Field[];
  /** By table: false for the side of a join that may be missing. */
  joinsNotNullableMap?: Record<string, boolean>;
  customResultMapper?: unknown;
};

type Args = Record<string, unknown>;
type Compiled = (args: Args) => Record<string, unknown>[];

/** A value of a row, by its place in what the database gives. */
type Part = { index: number; name: string; field: unknown };
/** An object in a row, such as one side of a join. It is null where the value at `missingAt` is. */
type Group = { name: string; parts: Part[]; missingAt: number | undefined };

/**
 * The same query, run without drizzle's help: that looks anew at each call what kind each parameter and each column is, which
 * takes longer than the reading. Undefined for queries that are not so plain (deeper rows, other databases).
 *
 * Each query becomes a function of its own, as one would write it by hand: `(args) => query.values(args.id).map((row) => ({
 * name: row[0] }))`. One function for all would see every shape of row, and the engine would optimize it for none.
 */
export function compileQuery(query: object): Compiled | undefined {
  const { stmt, query: parts, fields = [], customResultMapper, joinsNotNullableMap } = query as Partial<Prepared>;
  if (typeof stmt?.values !== 'function' || !parts || customResultMapper) return undefined;
  if (fields.some(({ path }) => path.length > 2)) return undefined;
  const used = new Used();
  const params = parts.params.map((param) => codeOfParam(param, used));
  const own = fields.flatMap((field, index) => (field.path.length === 1 ? [partOf(field, index)] : []));
  const row = codeOfRow(own, groupsOf(fields, joinsNotNullableMap), used);
  return used.in(`(args) => ${used.name(stmt)}.values(${params.join(', ')}).map((row) => (${row}))`) as Compiled;
}

/** The values that a piece of code uses, each by a name. */
class Used {
  readonly #values: unknown[] = [given];

  name(value: unknown): string {
    this.#values.push(value);
    return `$${this.#values.length - 1}`;
  }

  /** What the code stands for. It is made of names of columns and parameters alone, each of them quoted. */
  in(code: string): unknown {
    const names = this.#values.map((_, index) => `$${index}`);
    return new Function(...names, `'use strict'; return ${code};`)(...this.#values);
  }
}

const GIVEN = '$0';

function given(args: Args, name: string): unknown {
  if (!(name in args)) throw new Error(`No value for the placeholder "${name}"`);
  return args[name];
}

function codeOfParam(param: unknown, used: Used): string {
  if (is(param, Placeholder)) return `${GIVEN}(args, ${JSON.stringify(param.name)})`;
  if (!is(param, Param) || !is(param.value, Placeholder)) return used.name(param);
  const value = codeOfParam(param.value, used);
  return keepsValues(param.encoder) ? value : `${used.name(param.encoder)}.mapToDriverValue(${value})`;
}

function codeOfRow(own: readonly Part[], groups: readonly Group[], used: Used): string {
  const inGroups = groups.map(({ name, parts, missingAt }) => {
    const object = codeOfObject(parts, used);
    return `${JSON.stringify(name)}: ${missingAt === undefined ? object : `row[${missingAt}] === null ? null : ${object}`}`;
  });
  return `{ ${[codeOfParts(own, used), ...inGroups].filter(Boolean).join(', ')} }`;
}

function codeOfObject(parts: readonly Part[], used: Used): string {
  return `{ ${codeOfParts(parts, used)} }`;
}

function codeOfParts(parts: readonly Part[], used: Used): string {
  return parts
    .map(({ index, name, field }) => `${JSON.stringify(name)}: ${codeOfValue(index, field, used)}`)
    .join(', ');
}

function codeOfValue(index: number, field: unknown, used: Used): string {
  const decoder = decoderOf(field);
  const value = `row[${index}]`;
  return decoder ? `${value} === null ? null : ${used.name(decoder)}.mapFromDriverValue(${value})` : value;
}

function partOf({ path, field }: Field, index: number): Part {
  return { index, name: path.at(-1) as string, field };
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
  const isColumns = decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue;
  // SQLite gives numbers as numbers.
  return isColumns || (is(decoder, SQLiteCustomColumn) && mappingsOf(decoder).mapFrom === Number) ? undefined : decoder;
}

function decoderOfSql(sql: SQL): unknown {
  return (sql as unknown as { decoder: unknown }).decoder;
}

function keepsValues(encoder: Encoder): boolean {
  if (is(encoder, SQLiteCustomColumn)) return mappingsOf(encoder).mapTo === undefined;
  return encoder.mapToDriverValue === Column.prototype.mapToDriverValue;
}

function mappingsOf(column: object): { mapFrom?: unknown; mapTo?: unknown } {
  return column;
}
