import { inArray } from 'drizzle-orm';
import { prepared, type Queries } from '../../../db/queries.ts';
import { instanceFacts } from '../../people/public-key/instance-facts.tables.ts';

/** What an instance says of itself, by the names of its facts. */
export type Words = { name: string; welcome: string };

const told = prepared((db) =>
  db
    .select()
    .from(instanceFacts)
    .where(inArray(instanceFacts.name, ['name', 'welcome'])),
);

/** What an Owner has written so far. */
export async function findWords(db: Queries): Promise<Partial<Words>> {
  return Object.fromEntries((await told(db, {})).map(({ name, value }) => [name, value]));
}

export async function saveWord(db: Queries, name: keyof Words, value: string): Promise<void> {
  await db
    .insert(instanceFacts)
    .values({ name, value })
    .onConflictDoUpdate({ target: instanceFacts.name, set: { value } })
    .returning({ name: instanceFacts.name });
}
