import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { standing } from './client-types.ts';

const ROOT = resolve(import.meta.dir, '../..');
const SOURCES = join(ROOT, 'src/client');
/** `talk` is a program of its own. */
const LIBRARY = /^(?!talk[./]).*\.ts$/;
const ENTRIES = ['index', 'rest'] as const;

/** What a page loads at first, in bytes after brotli. `later` is loaded only where a platform lacks Ed25519. */
export type Sizes = { whole: number; later: number; rest: number };

const PRODUCTION = { 'process.env.NODE_ENV': '"production"' };

/**
 * Writes the client library as a package: modules for Node, Bun and bundlers, a folder `browser` that needs no bundler, and
 * types. Nothing in it refers to the server.
 */
export async function writeClientPackage(folder: string): Promise<Sizes> {
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(join(dirname(folder), '.client-'));
  try {
    const made = join(work, 'package');
    await writeModules(made);
    await writeTypes(join(work, 'sources'), join(made, 'types'));
    await writeManifest(made);
    await cp(join(SOURCES, 'README.md'), join(made, 'README.md'));
    await cp(join(ROOT, 'LICENSE'), join(made, 'LICENSE'));
    await rm(folder, { recursive: true, force: true });
    await rename(made, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return sizesOf(join(folder, 'browser'));
}

/** Ed25519 in JavaScript stands apart: what it shares with the rest is small, and would keep the rest from being pruned. */
const APART = 'ed25519-noble';
const apart: Bun.BunPlugin = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: new RegExp(`/${APART}\\.ts$`) }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: `./${APART}.js`, external: true } : undefined,
    );
  },
};

/** An instance speaks WebSocket and long polling. */
const withoutWebTransport: Bun.BunPlugin = {
  name: 'without-web-transport',
  setup(build) {
    build.onLoad({ filter: /engine\.io-client\/.*\/webtransport\.js$/ }, () => ({
      contents: 'export const WT = undefined;',
      loader: 'js',
    }));
  },
};

async function writeModules(folder: string): Promise<void> {
  const entrypoints = [...ENTRIES.map((name) => `${name}.ts`), `crypto/${APART}.ts`].map((path) => join(SOURCES, path));
  const common = { target: 'browser' as const, format: 'esm' as const, plugins: [apart] };
  const naming = { entry: '[name].[ext]', chunk: 'chunk-[hash].[ext]' };
  await Bun.build({ ...common, entrypoints, outdir: folder, naming, splitting: true, packages: 'external' });
  const inPages = {
    ...common,
    outdir: join(folder, 'browser'),
    naming: '[name].[ext]',
    plugins: [apart, withoutWebTransport],
    minify: true,
    define: PRODUCTION,
  };
  // One by one, so that a page that uses REST alone loads one file.
  for (const entry of entrypoints) await Bun.build({ ...inPages, entrypoints: [entry] });
}

async function writeTypes(sources: string, outDir: string): Promise<void> {
  for (const path of new Bun.Glob('**/*.ts').scanSync(SOURCES)) {
    if (!LIBRARY.test(path)) continue;
    const file = join(SOURCES, path);
    await Bun.write(join(sources, path), await standing(await Bun.file(file).text(), dirname(file)));
  }
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    types: [],
    // What Node 20 and the browsers of 2024 have.
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    rootDir: sources,
    outDir,
  };
  const config = { extends: join(ROOT, 'tsconfig.json'), include: ['**/*.ts'], compilerOptions };
  await Bun.write(join(sources, 'tsconfig.json'), JSON.stringify(config));
  const tsc = [process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', sources];
  const { exitCode, stdout } = Bun.spawnSync(tsc);
  if (exitCode !== 0) throw new Error(`The types of the client library cannot be made:\n${stdout}`);
  for (const path of new Bun.Glob('**/*.d.ts').scanSync(outDir)) {
    const file = Bun.file(join(outDir, path));
    await file.write((await file.text()).replace(/((?:from|import\() ?'\.\.?\/[^']*)\.ts'/g, "$1.js'"));
  }
}

async function writeManifest(folder: string): Promise<void> {
  const { private: _, exports: __, ...manifest } = await Bun.file(join(SOURCES, 'package.json')).json();
  const entry = (name: string, path = `./${name}.js`) => ({ types: `./types/${name}.d.ts`, default: path });
  const exports = {
    '.': entry('index'),
    './rest': entry('rest'),
    './browser': entry('index', './browser/index.js'),
    './browser/rest': entry('rest', './browser/rest.js'),
    './package.json': './package.json',
  };
  await Bun.write(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`);
}

async function sizesOf(folder: string): Promise<Sizes> {
  const whole = await loadedBy(folder, 'index.js');
  const all = await loadedBy(folder, 'index.js', IMPORTS_AT_ALL);
  return {
    whole: await compressedSize(folder, whole),
    later: await compressedSize(
      folder,
      all.filter((name) => !whole.includes(name)),
    ),
    rest: await compressedSize(folder, await loadedBy(folder, 'rest.js')),
  };
}

const IMPORTS = /(?:from|import)\s?["']\.\/([^"']+)["']/g;
const IMPORTS_AT_ALL = /(?:from|import)\s?\(?["']\.\/([^"']+)["']/g;

/** A file and what it imports. */
async function loadedBy(folder: string, name: string, imports = IMPORTS, seen: string[] = []): Promise<string[]> {
  if (seen.includes(name)) return seen;
  seen.push(name);
  const text = await Bun.file(join(folder, name)).text();
  for (const [, next = ''] of text.matchAll(imports)) await loadedBy(folder, next, imports, seen);
  return seen;
}

async function compressedSize(folder: string, names: readonly string[]): Promise<number> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const sizes = names.map(
    async (name) => brotliCompressSync(await Bun.file(join(folder, name)).bytes(), { params }).length,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

if (import.meta.main) {
  const folder = join(ROOT, 'dist/client');
  const { whole, later, rest } = await writeClientPackage(folder);
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
  console.log(`${folder}  ${kilobytes(whole)} (brotli), PortalRest alone ${kilobytes(rest)}`);
  console.log(`${' '.repeat(folder.length)}  and ${kilobytes(later)} where the platform has no Ed25519`);
}
