import { eq } from 'drizzle-orm';
import { derivedApiKey, isWellFormedApiKey, sameText } from '../../../core/secrets.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import { instanceFacts } from './instance.tables.ts';

const fact = prepared((db, p: Params<{ name: string }>) =>
  db.select({ value: instanceFacts.value }).from(instanceFacts).where(eq(instanceFacts.name, p.name)),
);

const ROTATIONS = 'public_key_rotations';

type Deps = { read: Queries; units: Pick<Units<never>, 'run'>; secret: Uint8Array };

export type Instance = Awaited<ReturnType<typeof openInstance>>;

/**
 * What this instance knows of itself. Its public key is made of the instance's secret and the number of rotations, so that
 * it can be printed at any time although the database holds nothing of it.
 */
export async function openInstance({ read, units, secret }: Deps) {
  const keyAfter = (rotations: number) => derivedApiKey(secret, 'hpub_', `public-key:${rotations}`);
  const rotations = async (db: Queries) => Number((await fact(db, { name: ROTATIONS }))[0]?.value ?? 0);
  let publicKey = keyAfter(await rotations(read));

  return {
    publicKey: () => publicKey,

    isPublicKey: (key: string) => isWellFormedApiKey(key, 'hpub_') && sameText(key, publicKey),

    /** A new public key; the old one is dead at once. */
    async rotatePublicKey(): Promise<string> {
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
      publicKey = keyAfter(next);
      return publicKey;
    },
  };
}
