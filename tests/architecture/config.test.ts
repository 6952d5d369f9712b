import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import type { Setting } from '../../src/config/setting.ts';
import { settings } from '../../src/config/settings.ts';
import { ROOT, readSources } from './sources.ts';

const named = Object.entries(settings).flatMap(([section, group]) =>
  (Object.entries(group) as [string, Setting][]).map(([name, setting]) => ({ section, name, setting })),
);
const without = (isSo: (setting: Setting) => unknown) =>
  named.filter(({ setting }) => !isSo(setting)).map(({ setting }) => setting.env);

/** Settings that nothing reads yet. Take out what is read; put nothing in. */
const NOT_YET_USED = [
  'PORTAL_MATCH_TTL',
  'PORTAL_MATCH_DISCONNECT_GRACE',
  'PORTAL_MATCH_REPORT_HOLD',
  'PORTAL_LIMIT_REPORTS',
];

describe('every setting', () => {
  test('has a variable of its own', () => {
    expect(without(({ env }) => /^PORTAL(_[A-Z]+)+$/.test(env))).toEqual([]);
    // `PORTAL_X_FILE` is how the file with a secret is named.
    expect(without(({ env }) => !env.endsWith('_FILE'))).toEqual([]);
    expect(new Set(named.map(({ setting }) => setting.env)).size).toBe(named.length);
  });

  test('says what it does, in whole sentences', () => {
    expect(without(({ doc }) => /^[A-Za-z0-9].{5,}\.$/.test(doc))).toEqual([]);
  });

  test('has a default that it would read itself, or says what happens without', () => {
    const isReadable = ({ default: value, read, defaultDoc }: Setting) => {
      if (value === undefined) return defaultDoc !== undefined;
      const text = Array.isArray(value) ? value.join(',') : String(value);
      return Bun.deepEquals(read(text), value);
    };
    expect(without(isReadable)).toEqual([]);
  });

  test('that is a secret is known as one', () => {
    expect(without(({ env, isSecret }) => isSecret || !/SECRET|KEY|TOKEN|PASSWORD/.test(env))).toEqual([]);
    expect(named.filter(({ setting }) => setting.isSecret).length).toBeGreaterThan(0);
  });

  test('is used', async () => {
    const code = (await readSources()).filter(({ layer }) => layer !== 'config').map((source) => source.code);
    const unused = named.filter(({ name }) => !code.some((text) => new RegExp(`\\b${name}\\b`).test(text)));
    expect(unused.map(({ setting }) => setting.env).filter((env) => !NOT_YET_USED.includes(env))).toEqual([]);
  });
});

test('what is written for operators names settings that exist', async () => {
  const known = new Set(named.map(({ setting }) => setting.env as string));
  const wild = /^PORTAL_(X|BUILD_SOURCE_HASH|FUZZ_SEED)$/;
  const pages = ['*.md', 'docs/**/*.md', 'src/**/*.md', '*.yaml', 'Dockerfile'].flatMap((pattern) => [
    ...new Glob(pattern).scanSync(ROOT),
  ]);
  expect(pages.length).toBeGreaterThan(4);
  for (const page of pages) {
    const names = (await Bun.file(join(ROOT, page)).text()).match(/\bPORTAL(_[A-Z]+)+\b/g) ?? [];
    const plain = names.map((name) => name.replace(/_FILE$/, ''));
    expect({ page, unknown: plain.filter((name) => !known.has(name) && !wild.test(name)) }).toEqual({
      page,
      unknown: [],
    });
  }
});
