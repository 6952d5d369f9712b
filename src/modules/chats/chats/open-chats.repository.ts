import { and, eq, inArray, isNull, ne } from 'drizzle-orm';
import type { Queries } from '../../../db/queries.ts';
import { chats } from './chats.tables.ts';

/** The chats among these that are visible to everyone. */
export async function listOpenAmong(db: Queries, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select({ id: chats.id })
    .from(chats)
    .where(
      and(
        inArray(chats.id, [...ids]),
        eq(chats.chatType, 'group'),
        ne(chats.visibility, 'private'),
        isNull(chats.deletedAt),
      ),
    );
  return rows.map(({ id }) => id);
}
