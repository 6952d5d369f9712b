import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, silentLogger } from '../../src/core/logger.ts';
import { openDatabase, prepareDatabase } from '../../src/db/database.ts';
import {
  appliedMigrations,
  carriedMigrations,
  type Migration,
  migrate,
  missingMigrations,
  NewerDatabaseError,
} from '../../src/db/migrate.ts';
import { type DataDir, instanceSecret, isSecretLost, StartError, takeDataDir } from '../../src/db/sqlite/data-dir.ts';
import { dockerName, presentDockerName } from '../../src/db/sqlite/docker-name.ts';

let folder: string;
let dir: DataDir;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portal-migrate-'));
  const taken = takeDataDir(folder);
  if (!taken) throw new Error('taken');
  dir = taken;
});
afterEach(() => {
  dir.release();
  rmSync(folder, { recursive: true });
});

function opened<R>(act: (connection: Database) => R, file = join(folder, 'portal.db')): R {
  const connection = new Database(file, { create: true, strict: true });
  try {
    return act(connection);
  } finally {
    connection.close();
  }
}

function sentenceOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return (error as Error).message;
  }
  throw new Error('it did not fail');
}

const backups = () => (existsSync(join(folder, 'backups')) ? readdirSync(join(folder, 'backups')) : []);

describe('a database', () => {
  test('that is not there is made, and a second start changes nothing', () => {
    expect(prepareDatabase(dir, silentLogger)).toEqual(carriedMigrations().map(({ name }) => name));
    expect(prepareDatabase(dir, silentLogger)).toEqual([]);
    expect(backups()).toEqual([]);
  });

  test('of a newer program is refused with a sentence, and left as it is', () => {
    prepareDatabase(dir, silentLogger);
    opened((connection) => connection.run("insert into migrations values ('9999_the_future', 1)"));
    const before = readFileSync(join(folder, 'portal.db'));
    const sentence = sentenceOf(() => openDatabase({ dir, dispatch: () => {}, logger: silentLogger, sync: 'normal' }));
    expect(sentence).toMatch(/^The database is newer than this program \(it has 9999_the_future\)\. Use the program/);
    expect(readFileSync(join(folder, 'portal.db'))).toEqual(before);
    expect(backups()).toEqual([]);
  });

  test('that is older is copied whole before it is changed', () => {
    prepareDatabase(dir, silentLogger);
    const last = carriedMigrations().at(-1)?.name ?? '';
    opened((connection) => {
      connection.run("insert into instance_facts values ('kept', 'yes')");
      connection.run('delete from migrations where name = ?', [last]);
      connection.run('pragma foreign_keys = off');
      connection.run('insert into chat_members (chat_id, user_id, joined_at) values (7, 7, 7)');
    });
    const logged: string[] = [];
    const logger: Logger = { ...silentLogger, info: (message) => void logged.push(message) };

    // The migration fails, as a row refers to nothing: the copy is made before that.
    const sentence = sentenceOf(() => prepareDatabase(dir, logger));
    expect(sentence).toContain('cannot be opened');
    expect(backups()).toHaveLength(1);
    expect(logged).toEqual(['database backed up before its migration']);
    const copy = join(folder, 'backups', backups()[0] as string);
    expect(backups()[0]).toStartWith(`before-migration-from-${carriedMigrations().at(-2)?.name}-`);
    expect(
      opened((connection) => connection.query("select value from instance_facts where name = 'kept'").values(), copy),
    ).toEqual([['yes']]);
    expect(opened((connection) => connection.query('pragma integrity_check').values(), copy)).toEqual([['ok']]);
    expect(statSync(join(folder, 'backups')).mode & 0o777).toBe(0o700);
  });

  test('whose migration fails at each start is copied once, and again only when it was written to since', () => {
    prepareDatabase(dir, silentLogger);
    const last = carriedMigrations().at(-1)?.name ?? '';
    const change = (fact: string) =>
      opened((connection) => {
        connection.run('insert into instance_facts values (?, ?)', [fact, 'yes']);
        connection.run('delete from migrations where name = ?', [last]);
        connection.run('pragma foreign_keys = off');
        connection.run('insert or ignore into chat_members (chat_id, user_id, joined_at) values (7, 7, 7)');
      });
    const copied = () => {
      const [name, ...others] = backups();
      expect(others).toEqual([]);
      const copy = join(folder, 'backups', name as string);
      const facts = opened((connection) => connection.query('select name from instance_facts').values().flat(), copy);
      return { inode: statSync(copy).ino, facts };
    };
    change('first');
    for (let start = 0; start < 5; start++) sentenceOf(() => prepareDatabase(dir, silentLogger));
    const first = copied();
    expect(first.facts).toContain('first');
    sentenceOf(() => prepareDatabase(dir, silentLogger));
    expect(copied().inode).toBe(first.inode);
    change('second');
    sentenceOf(() => prepareDatabase(dir, silentLogger));
    expect(copied().facts).toContain('second');
  });

  test('that cannot be copied is not migrated', () => {
    prepareDatabase(dir, silentLogger);
    const last = carriedMigrations().at(-1)?.name ?? '';
    opened((connection) => connection.run('delete from migrations where name = ?', [last]));
    writeFileSync(join(folder, 'backups'), 'a file where the folder should be');
    const sentence = sentenceOf(() => prepareDatabase(dir, silentLogger));
    expect(sentence).toContain('it could not be copied before its migration: ');
    expect(opened((connection) => appliedMigrations(connection))).not.toContain(last);
  });

  test('that is none is refused with a sentence', () => {
    writeFileSync(join(folder, 'portal.db'), 'this is not a database, whatever its name says'.repeat(200));
    expect(sentenceOf(() => prepareDatabase(dir, silentLogger))).toMatch(
      /^The database .*portal\.db cannot be opened: /,
    );
  });
});

describe('migrations', () => {
  const one: Migration = { name: '0001_one', statements: ['create table one (id integer primary key) strict'] };
  const two: Migration = { name: '0002_two', statements: ['create table two (id integer primary key) strict'] };
  const late: Migration = { name: '0001_zlate', statements: ['create table late (id integer primary key) strict'] };
  const tables = (connection: Database) =>
    connection.query("select name from sqlite_master where type = 'table' order by name").values().flat();

  test('are applied in the order of their names, each once', () => {
    opened((connection) => {
      expect(migrate(connection, [one])).toEqual(['0001_one']);
      expect(migrate(connection, [one, two])).toEqual(['0002_two']);
      expect(migrate(connection, [one, two])).toEqual([]);
      expect(appliedMigrations(connection)).toEqual(['0001_one', '0002_two']);
    });
  });

  test('that were merged late are not skipped', () => {
    opened((connection) => {
      migrate(connection, [one, two]);
      expect(missingMigrations(connection, [one, late, two])).toEqual([late]);
      expect(migrate(connection, [one, late, two])).toEqual(['0001_zlate']);
      expect(tables(connection)).toContain('late');
    });
  });

  test('are applied all or none', () => {
    const broken: Migration = {
      name: '0003_broken',
      statements: ['create table three (id integer primary key) strict', 'create table one (id integer) strict'],
    };
    opened((connection) => {
      migrate(connection, [one]);
      expect(() => migrate(connection, [one, two, broken])).toThrow(/already exists/);
      expect(tables(connection)).toEqual(['migrations', 'one']);
      expect(appliedMigrations(connection)).toEqual(['0001_one']);
      expect(migrate(connection, [one, two])).toEqual(['0002_two']);
    });
  });

  test('that end their transaction by themselves, as on a full disk, fail with the reason', () => {
    const large: Migration = {
      name: '0002_large',
      statements: [
        'create table large (id integer primary key, body text) strict',
        'with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) insert into large select i, hex(randomblob(500)) from n',
      ],
    };
    opened((connection) => {
      migrate(connection, [one]);
      connection.run('pragma max_page_count = 50');
      expect(() => migrate(connection, [one, large])).toThrow('database or disk is full');
      expect(appliedMigrations(connection)).toEqual(['0001_one']);
    });
  });

  test('that would leave rows referring to nothing are undone, and references are kept again afterwards', () => {
    const parent: Migration = {
      name: '0001',
      statements: [
        'create table parents (id integer primary key) strict',
        'create table children (id integer primary key, parent integer references parents(id)) strict',
        'insert into parents values (1)',
        'insert into children values (1, 1)',
      ],
    };
    const orphaning: Migration = { name: '0002', statements: ['delete from parents'] };
    opened((connection) => {
      migrate(connection, [parent]);
      expect(() => migrate(connection, [parent, orphaning])).toThrow('refer to nothing');
      expect(connection.query('select count(*) from parents').values()).toEqual([[1]]);
      expect(() => connection.run('delete from parents')).toThrow(/FOREIGN KEY/);
    });
  });

  test('may rebuild a table to which others refer without losing those', () => {
    const first: Migration = {
      name: '0001',
      statements: [
        'create table parents (id integer primary key) strict',
        'create table children (parent integer references parents(id) on delete cascade) strict',
        'insert into parents values (1)',
        'insert into children values (1)',
      ],
    };
    const rebuild: Migration = {
      name: '0002',
      statements: [
        'create table parents_new (id integer primary key, name text) strict',
        'insert into parents_new (id) select id from parents',
        'drop table parents',
        'alter table parents_new rename to parents',
      ],
    };
    opened((connection) => {
      migrate(connection, [first, rebuild]);
      expect(connection.query('select count(*) from children').values()).toEqual([[1]]);
    });
  });

  test('of a newer program are named', () => {
    opened((connection) => {
      migrate(connection, [one, two]);
      expect(() => missingMigrations(connection, [one])).toThrow(NewerDatabaseError);
      expect(() => migrate(connection, [one])).toThrow('it has 0002_two');
    });
  });
});

describe('the migrations that the program carries', () => {
  const sources = readdirSync(join(import.meta.dir, '../../drizzle'))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => [file, readFileSync(join(import.meta.dir, '../../drizzle', file), 'utf8')] as const);

  test('are there', () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(carriedMigrations().map(({ name }) => `${name}.sql`)).toEqual(
      sources.map(([file]) => file).sort((a, b) => (a < b ? -1 : 1)),
    );
  });

  test.each(sources)('%s has a breakpoint between any two statements', (_, source) => {
    for (const statement of source.split('--> statement-breakpoint')) {
      // Triggers hold semicolons of their own.
      const lines = /create trigger/i.test(statement) ? [] : statement.split('\n').map((line) => line.trim());
      const ends = lines.filter((line) => line.endsWith(';') && !line.startsWith('--'));
      expect({ statement: statement.trim().slice(0, 80), ends: ends.length <= 1 }).toEqual({
        statement: statement.trim().slice(0, 80),
        ends: true,
      });
    }
  });

  test('keep what an old database knows of bots, levels and console codes, and drop codes that can be asked for again', () => {
    opened((connection) => {
      migrate(
        connection,
        carriedMigrations().filter(({ name }) => name <= '0007_session_purge'),
      );
      for (const name of ['ada', 'bob'])
        connection.run(
          `insert into users (username, username_key, permission_since, last_activity_at, created_at, updated_at) values ('${name}', '${name}', 7, 1, 7, 1)`,
        );
      connection.run('insert into permission_changes (user_id, old_level, new_level, created_at) values (2, 0, 1, 7)');
      for (const [name, latency] of [
        ['told', 42],
        ['silent', 0],
      ])
        connection.run(
          `insert into bots (name, owner_id, platform, rate_limit_per_hour, key_hash, latency_ms, created_at, updated_at) values ('${name}', 1, 'irc', 9, '${name}', ${latency}, 1, 1)`,
        );
      for (const kind of ['web', 'web', 'bot', 'console'])
        connection.run(
          `insert into login_codes (kind, code_hash, nonce, platform, platform_user_id, ip, created_at, expires_at) values ('${kind}', hex(randomblob(9)), 'n', ${kind === 'console' ? 'null, null' : "'irc', '1'"}, '::1', 1, 9)`,
        );
      migrate(connection);
      expect(connection.query('select name, latency from bots order by id').values()).toEqual([
        ['told', 42],
        ['silent', null],
      ]);
      expect(connection.query('select permission_since from users order by id').values()).toEqual([[0], [7]]);
      expect(connection.query('select kind from login_codes').values()).toEqual([['console']]);
    });
  });

  test('keep every message of an old database as it was', () => {
    const upTo = (name: string) => carriedMigrations().filter((migration) => migration.name <= name);
    const said = (connection: Database) =>
      connection
        .query(
          'select chat_id, ms, seq, type, user_id, permission_level, epoch, content from messages order by chat_id, ms, seq',
        )
        .values();
    opened((connection) => {
      migrate(connection, upTo('0007_session_purge'));
      connection.run(
        "insert into users (username, username_key, permission_since, last_activity_at, created_at, updated_at) values ('ada', 'ada', 1, 1, 1, 1)",
      );
      connection.run(
        "insert into chats (chat_type, name, visibility, browser_config, last_activity_at, created_at, updated_at) values ('group', 'a', 'private', '{}', 1, 1, 1)",
      );
      const insert = connection.prepare(
        'insert into messages (chat_id, ms, seq, type, user_id, permission_level, epoch, content) values (1, ?, ?, ?, ?, 2, 3, ?)',
      );
      for (const ms of [30, 10, 20]) {
        insert.run(ms, 0, 'user', 1, `said at ${ms}`);
        insert.run(ms, 1, 'system', null, `written at ${ms}`);
      }
      const before = said(connection);
      expect(before).toHaveLength(6);
      migrate(connection);
      expect(said(connection)).toEqual(before);
      expect(() => insert.run(30, 0, 'user', 1, 'the same id again')).toThrow(/UNIQUE/);
    });
  });

  test('keep every invite of an old database, and let it outlive its creator from then on', () => {
    opened((connection) => {
      migrate(
        connection,
        carriedMigrations().filter(({ name }) => name <= '0007_session_purge'),
      );
      connection.run(
        "insert into users (username, username_key, permission_since, last_activity_at, created_at, updated_at) values ('ada', 'ada', 1, 1, 1, 1)",
      );
      connection.run(
        "insert into chats (chat_type, name, visibility, browser_config, last_activity_at, created_at, updated_at) values ('group', 'a', 'private', '{}', 1, 1, 1)",
      );
      connection.run("insert into invites values ('code', 1, 1, 2, 3, 4, 5)");
      migrate(connection);
      const kept = () => connection.query('select * from invites').values();
      expect(kept()).toEqual([['code', 1, 1, 2, 3, 4, 5]]);
      connection.run('delete from users');
      expect(kept()).toEqual([['code', 1, null, 2, 3, 4, 5]]);
    });
  });

  test('make STRICT tables only', () => {
    prepareDatabase(dir, silentLogger);
    const loose = opened((connection) =>
      connection
        .query(
          "select name from pragma_table_list where schema = 'main' and type = 'table' and strict = 0 and name not like 'sqlite_%'",
        )
        .values()
        .flat(),
    );
    expect(loose).toEqual([]);
    expect(() => opened((connection) => connection.run("insert into instance_facts values ('x', x'00')"))).toThrow(
      /cannot store BLOB/,
    );
  });

  test('give every reference to a row an index, so that deleting what it refers to is no full scan', () => {
    prepareDatabase(dir, silentLogger);
    const bare = opened((connection) => {
      const names = connection
        .query("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        .values()
        .flat() as string[];
      return names.flatMap((table) => {
        const keys = connection.query('select "from" from pragma_foreign_key_list(?)').values(table).flat() as string[];
        const leading = connection
          .query(
            `select distinct (select name from pragma_index_info(list.name) where seqno = 0) from pragma_index_list(?) list
             union select name from pragma_table_info(?) where pk = 1`,
          )
          .values(table, table)
          .flat();
        return keys.filter((column) => !leading.includes(column)).map((column) => `${table}.${column}`);
      });
    });
    expect(bare).toEqual([]);
  });
});

describe('the data directory', () => {
  test('belongs to one process at a time', () => {
    expect(takeDataDir(folder)).toBeUndefined();
    dir.release();
    const again = takeDataDir(folder);
    expect(again).toBeDefined();
    dir = again as DataDir;
  });

  test('keeps a secret of its own, readable by its owner alone, the same at each start', () => {
    const bytes = (length: number) => new Uint8Array(length).fill(7);
    const first = instanceSecret(dir, undefined, bytes);
    expect(instanceSecret(dir, undefined, () => new Uint8Array(32))).toEqual(first);
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
    expect(instanceSecret(dir, 'configured-elsewhere-configured-elsewhere', bytes)).not.toEqual(first);
    writeFileSync(join(folder, 'secret'), 'short');
    expect(sentenceOf(() => instanceSecret(dir, undefined, bytes))).toContain('is damaged');
  });

  test('has a name in Docker, the same at each start, also where nothing can be written', () => {
    const secret = Buffer.from('a secret');
    const bytes = (length: number) => new Uint8Array(length).fill(7);
    expect(presentDockerName(folder)).toBeUndefined();
    expect(dockerName(folder, secret, bytes)).toBe('070707070707');
    expect(dockerName(folder, secret, () => new Uint8Array(6))).toBe('070707070707');
    expect(presentDockerName(folder)).toBe('070707070707');
    writeFileSync(join(folder, 'docker-name'), 'cut sh');
    expect(dockerName(folder, secret, () => new Uint8Array(6))).toBe('000000000000');
    const nowhere = join(folder, 'nowhere');
    expect(dockerName(nowhere, secret, bytes)).toBe(dockerName(nowhere, secret, () => new Uint8Array(6)));
    expect(dockerName(nowhere, secret, bytes)).toMatch(/^[\da-f]{12}$/);
  });

  test('without a secret has lost it when there is a database, and only then', () => {
    expect(isSecretLost(dir, undefined)).toBe(false);
    writeFileSync(join(folder, 'portal.db'), '');
    expect(isSecretLost(dir, 'configured-elsewhere-configured-elsewhere')).toBe(false);
    expect(isSecretLost(dir, undefined)).toBe(true);
    instanceSecret(dir, undefined, (length) => new Uint8Array(length));
    expect(isSecretLost(dir, undefined)).toBe(false);
  });
});
