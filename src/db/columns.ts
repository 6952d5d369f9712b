import { customType, integer } from 'drizzle-orm/sqlite-core';

// All that a table is made of. Each column type means the same on SQLite and on PostgreSQL.

export { index, primaryKey, sqliteTable as table, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** A point in time: Unix milliseconds. */
export const instant = customType<{ data: number; driverData: number | string | bigint }>({
  dataType: () => 'integer',
  fromDriver: Number,
});

/** A whole number: a count, an id, an enum's value. */
export const count = customType<{ data: number; driverData: number | string | bigint }>({
  dataType: () => 'integer',
  fromDriver: Number,
});

/** A measured number, with a fraction. */
export const measure = customType<{ data: number; driverData: number | string }>({
  dataType: () => 'real',
  fromDriver: Number,
});

/** True or false. */
export const flag = customType<{ data: boolean; driverData: number | boolean }>({
  dataType: () => 'integer',
  toDriver: Number,
  fromDriver: Boolean,
});

/** Opaque JSON: stored and given back, never looked into by a query. */
export const json = <T>(name: string) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => 'text',
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (value) => JSON.parse(value) as T,
  })(name);

/** A table's own number for each row, from 1; never given twice, also not after a row is gone. */
export const identity = () => integer().primaryKey({ autoIncrement: true });
