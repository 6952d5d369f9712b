import { sqliteTable } from 'drizzle-orm/sqlite-core';
import { text } from '../../../db/columns.ts';

/** Facts about this instance itself, by name. */
export const instanceFacts = sqliteTable('instance_facts', {
  name: text().primaryKey(),
  value: text().notNull(),
});
