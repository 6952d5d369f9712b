import { eq } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { sessions } from '../../people/sessions/sessions.tables.ts';
import { users } from '../../people/users/users.tables.ts';

const ofSession = prepared((db, p: Params<{ sessionId: string }>) =>
  db
    .select({
      sessionId: sessions.id,
      publicKey: sessions.publicKey,
      signingKey: sessions.signingKey,
      expiresAt: sessions.expiresAt,
      userId: users.id,
      username: users.username,
      avatarUrl: users.avatarUrl,
      permissionLevel: users.permissionLevel,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.id, p.sessionId)),
);

/** These sessions, in order, each with its keys and its person. One query each: cheaper than building one for many. */
export async function listSessionsWithPeople(db: Queries, ids: readonly string[]) {
  const found = [];
  for (const sessionId of ids) found.push(...(await ofSession(db, { sessionId })));
  return found;
}
