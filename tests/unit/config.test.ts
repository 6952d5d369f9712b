import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/run.ts';
import { ConfigError, type Environment, type Flags, loadConfig } from '../../src/config/load-config.ts';

const home = mkdtempSync(join(tmpdir(), 'portal-config-'));
const SECRET = 'a-secret-of-more-than-thirty-two-characters';
let folders = 0;

afterAll(() => rmSync(home, { recursive: true }));

/** A place for a data directory, with what stands beside it. */
function place(files: Record<string, string> = {}): string {
  const folder = join(home, String(++folders));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return join(folder, 'data');
}

type Given = { env?: Environment; dotenv?: string; flags?: Flags };

function load({ env = {}, dotenv, flags = {} }: Given) {
  const dataDir = place(dotenv === undefined ? {} : { '.env': dotenv });
  return loadConfig({ PORTAL_DATA_DIR: dataDir, ...env }, flags);
}

const config = (given: Given) => load(given).config;
const sourceOf = (given: Given, variable: string) =>
  load(given).resolved.find(({ setting }) => setting.env === variable)?.source;

function mistakes(given: Given): readonly string[] {
  try {
    load(given);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe('a value', () => {
  const everywhere = {
    flags: { PORTAL_PORT: '1' },
    env: { PORTAL_PORT: '2' },
    dotenv: 'PORTAL_PORT=3\n',
  };
  const { flags: _flags, ...withoutFlag } = everywhere;
  const { env: _env, ...fileOnly } = withoutFlag;

  test.each([
    ['flag', everywhere, 1],
    ['environment', withoutFlag, 2],
    ['.env', fileOnly, 3],
    ['default', {}, 7331],
  ])('comes from the %s before what follows', (source, given: Given, port) => {
    expect(config(given).server.port).toBe(port);
    expect(sourceOf(given, 'PORTAL_PORT')).toBe(source as never);
  });

  test('that is empty counts as none, but for a flag', () => {
    const env = {
      PORTAL_PORT: '',
      PORTAL_HOST: '',
      PORTAL_SECRET: '',
      PORTAL_PUBLIC_URL: '',
      PORTAL_ALLOWED_ORIGINS: '',
    };
    expect(load({ env }).resolved.filter(({ source }) => source !== 'default')).toHaveLength(1); // the data directory
    expect(config({ env, dotenv: 'PORTAL_PORT=3' }).server).toMatchObject({ port: 3, host: '127.0.0.1' });
    expect(config({ dotenv: 'PORTAL_PORT=\n' }).server.port).toBe(7331);
    expect(mistakes({ flags: { PORTAL_HOST: '' } })).toEqual(['PORTAL_HOST must not be empty']);
  });

  test('cannot be changed once it is read', () => {
    const loaded = config({ env: { PORTAL_ALLOWED_ORIGINS: 'https://a.example, https://b.example' } });
    expect(Object.isFrozen(loaded)).toBe(true);
    for (const section of Object.values(loaded)) expect(Object.isFrozen(section)).toBe(true);
    for (const list of [loaded.server.allowedOrigins, config({}).server.trustProxy]) {
      expect(Object.isFrozen(list)).toBe(true);
    }
  });
});

describe('what Kubernetes tells of services', () => {
  const links = {
    PORTAL_SERVICE_HOST: '10.96.0.7',
    PORTAL_SERVICE_PORT: '7331',
    PORTAL_SERVICE_PORT_HTTP: '7331',
    PORTAL_PORT: 'tcp://10.96.0.7:7331',
    PORTAL_PORT_7331_TCP: 'tcp://10.96.0.7:7331',
    PORTAL_PORT_7331_TCP_PROTO: 'tcp',
    PORTAL_PORT_7331_TCP_PORT: '7331',
    PORTAL_PORT_7331_TCP_ADDR: '10.96.0.7',
    PORTAL_REDIS_SERVICE_HOST: 'fd00::7',
    PORTAL_REDIS_PORT: 'tcp://[fd00::7]:6379',
    PORTAL_PORT_53_UDP: 'udp://10.96.0.7:53',
  };

  test('is passed over, and the port is what it would be without it', () => {
    expect(config({ env: links }).server.port).toBe(7331);
    expect(config({ env: links, dotenv: 'PORTAL_PORT=8080' }).server.port).toBe(8080);
    expect(config({ env: links, flags: { PORTAL_PORT: '8081' } }).server.port).toBe(8081);
  });

  test('hides no mistake of the same name', () => {
    expect(mistakes({ env: { PORTAL_SERVICE_HOST: 'example.com' } })).toHaveLength(1);
    expect(mistakes({ env: { PORTAL_PORT: 'tcp' } })).toHaveLength(1);
    expect(mistakes({ env: { PORTAL_HOST_PORT: '80' } })).toHaveLength(1);
  });
});

describe('a number', () => {
  test.each([
    '0x10',
    '1e3',
    ' 8080 ',
    '+80',
    '-1',
    '80.0',
    '65536',
    '٣',
    'eighty',
    '1_000',
    'Infinity',
    '9'.repeat(30),
  ])('is not %p', (text) => {
    expect(mistakes({ env: { PORTAL_PORT: text } })).toEqual(['PORTAL_PORT must be a whole number from 0 to 65535']);
  });

  test('is made of digits, from the least to the most that is allowed', () => {
    for (const [text, port] of [
      ['0', 0],
      ['65535', 65_535],
      ['0080', 80],
    ] as const) {
      expect(config({ env: { PORTAL_PORT: text } }).server.port).toBe(port);
    }
    expect(mistakes({ env: { PORTAL_LIMIT_LOGIN: '0' } })).toHaveLength(1);
  });
});

describe('a switch', () => {
  test.each([
    ['on', true],
    ['TRUE', true],
    ['1', true],
    ['off', false],
    ['False', false],
    ['0', false],
  ])('reads %p', (text, isOn) => {
    expect(config({ env: { PORTAL_LIMITS: text } }).limits.enabled).toBe(isOn);
  });

  test.each(['yes', 'constructor', '__proto__', ' on'])('does not read %p', (text) => {
    expect(mistakes({ env: { PORTAL_LIMITS: text } })).toEqual(['PORTAL_LIMITS must be on or off']);
  });
});

describe('an address', () => {
  test('of the instance is kept as an origin', () => {
    expect(config({ env: { PORTAL_PUBLIC_URL: 'HTTPS://Portal.Example.com:443/' } }).server.publicUrl).toBe(
      'https://portal.example.com',
    );
  });

  test.each([
    'portal.example.com',
    'ftp://portal.example.com',
    'https://portal.example.com/chat',
    'https://ada@portal.example.com',
    'https://:secret@portal.example.com',
    'https://portal.example.com?x=1',
    '//portal.example.com',
  ])('of the instance is not %p', (text) => {
    expect(mistakes({ env: { PORTAL_PUBLIC_URL: text } })[0]).toStartWith('PORTAL_PUBLIC_URL must be an address');
  });

  test('of a proxy may be a range; one wrong entry spoils the list', () => {
    expect(config({ env: { PORTAL_TRUST_PROXY: '10.0.0.0/8, ::1,,' } }).server.trustProxy).toEqual([
      '10.0.0.0/8',
      '::1',
    ]);
    for (const wrong of ['10.0.0.0/33', '10.0.0.0/0x8', '10.0.0.0/', '10.0.0', 'localhost', '10.0.0.0/8/8']) {
      expect(mistakes({ env: { PORTAL_TRUST_PROXY: `127.0.0.1, ${wrong}` } })).toEqual([
        `PORTAL_TRUST_PROXY holds a mistake: "${wrong}" is no address or range such as 10.0.0.0/8`,
      ]);
    }
  });

  test('of a cookie’s domain cannot carry more into the cookie', () => {
    expect(config({ env: { PORTAL_COOKIE_DOMAIN: '.example.com' } }).cookie.domain).toBe('.example.com');
    expect(mistakes({ env: { PORTAL_COOKIE_DOMAIN: 'example.com; Path=/x' } })).toHaveLength(1);
  });
});

describe('the .env file beside the data directory', () => {
  test('a line without "=" is a mistake, and not repeated: it may hold a secret', () => {
    const dotenv =
      'PORTAL_PORT 5\nexport PORTAL_SECRET hidden\nPORTAL_HOST = 0.0.0.0\nPORTAL_LOG_LEVEL: warn\n# PORTAL_PORT\n';
    expect(mistakes({ dotenv })).toEqual([
      'PORTAL_PORT in .env has no "=": write PORTAL_PORT=…',
      'PORTAL_SECRET in .env has no "=": write PORTAL_SECRET=…',
    ]);
  });

  test('may have comments, quotes, exports, a mark of its encoding, and variables of others', () => {
    const dotenv = '\uFEFFPORTAL_PORT=81\n# PORTAL_PORT=82\nexport PORTAL_HOST="0.0.0.0"\r\n\nOTHER=1\n';
    expect(config({ dotenv }).server).toMatchObject({ port: 81, host: '0.0.0.0' });
  });

  test('is found where a flag puts the data directory', () => {
    const dataDir = place({ '.env': 'PORTAL_PORT=83' });
    expect(config({ flags: { PORTAL_DATA_DIR: dataDir }, dotenv: 'PORTAL_PORT=84' }).server.port).toBe(83);
  });

  test('cannot move the data directory', () => {
    expect(mistakes({ dotenv: 'PORTAL_DATA_DIR=/elsewhere' })).toEqual([
      'PORTAL_DATA_DIR cannot be set in .env: that file is found beside the data directory',
    ]);
  });

  test('that cannot be read is a mistake', () => {
    const dataDir = place();
    mkdirSync(join(dataDir, '../.env'));
    expect(mistakes({ env: { PORTAL_DATA_DIR: dataDir } })).toEqual([`${join(dataDir, '../.env')} cannot be read`]);
  });
});

describe('a secret', () => {
  const file = join(home, 'secret');
  writeFileSync(file, `${SECRET}\n`);

  test('may stand in a file, without its last line break', () => {
    const given = { env: { PORTAL_SECRET_FILE: file } };
    expect(config(given).server.secret).toBe(SECRET);
    expect(sourceOf(given, 'PORTAL_SECRET')).toBe('file');
    expect(config({ dotenv: `PORTAL_SECRET_FILE=${file}` }).server.secret).toBe(SECRET);
  });

  test('stands in one place', () => {
    expect(mistakes({ env: { PORTAL_SECRET: SECRET, PORTAL_SECRET_FILE: file } })).toEqual([
      'PORTAL_SECRET and PORTAL_SECRET_FILE are both set; keep one',
    ]);
    expect(mistakes({ env: { PORTAL_SECRET: '', PORTAL_SECRET_FILE: file } })).toEqual([]);
    expect(config({ env: { PORTAL_SECRET_FILE: file }, dotenv: `PORTAL_SECRET=${'x'.repeat(32)}` }).server.secret).toBe(
      SECRET,
    );
  });

  test('in a file that is not there is a mistake, and a file for what is no secret is unknown', () => {
    expect(mistakes({ env: { PORTAL_SECRET_FILE: '/nowhere/secret' } })).toEqual([
      'PORTAL_SECRET names a file that cannot be read: /nowhere/secret',
    ]);
    expect(mistakes({ env: { PORTAL_PORT_FILE: file } })).toEqual([
      'PORTAL_PORT_FILE is no setting; did you mean PORTAL_PORT?',
    ]);
  });

  test('that is too short is not repeated', () => {
    expect(mistakes({ env: { PORTAL_SECRET: 'hunter2' } })).toEqual([
      'PORTAL_SECRET must be at least 32 characters long',
    ]);
  });

  test.each(['', '--json', '--check'])('is not printed by `portal config %s`', async (option) => {
    const printed: string[] = [];
    const output = { out: (text: string) => void printed.push(text), err: (text: string) => void printed.push(text) };
    const args = ['config', option].filter((word) => word !== '');
    expect(await run(args, { PORTAL_DATA_DIR: place(), PORTAL_SECRET: SECRET }, output)).toBe(0);
    expect(printed.join('\n')).not.toBe('');
    expect(printed.join('\n')).not.toContain(SECRET);
  });
});

describe('mistakes', () => {
  test('are told all at once, each with its variable', () => {
    const given = {
      env: { PORTAL_PORT: 'x', PORTAL_LIMITS: 'maybe', PORTAL_PRT: '1', PORTAL_COOKIE_SAME_SITE: 'none' },
      flags: { PORTAL_LOG_LEVEL: 'loud' },
      dotenv: 'PORTAL_LIMIT_LOGIN=none\nPORTAL_HSOT=x',
    };
    expect([...mistakes(given)].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'PORTAL_COOKIE_SAME_SITE=none needs a PORTAL_PUBLIC_URL with https: browsers refuse such cookies otherwise',
      'PORTAL_HSOT in .env is no setting; did you mean PORTAL_HOST?',
      'PORTAL_LIMITS must be on or off',
      'PORTAL_LIMIT_LOGIN must be a whole number from 1 to 1000000',
      'PORTAL_LOG_LEVEL must be one of debug, info, warn, error',
      'PORTAL_PORT must be a whole number from 0 to 65535',
      'PORTAL_PRT is no setting; did you mean PORTAL_PORT?',
    ]);
  });

  test('stand in the error’s message, a line each', () => {
    expect(() => load({ env: { PORTAL_PORT: 'x', PORTAL_LIMITS: 'x' } })).toThrow(/PORTAL_PORT.*\n.*PORTAL_LIMITS/);
  });

  test('are no variables of others', () => {
    expect(mistakes({ env: { PORT: 'x', PORTALS: '1', HOME: '/root' } })).toEqual([]);
  });

  test('are cookies for other sites over plain http', () => {
    const none = { PORTAL_COOKIE_SAME_SITE: 'none' };
    expect(mistakes({ env: none })).toHaveLength(1);
    expect(mistakes({ env: { ...none, PORTAL_PUBLIC_URL: 'http://portal.example.com' } })).toHaveLength(1);
    expect(mistakes({ env: { ...none, PORTAL_PUBLIC_URL: 'https://portal.example.com' } })).toEqual([]);
    // A public URL that cannot be read is one mistake, not two.
    expect(mistakes({ env: { ...none, PORTAL_PUBLIC_URL: 'x' } })).toHaveLength(1);
  });
});
