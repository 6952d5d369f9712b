import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import { linesWith, ROOT, readSources, type Source } from './sources.ts';

let sources: Source[];

beforeAll(async () => {
  sources = await readSources();
});

const except = (...prefixes: string[]) => sources.filter(({ path }) => !prefixes.some((one) => path.startsWith(one)));

describe('what comes from outside comes in as an argument', () => {
  test('the environment', () => {
    // The one constant that the build puts in; and where the program begins.
    expect(linesWith(except('core/version.ts', 'cli/run.ts', 'build/'), /\bprocess\.env\b|\bBun\.env\b/)).toEqual([]);
  });

  test('the time', () => {
    // Copies and migrations bear the machine's time; the command line sits at the machine, the client is one.
    const free = except('adapters/system/', 'app/', 'cli/', 'client/', 'build/', 'db/migrate.ts', 'db/database.ts');
    expect(linesWith(free, /\bDate\.now\b|new Date\b(?!\(\S)|new Date\(\)/)).toEqual([]);
  });

  test('chance', () => {
    // How long a unit waits before it tries again is nobody's secret.
    const free = except('adapters/system/', 'app/', 'client/crypto/random.ts', 'db/units.ts');
    expect(linesWith(free, /Math\.random|randomUUID|randomBytes\(|getRandomValues|nanoid/)).toEqual([]);
  });

  test('the console: records go to the logger', () => {
    expect(linesWith(except('build/', 'cli/'), /\bconsole\./)).toEqual([]);
  });
});

describe('a test waits for what it needs, never for a time', () => {
  const NOT_IN_TESTS = {
    'timers: what waits is in tests/support':
      /\b(sleep|sleepSync|setTimeout|setInterval|setImmediate)\(|timers\/promises/,
    'durations: the machine may be busy': /\bperformance\.now\(/,
  };

  test.each(Object.entries(NOT_IN_TESTS))('it has no %s', async (_what, pattern) => {
    const paths = [...new Glob('tests/**/*.ts').scanSync(ROOT)].filter((path) => !path.startsWith('tests/support/'));
    const found: string[] = [];
    for (const path of paths) if (pattern.test(await Bun.file(join(ROOT, path)).text())) found.push(path);
    expect(paths.length).toBeGreaterThan(50);
    expect(found).toEqual([]);
  });
});

describe('files', () => {
  test('are at most 300 lines long', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 301);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('have names in kebab-case, with the role behind a dot', () => {
    const word = '[a-z0-9]+(-[a-z0-9]+)*';
    const name = new RegExp(`^(${word}/)*${word}(\\.${word})?\\.[a-z]+$`);
    const all = [...new Glob('{src,tests,bench}/**/*.{ts,mjs}').scanSync(ROOT)].filter(
      (path) => !path.endsWith('.d.ts'),
    );
    expect(all.length).toBeGreaterThan(sources.length);
    expect(all.filter((path) => !name.test(path))).toEqual([]);
  });

  test('pass nothing on that is another’s, but for the entries of the client library and the columns', () => {
    const passing = sources.filter(({ text }) => /^export (type )?(\*|\{[^}]*\})[^;]*? from /m.test(text));
    expect(passing.map(({ path }) => path)).toEqual([
      'client/index.ts',
      'client/rest.ts',
      'db/columns.ts',
      'db/queries.ts',
    ]);
  });

  test('export by name', () => {
    expect(linesWith(sources, /\bexport default\b|\bas default\b/)).toEqual([]);
  });
});
