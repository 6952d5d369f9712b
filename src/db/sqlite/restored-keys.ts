import { Database } from 'bun:sqlite';
import { existsSync } from 'node:fs';

/** More keys than a chat has had between two restores. */
const STEP = 1_000_000;

/** The highest epoch of any chat in a database; 0 where there is none, or it cannot be read. */
export function highestEpoch(path: string): number {
  if (!existsSync(path)) return 0;
  let connection: Database | undefined;
  try {
    connection = new Database(path, { readonly: true });
    const row = connection.query<{ highest: number | null }, []>('select max(epoch) as highest from chats').get();
    return row?.highest ?? 0;
  } catch {
    return 0;
  } finally {
    connection?.close();
  }
}

/**
 * After a restore the numbers of the epochs since the backup would be given again, to other keys, and people who have been put out
 * since would be handed keys that are in the backup. So every chat goes on far above any epoch of the past, `above` included,
 * without a key: the next to come makes one.
 */
export function leaveOldKeys(copy: Database, above: number): void {
  const step = STEP * (1 + Math.floor(above / STEP));
  copy.run('pragma secure_delete = on');
  copy.run('begin immediate');
  copy.run('update chats set epoch = epoch + ?, generator_session_id = null', [step]);
  copy.run('delete from key_blobs');
  copy.run('commit');
}
