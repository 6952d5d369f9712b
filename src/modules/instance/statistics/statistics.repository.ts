import { and, count, eq, inArray, isNotNull, isNull } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chats, type Visibility } from '../../chats/chats/chats.tables.ts';
import { bots } from '../../people/bots/bots.tables.ts';
import { users } from '../../people/users/users.tables.ts';

// Each count is answered by an index alone. What belongs to deleted accounts is little and is subtracted.

const ofTier = prepared((db, p: Params<{ tier: number }>) =>
  db.select({ rows: count() }).from(users).where(eq(users.subscriptionTier, p.tier)),
);
const deleted = prepared((db) =>
  db.select({ id: users.id, tier: users.subscriptionTier }).from(users).where(isNotNull(users.deletedAt)),
);
const ofType = prepared((db, p: Params<{ type: number }>) =>
  db.select({ rows: count() }).from(bots).where(eq(bots.botType, p.type)),
);
const ofVisibility = prepared((db, p: Params<{ visibility: string }>) =>
  db
    .select({ rows: count() })
    .from(chats)
    .where(and(eq(chats.chatType, 'group'), eq(chats.visibility, p.visibility), isNull(chats.deletedAt))),
);

export async function countUsersOfTier(db: Queries, tier: number): Promise<number> {
  const gone = (await deleted(db, {})).filter((user) => user.tier === tier);
  return first(await ofTier(db, { tier })) - gone.length;
}

export async function countBotsOfType(db: Queries, type: number): Promise<number> {
  const owners = (await deleted(db, {})).map(({ id }) => id);
  const theirs =
    owners.length === 0 ? [] : await db.select({ type: bots.botType }).from(bots).where(inArray(bots.ownerId, owners));
  return first(await ofType(db, { type })) - theirs.filter((bot) => bot.type === type).length;
}

export async function countChatsOfVisibility(db: Queries, visibility: Visibility): Promise<number> {
  return first(await ofVisibility(db, { visibility }));
}

function first(rows: readonly { rows: number }[]): number {
  return rows[0]?.rows ?? 0;
}
