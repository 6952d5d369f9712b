import { Transpiler } from 'bun';

/** One small change of a source that a test should notice. */
export type Mutant = { line: number; was: string; is: string; text: string };

type Change = { at: number; length: number; by: string };

const SWAPS: [RegExp, string][] = [
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/(?<![\w)])!(?=[\w(])/g, ''],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
];

const NUMBER = /(?<![\w.])\d[\d_]*\b/g;
/** A call, an assignment or a `return` that stands on a line of its own; `throw` among them. */
const STATEMENT =
  /^ +(?:(?:await |void |throw |delete )?[\w#.?]+\(.*\)|[\w#.]+ (?:\?\?|\+|-)?= .+|return|\w+(?:\+\+|--));$/gm;
const CONDITION = /\bif \(/g;

const transpiler = new Transpiler({ loader: 'ts' });

/** All mutants of a source that can still be read, by where they are. The source is as the formatter leaves it. */
export function mutantsOf(source: string): Mutant[] {
  const code = masked(source);
  const changes = [
    ...matches(code, NUMBER).map(({ at, length, text }) => ({
      at,
      length,
      by: `${Number(text.replaceAll('_', '')) + 1}`,
    })),
    ...matches(code, STATEMENT).map(({ at, length }) => ({ at, length, by: '' })),
    ...matches(code, CONDITION).map(({ at, length }) => neverTrue(code, at + length)),
    ...SWAPS.flatMap(([what, by]) => matches(code, what).map(({ at, length }) => ({ at, length, by }))),
  ];
  return changes
    .toSorted((a, b) => a.at - b.at)
    .map((change) => mutantBy(source, change))
    .filter(({ text }) => canBeRead(text));
}

function matches(code: string, what: RegExp): { at: number; length: number; text: string }[] {
  return [...code.matchAll(what)].map(({ index, 0: text }) => ({ at: index, length: text.length, text }));
}

/** What stands between these parentheses is false. */
function neverTrue(code: string, from: number): Change {
  let depth = 1;
  let to = from;
  for (; depth > 0; to++) depth += code[to] === '(' ? 1 : code[to] === ')' ? -1 : 0;
  return { at: from, length: to - 1 - from, by: 'false' };
}

function mutantBy(source: string, { at, length, by }: Change): Mutant {
  const text = source.slice(0, at) + by + source.slice(at + length);
  const from = source.lastIndexOf('\n', at - 1) + 1;
  const to = source.indexOf('\n', at + length);
  const is = text.slice(from, to + by.length - length).trim();
  return { line: source.slice(0, at).split('\n').length, was: source.slice(from, to).trim(), is, text };
}

/** The source with blanks for what no mutant is made of: comments, strings, imports, types that have a line of their own. */
function masked(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, '_');
  return source
    .replace(/\/\*.*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/gs, blank)
    .replace(/^import .*?;$/gms, blank)
    .replace(/^(export )?type .*?;$/gms, blank);
}

function canBeRead(text: string): boolean {
  try {
    transpiler.transformSync(text);
    return true;
  } catch {
    return false;
  }
}
