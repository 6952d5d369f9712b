import { table, text } from '../../../db/columns.ts';

/** Facts about this instance itself, by name. */
export const instanceFacts = table('instance_facts', {
  name: text().primaryKey(),
  value: text().notNull(),
});
