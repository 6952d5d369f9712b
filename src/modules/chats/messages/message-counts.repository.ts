import { and, asc, count, eq, sql } from 'drizzle-orm';
import type { StreamId } from '../../../core/stream-id.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { messages } from './messages.tables.ts';

type Range = { chatId: number; afterMs: number; afterSeq: number; upToMs: number; upToSeq: number };

const isWithin = (p: Params<Range>) =>
  and(
    eq(messages.chatId, p.chatId),
    sql`(${messages.ms}, ${messages.seq}) > (${p.afterMs}, ${p.afterSeq})`,
    sql`(${messages.ms}, ${messages.seq}) <= (${p.upToMs}, ${p.upToSeq})`,
  );

const nth = prepared((db, p: Params<Range & { skipped: number }>) =>
  db
    .select({ ms: messages.ms, seq: messages.seq })
    .from(messages)
    .where(isWithin(p))
    .orderBy(asc(messages.ms), asc(messages.seq))
    .limit(1)
    .offset(p.skipped),
);
const rest = prepared((db, p: Params<Range>) => db.select({ found: count() }).from(messages).where(isWithin(p)));

export type CountStep = { counted: number; next: StreamId | undefined };

/** Counts messages after one id and up to another, at most `step` of them. `next` is where to continue. */
export async function countSome(
  db: Queries,
  chatId: number,
  after: StreamId,
  upTo: StreamId,
  step: number,
): Promise<CountStep> {
  const range = { chatId, afterMs: after.ms, afterSeq: after.seq, upToMs: upTo.ms, upToSeq: upTo.seq };
  const [next] = await nth(db, { ...range, skipped: step - 1 });
  if (next) return { counted: step, next };
  return { counted: (await rest(db, range))[0]?.found ?? 0, next: undefined };
}
