import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import type { ErrorKind } from '../../src/core/errors.ts';
import { ROOT, readSources, type Source } from './sources.ts';

/** Codes that no test has met yet. Take out what is met; put nothing in. */
const NOT_YET = ['ERR_IDENTITY_TAKEN'];

/** What is not there cannot be read, 404, and cannot be stopped, 409: one code, as the contract has it. */
const OF_TWO_STATUSES = ['ERR_BROWSER_NOT_RUNNING'];

/** Where kinds of failures are defined. */
const HOMES = /\.errors\.ts$|^core\/errors\.ts$|^http\/origins\.ts$/;

let sources: Source[];
let kinds: { name: string; kind: ErrorKind }[];

beforeAll(async () => {
  sources = await readSources();
  const serverSide = sources.filter(({ path, text }) => HOMES.test(path) || /^export const .*\.saying\(/m.test(text));
  kinds = (await Promise.all(serverSide.map(kindsOf))).flat();
});

async function kindsOf({ path }: Source): Promise<{ name: string; kind: ErrorKind }[]> {
  const exported = (await import(join(ROOT, 'src', path))) as Record<string, unknown>;
  const isKind = (value: unknown): value is ErrorKind => typeof value === 'function' && 'sentence' in value;
  return Object.entries(exported).flatMap(([name, value]) => {
    if (isKind(value)) return [{ name: `${path} ${name}`, kind: value }];
    if (typeof value !== 'object' || value === null) return [];
    const held = Object.entries(value).filter((entry): entry is [string, ErrorKind] => isKind(entry[1]));
    return held.map(([key, kind]) => ({ name: `${path} ${name}.${key}`, kind }));
  });
}

/** The names of the kinds of which something is not so. */
const without = (isSo: (kind: ErrorKind) => boolean) => kinds.filter(({ kind }) => !isSo(kind)).map(({ name }) => name);

const codes = () => new Set(kinds.map(({ kind }) => kind.code));

describe('every kind of failure', () => {
  test('is defined where it is looked for', () => {
    const defining = sources.filter(({ path, code }) => /\bdefineError\(/.test(code) && !HOMES.test(path));
    expect(defining.map(({ path }) => path)).toEqual([]);
    expect(kinds.length).toBeGreaterThan(30);
  });

  test('has a well-formed code', () => {
    expect(without(({ code }) => /^ERR(_[A-Z][A-Z0-9]*)+$/.test(code))).toEqual([]);
  });

  test('has one status wherever its code is used', () => {
    const statuses = new Map<string, Set<number>>();
    for (const { kind } of kinds) statuses.set(kind.code, (statuses.get(kind.code) ?? new Set()).add(kind.status));
    expect([...statuses].filter(([, all]) => all.size > 1).map(([code]) => code)).toEqual(OF_TWO_STATUSES);
    expect(without(({ status }) => [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503].includes(status))).toEqual(
      [],
    );
  });

  test('says what is the matter in one sentence, without details of what happens inside', () => {
    const isSentence = (text: string) =>
      /^[A-Z].{5,160}[^.!\s]$/.test(text) && !/undefined|null|NaN|\[object/.test(text);
    expect(without(({ sentence }) => isSentence(sentence))).toEqual([]);
    expect(without((kind) => isSentence(kind().message))).toEqual([]);
  });

  test('is defined once: another sentence for the same code is said of the first', () => {
    const defined = sources.flatMap(({ text }) =>
      [...text.matchAll(/defineError(?:<[^(]*>)?\(\{\s*code: '([A-Z_0-9]+)'/g)].map(([, code]) => code as string),
    );
    expect(defined.filter((code, index) => defined.indexOf(code) !== index)).toEqual([]);
    expect(new Set(defined)).toEqual(codes());
  });

  test('is met by a test, or stands in the list of those that are not yet, which shrinks', async () => {
    const files = [...new Glob('tests/{api,realtime,stories,unit,contracts,cli,binary}/**/*.ts').scanSync(ROOT)];
    const texts = await Promise.all(files.map((path) => Bun.file(join(ROOT, path)).text()));
    const met = new Set(texts.flatMap((text) => text.match(/\bERR_[A-Z0-9_]+\b/g) ?? []));
    expect({
      unmet: [...codes()].filter((code) => !met.has(code) && !NOT_YET.includes(code)),
      toBeTakenOutOfTheList: NOT_YET.filter((code) => met.has(code) || !codes().has(code)),
    }).toEqual({ unmet: [], toBeTakenOutOfTheList: [] });
  });
});

describe('in the sources of the server', () => {
  test('no code is named that does not exist', () => {
    const known = codes();
    const server = sources.filter(({ layer }) => !['client', 'build'].includes(layer));
    const named = server.flatMap(({ path, code }) =>
      [...code.matchAll(/\bERR_[A-Z0-9_]+\b/g)].map(([name]) => ({ path, name })),
    );
    expect(named.filter(({ name }) => !known.has(name))).toEqual([]);
  });

  test('what is said in place of a kind’s own sentence is one, too', () => {
    const said = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/(\w+)\.saying\(\s*(['`])((?:(?!\2).)+)\2/g)].map(([, kind, , words = '']) => ({
        path,
        kind,
        words,
      })),
    );
    expect(said.length).toBeGreaterThan(20);
    // A validation's sentence begins with the field.
    const isSentence = (kind: string | undefined, words: string) =>
      (kind === 'invalid' || /^([A-Z]|\$\{|--)/.test(words)) && !/[.!\s]$/.test(words);
    expect(said.filter(({ kind, words }) => !isSentence(kind, words))).toEqual([]);
  });
});
