import { eq } from 'drizzle-orm';
import { derivedApiKey, isWellFormedApiKey, sameText } from '../../../core/secrets.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import { instanceFacts } from './instance-facts.tables.ts';

const fact = prepared((db, p: Params<{ name: string }>) =>
  db.select({ value: instanceFacts.value }).from(instanceFacts).where(eq(instanceFacts.name, p.name)),
);

const ROTATIONS = 'public_key_rotations';

type Deps = { read: Queries; units: Pick<Units<never>, 'run'>; secret: Uint8Array };

export type PublicKey = Awaited<ReturnType<typeof openPublicKey>>;

/**
 * The public key of the instance, sent by every client. It is derived from the instance's secret and the number of
 * rotations, so it can be printed at any time without being stored.
 */
export async function openPublicKey({ read, units, secret }: Deps) {
  const keyAfter = (rotations: number) => derivedApiKey(secret, 'hpub_', `public-key:${rotations}`);
  const rotations = async (db: Queries) => Number((await fact(db, { name: ROTATIONS }))[0]?.value ?? 0);
  let current = keyAfter(await rotations(read));

  return {
    current: () => current,

    matches: (key: string) => isWellFormedApiKey(key, 'hpub_') && sameText(key, current),

    /** Replaces the key; the old one stops working at once. */
    async rotate(): Promise<string> {
      const next = await units.run('rotate public key', async ({ db }) => {
        const number = (await rotations(db)) + 1;
        const value = String(number);
        await db
          .insert(instanceFacts)
          .values({ name: ROTATIONS, value })
          .onConflictDoUpdate({ target: instanceFacts.name, set: { value } })
          .returning({ name: instanceFacts.name });
        return number;
      });
      current = keyAfter(next);
      return current;
    },
  };
}
