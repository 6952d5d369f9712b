import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../../src/db/sqlite/files.ts';

/** The yardstick: `Bun.serve`, and one prepared read on the same data. `bun bare.ts <folder> <user id>` */
const connection = new Database(join(process.argv[2] ?? '.', DATABASE_FILE), { readonly: true });
const userId = Number(process.argv[3]);
const profile = connection.prepare('select * from users where id = ?');
const chats = connection.prepare(
  'select c.id, c.chat_type, c.name, c.visibility, c.label, c.slug, c.description, c.archived, u.id as owner_id, u.username, ' +
    "u.avatar_url from chats c left join users u on u.id = c.owner_id where c.visibility in ('official', 'public') or " +
    'c.owner_id = ?1 or c.id in (select chat_id from chat_members where user_id = ?1) ' +
    "order by c.visibility <> 'official', c.last_activity_at desc",
);

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/v1/users/me': () => Response.json(profile.get(userId)),
    '/v1/portal/chats': () => Response.json(chats.all(userId)),
  },
});
console.log(`ready ${server.port}`);
