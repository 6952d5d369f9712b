import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { openPortal } from '../../src/app/open-portal.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { CONSOLE, Level } from '../../src/core/principal.ts';
import { takeDataDir } from '../../src/db/sqlite/data-dir.ts';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';

export const USERS = 100_000;
export const CHATS = 10_000;
const [OFFICIAL, PUBLIC, JOINED] = [10, 140, 50];
export const VISIBLE = OFFICIAL + PUBLIC + JOINED;

/** The caller of the measurement, and the chats they see. */
export type Caller = { userId: number; token: string };

const NAMES = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald', 'radia', 'ken', 'dennis', 'margaret'];

/** Fills a data directory with many accounts and chats, as the program would have stored them. */
export async function fillTown(dataDir: string, callers: number): Promise<Caller[]> {
  const dir = takeDataDir(dataDir);
  if (!dir) throw new Error(`somebody runs on ${dataDir}`);
  const { config } = loadConfig({ PORTAL_DATA_DIR: dataDir });
  const portal = await openPortal(config, dir, silentLogger);
  const people = await portal.database.units.run('callers', async (unit) => {
    const made: Caller[] = [];
    for (let index = 0; index < callers; index++) {
      const row = await portal.modules.registration.create(unit, {
        username: `caller_${index}`,
        level: Level.User,
        actor: CONSOLE,
      });
      const client = { ip: '127.0.0.1', userAgent: 'bench' };
      made.push({ userId: row.id, token: (await portal.modules.sessions.open(unit.db, row, client)).token });
    }
    return made;
  });
  await portal.close();
  fillTables(join(dataDir, DATABASE_FILE), people);
  return people;
}

function fillTables(path: string, people: readonly Caller[]): void {
  const db = new Database(path);
  const now = Date.now();
  const user = db.prepare(
    'insert into users (username, username_key, permission_since, last_activity_at, created_at, updated_at, avatar_url) ' +
      'values (?1, ?1, ?2, ?2, ?2, ?2, ?3)',
  );
  const chat = db.prepare(
    'insert into chats (chat_type, name, owner_id, visibility, slug, description, browser_config, last_activity_at, ' +
      "created_at, updated_at) values ('group', ?1, ?2, ?3, ?4, ?5, '{}', ?6, ?6, ?6) returning id",
  );
  const member = db.prepare('insert into chat_members (chat_id, user_id, joined_at) values (?, ?, ?)');
  db.transaction(() => {
    for (let index = people.length; index < USERS; index++)
      user.run(`${NAMES[index % NAMES.length]}_${index}`, now, `/avatars/discord_${index % 6}.svg`);
    for (let index = 0; index < CHATS; index++) {
      const visibility = index < OFFICIAL ? 'official' : index < OFFICIAL + PUBLIC ? 'public' : 'private';
      const slug = visibility === 'private' ? null : `chat-${index}`;
      const ownerId = people.length + 1 + ((index * 9) % (USERS - people.length));
      const { id } = chat.get(`Chat number ${index}`, ownerId, visibility, slug, 'Where people meet', now - index) as {
        id: number;
      };
      if (index >= OFFICIAL + PUBLIC && index < VISIBLE) for (const { userId } of people) member.run(id, userId, now);
    }
  })();
  db.close();
}
