import { sql } from 'drizzle-orm';
import type { TestPortal } from './portal.ts';

/** Lets the database grow to so many pages only, as if the disk had no more room. */
export function limitPages({ database }: Pick<TestPortal, 'database'>, pages: number): Promise<void> {
  return database.units.run('given', async ({ db }) => {
    (db as unknown as { run(query: unknown): unknown }).run(sql.raw(`pragma max_page_count = ${pages}`));
  });
}

/** Leaves the database no room for another direct chat. Gives back what makes room again. */
export async function fillDisk(portal: Pick<TestPortal, 'database' | 'given'>): Promise<() => Promise<void>> {
  const { given } = portal;
  const [one, other] = [await given.person(), await given.person()];
  await limitPages(portal, 1);
  // The pages that are there have some room left.
  while (
    await given.direct(one, other).then(
      () => true,
      () => false,
    )
  );
  return () => limitPages(portal, 100_000);
}
