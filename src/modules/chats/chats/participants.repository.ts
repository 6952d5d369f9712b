import { and, asc, eq, isNull } from 'drizzle-orm';
import type { PersonId } from '../../../core/principal.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chats } from './chats.tables.ts';
import { directChats, directParticipants, type ParticipantRow } from './direct.tables.ts';

// The two people of each direct chat.

const seat = prepared((db, p: Params<{ chatId: number; person: PersonId }>) =>
  db
    .select({ number: directParticipants.number })
    .from(directParticipants)
    .where(and(eq(directParticipants.chatId, p.chatId), eq(directParticipants.person, p.person))),
);

/** The person's number in a direct chat, 1 or 2; undefined if it is not theirs. */
export async function findParticipant(db: Queries, chatId: number, person: PersonId): Promise<1 | 2 | undefined> {
  return (await seat(db, { chatId, person }))[0]?.number;
}

const byToken = prepared((db, p: Params<{ tokenHash: string }>) =>
  db.select().from(directParticipants).where(eq(directParticipants.tokenHash, p.tokenHash)),
);

/** The participant whose token has this SHA-256. */
export async function findByToken(db: Queries, tokenHash: string): Promise<ParticipantRow | undefined> {
  return (await byToken(db, { tokenHash }))[0];
}

const both = prepared((db, p: Params<{ chatId: number }>) =>
  db
    .select()
    .from(directParticipants)
    .where(eq(directParticipants.chatId, p.chatId))
    .orderBy(asc(directParticipants.number)),
);

/** Participants 1 and 2; none if the chat is not direct. */
export function listParticipants(db: Queries, chatId: number): Promise<ParticipantRow[]> {
  return both(db, { chatId });
}

const theirs = prepared((db, p: Params<{ person: PersonId }>) =>
  db
    .select({ chat: chats, direct: directChats, own: directParticipants })
    .from(directParticipants)
    .innerJoin(directChats, eq(directChats.chatId, directParticipants.chatId))
    .innerJoin(chats, eq(chats.id, directParticipants.chatId))
    .where(and(eq(directParticipants.person, p.person), isNull(chats.deletedAt)))
    .orderBy(asc(directParticipants.chatId)),
);

/** A person's direct chats, live and archived, oldest first. */
export function listDirectOf(db: Queries, person: PersonId) {
  return theirs(db, { person });
}
export type DirectOf = Awaited<ReturnType<typeof listDirectOf>>[number];
