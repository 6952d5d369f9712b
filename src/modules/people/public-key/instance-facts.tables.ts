import { table, text } from '../../../db/columns.ts';

/** Key-value facts about this instance. */
export const instanceFacts = table('instance_facts', {
  name: text().primaryKey(),
  value: text().notNull(),
});
