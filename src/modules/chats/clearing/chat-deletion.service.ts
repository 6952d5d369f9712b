import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import { listDeleted, removeChat } from '../chats/chats.repository.ts';
import { deleteOldest } from '../messages/messages.repository.ts';
import { clearChat } from './chat-deletion.repository.ts';

type Deps = { read: Queries; units: Pick<Units<never>, 'run'> };

/** A few milliseconds of work, so that other requests get their turn. */
const PURGED_AT_ONCE = 1000;
const EVERYTHING = { ms: Number.MAX_SAFE_INTEGER, seq: 0 };

export type ChatDeletion = ReturnType<typeof createChatDeletion>;

/** The rows that a deleted chat leaves on disk. */
export function createChatDeletion({ read, units }: Deps) {
  return {
    /** Purges deleted chats in small batches, so that no request waits for it. */
    async purgeDeleted(): Promise<void> {
      for (const { id } of await listDeleted(read)) {
        const purge = () => units.run('purge messages', ({ db }) => deleteOldest(db, id, EVERYTHING, PURGED_AT_ONCE));
        while ((await purge()) > 0) await Bun.sleep(1);
        while (await units.run('purge chat', ({ db }) => clearChat(db, id, PURGED_AT_ONCE))) await Bun.sleep(1);
        await units.run('remove chat', ({ db }) => removeChat(db, id));
      }
    },
  };
}
