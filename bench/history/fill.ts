import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import type { PreparedChat } from '../support/world.ts';

const EVERY_MS = 1000;

/** Fills a chat with sealed messages of its members, one a second up to now, as the program would have stored them. */
export function fillChat(dataDir: string, chat: PreparedChat, content: string, count: number): void {
  const db = new Database(join(dataDir, DATABASE_FILE));
  const people = db
    .query<{ id: number }, [number, number]>(
      'select user_id as id from chat_members where chat_id = ? union select owner_id from chats where id = ?',
    )
    .all(chat.chatId, chat.chatId);
  const insert = db.prepare(
    'insert into messages (chat_id, ms, seq, type, user_id, permission_level, epoch, content) ' +
      "values (?1, ?2, 0, 'user', ?3, 0, ?4, ?5)",
  );
  const first = Date.now() - count * EVERY_MS;
  db.transaction(() => {
    for (let index = 0; index < count; index++)
      insert.run(chat.chatId, first + index * EVERY_MS, people[index % people.length]?.id ?? null, chat.epoch, content);
  })();
  const last = first + (count - 1) * EVERY_MS;
  db.run('update chats set last_ms = ?1, tail_ms = ?1, spoken_epoch = epoch where id = ?2', [last, chat.chatId]);
  db.close();
}
