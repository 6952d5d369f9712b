import type { Queries } from '../../db/queries.ts';
import { punishments } from './moderation.tables.ts';

export async function insertPunishment(db: Queries, punishment: typeof punishments.$inferInsert): Promise<void> {
  await db.insert(punishments).values(punishment).returning({ id: punishments.id });
}
