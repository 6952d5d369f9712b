import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import type { TestPortal } from './portal.ts';
import { sealed } from './sealed.ts';

type Held = Pick<TestPortal, 'database' | 'dataDir' | 'timers'>;
type Said = { by: { id: number }; count: number };

/** Inserts `count` messages of one person, a millisecond apart, and returns the last one's id. */
export async function fill(portal: Held, chat: { id: number }, { by, count }: Said): Promise<string> {
  const [before] = await portal.database.read.select().from(chats).where(eq(chats.id, chat.id));
  const from = Math.max(before?.lastMs ?? 0, portal.timers.now() - count) + 1;
  const connection = new Database(join(portal.dataDir, DATABASE_FILE));
  connection.run('pragma busy_timeout = 5000');
  connection.run(
    `with recursive n(i) as (select 0 union all select i + 1 from n where i < ${count - 1})
     insert into messages (chat_id, ms, seq, type, user_id, permission_level, epoch, content)
     select ?, ${from} + i, 0, 'user', ?, 0, 1, ? from n`,
    [chat.id, by.id, sealed().content],
  );
  connection.close();
  const last = { lastMs: from + count - 1, lastSeq: 0, tailMs: from + count - 1, tailSeq: 0, spokenEpoch: 1 };
  await portal.database.units.run('given messages', ({ db }) =>
    db.update(chats).set(last).where(eq(chats.id, chat.id)).returning({ id: chats.id }),
  );
  return `${last.lastMs}-0`;
}

/** How many units of work of others ran during the work: zero if it were one long unit. */
export async function turnsOfOthers(
  portal: Pick<TestPortal, 'database'>,
  work: () => Promise<unknown>,
): Promise<number> {
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      await portal.database.units.run('another', async ({ db }) => db.select({ id: chats.id }).from(chats).limit(1));
      turns++;
      await Bun.sleep(0);
    }
  })();
  await work().finally(() => {
    isOver = true;
  });
  await others;
  return turns;
}
