import { Database } from 'bun:sqlite';
import { existsSync } from 'node:fs';

/** More epochs than a chat can use between two restores. */
const STEP = 1_000_000;

/** The highest epoch of any chat in a database; 0 if there is none or the file cannot be read. */
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
 * Without this, epochs used since the backup would be reused for other keys, and people removed since would get stored keys again.
 * Every chat continues far above any past epoch, `above` included, without a key: the next session in the room creates one.
 */
export function leaveOldKeys(copy: Database, above: number): void {
  const step = STEP * (1 + Math.floor(above / STEP));
  copy.run('pragma secure_delete = on');
  copy.run('begin immediate');
  copy.run('update chats set epoch = epoch + ?, generator_session_id = null', [step]);
  copy.run('delete from key_blobs');
  copy.run('commit');
}
