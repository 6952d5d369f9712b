import { Database } from 'bun:sqlite';
import { join } from 'node:path';

/** The yardstick: `Bun.serve`, and one prepared insert in a transaction of its own. `bun bare.ts <folder>` */
const connection = new Database(join(process.argv[2] ?? '.', 'bare.db'), { create: true });
connection.run('pragma journal_mode = wal');
connection.run('pragma synchronous = normal');
connection.run(
  'create table messages (chat_id integer not null, ms integer not null, seq integer not null, content text not null, ' +
    'primary key (chat_id, ms, seq))',
);
const insert = connection.prepare('insert into messages (chat_id, ms, seq, content) values (?, ?, ?, ?)');
let seq = 0;

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    const { content } = (await request.json()) as { content: string };
    const ms = Date.now();
    insert.run(1, ms, ++seq, content);
    return Response.json({ id: `${ms}-${seq}` });
  },
});
console.log(`ready ${server.port}`);
