import { dirname, join, normalize } from 'node:path';
import { Glob, Transpiler } from 'bun';

export type Source = {
  /** Below `src`, such as `modules/chats/rooms/rooms.service.ts`. */
  path: string;
  /** The folder of `src` that it is in; of a file in `src` itself, its name. */
  layer: string;
  /** `chats/rooms` of `modules/chats/rooms/rooms.service.ts`. */
  module: string | undefined;
  /** `service` of `modules/chats/rooms/rooms.service.ts`. */
  role: string | undefined;
  text: string;
  /** Without types and comments. */
  code: string;
  /** What it needs when it runs: paths below `src`, or names of packages. */
  imports: string[];
  /** The same with what it imports types from. */
  typeImports: string[];
};

export const ROOT = normalize(join(import.meta.dir, '../..'));

const transpiler = new Transpiler({ loader: 'ts' });

/** All sources of the program. */
export async function readSources(): Promise<Source[]> {
  const paths = [...new Glob('**/*.ts').scanSync(join(ROOT, 'src'))].filter((path) => !path.endsWith('.d.ts'));
  return Promise.all(paths.toSorted((a, b) => (a < b ? -1 : 1)).map(readSource));
}

async function readSource(path: string): Promise<Source> {
  const text = await Bun.file(join(ROOT, 'src', path)).text();
  const [layer = '', wing, folder] = path.split('/');
  const resolved = (target: string) => (target.startsWith('.') ? normalize(join(dirname(path), target)) : target);
  const named = [...text.matchAll(/^(?:import|export)\b[^;'"]*?from '([^']+)'/gm)].map(
    ([, target]) => target as string,
  );
  return {
    path,
    layer,
    module: layer === 'modules' ? `${wing}/${folder}` : undefined,
    role: layer === 'modules' ? /\.([a-z]+)\.ts$/.exec(path)?.[1] : undefined,
    text,
    code: transpiler.transformSync(text),
    // What is imported for its types alone, the scan leaves out by itself.
    imports: [...new Set(transpiler.scanImports(text).map((one) => resolved(one.path)))],
    typeImports: [...new Set(named.map(resolved))],
  };
}

/** Files with the line that holds what must not be there. */
export function linesWith(sources: readonly Source[], what: RegExp): string[] {
  return sources.flatMap(({ path, code }) =>
    code
      .split('\n')
      .filter((line) => what.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
}
