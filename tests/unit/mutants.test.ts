import { expect, test } from 'bun:test';
import { mutantsOf } from '../mutation/mutants.ts';

const changes = (source: string) => mutantsOf(source).map(({ line, is }) => [line, is]);

test('a mutant is made of each operator, border, condition, number, truth and statement', () => {
  const source = [
    'export function mayEnter(age: number, isBanned: boolean): boolean {',
    '  if (!isBanned && age >= 18) return true;',
    '  note(age);',
    '  return false;',
    '}',
  ].join('\n');
  expect(changes(source)).toEqual([
    [2, 'if (false) return true;'],
    [2, 'if (isBanned && age >= 18) return true;'],
    [2, 'if (!isBanned || age >= 18) return true;'],
    [2, 'if (!isBanned && age > 18) return true;'],
    [2, 'if (!isBanned && age >= 19) return true;'],
    [2, 'if (!isBanned && age >= 18) return false;'],
    [3, ''],
    [4, 'return true;'],
  ]);
});

test('none is made of comments, texts, imports and types', () => {
  const source = [
    "import { one } from './true.ts';",
    '// true && 1',
    '/** 1 < 2 */',
    'type Fields = { isThere: true; length: 3 };',
    "const text = 'true && 1';",
    'const long = `1 < 2`;',
  ].join('\n');
  expect(changes(source)).toEqual([]);
});

test('what cannot be read any more is left out', () => {
  expect(changes('const list: Map<string, number> = new Map();')).toEqual([]);
});
