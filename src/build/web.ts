import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { DOCUMENT_TEMPLATE } from '../web/documents.ts';
import { PAGES } from '../web/pages.ts';
import { documentPages, withNavigation } from './documents.ts';

const SOURCES = resolve(import.meta.dir, '../web');

/** Smaller files gain nothing from compression. */
const WORTH_COMPRESSING = 256;

/** The best compression takes seconds for the largest file: fine for a build, not when running from source. */
const EFFORT = { best: { brotli: 11, gzip: 9 }, fast: { brotli: 4, gzip: 6 } } as const;

/**
 * Builds all pages and returns the files by path: `claim.html`, `docs/live.html`, `assets/claim-1a2b3c4d.js`, and compressed variants ending in
 * `.br` and `.gz`. The output is reproducible and does not depend on where the sources are.
 */
export async function buildWeb(effort: keyof typeof EFFORT): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const { outputs } = await Bun.build({
    entrypoints: [...Object.values(PAGES), DOCUMENT_TEMPLATE].map((page) => join(SOURCES, page)),
    root: SOURCES,
    target: 'browser',
    minify: true,
    splitting: true,
    publicPath: '/',
    naming: { entry: '[name].[ext]', chunk: 'assets/[name]-[hash].[ext]', asset: 'assets/[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const empty = outputs.filter(({ size }) => size === 0).map(({ path }) => basename(path));
  const files = await Promise.all(
    outputs
      .filter(({ size }) => size > 0)
      .map(async (output): Promise<[string, Uint8Array<ArrayBuffer>][]> => {
        const path = output.path.replace(/^\.\//, '');
        const isPage = path.endsWith('.html');
        const content = isPage ? encoded(withoutEmptyScripts(await output.text(), empty)) : await bytesOf(output);
        // Pages are compressed after their placeholders are filled in.
        const isWorthIt = !isPage && content.length >= WORTH_COMPRESSING;
        return isWorthIt ? [[path, content], ...(await compressed(path, content, effort))] : [[path, content]];
      }),
  );
  const built = new Map(files.flat());
  const textOf = (path: string) => new TextDecoder().decode(built.get(path));
  const template = basename(DOCUMENT_TEMPLATE);
  const documents = (await documentPages(textOf(template))).map(
    async ([path, text]): Promise<[string, Uint8Array<ArrayBuffer>][]> => [
      [path, encoded(text)],
      ...(await compressed(path, encoded(text), effort)),
    ],
  );
  built.delete(template);
  built.set('docs.html', encoded(await withNavigation(textOf('docs.html'))));
  const all = [...built, ...(await Promise.all(documents)).flat()];
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The bundler adds an empty script to pages that have none. */
function withoutEmptyScripts(html: string, empty: readonly string[]): string {
  return html.replace(/<script [^>]*src="\/assets\/([^"]+)"><\/script>/g, (tag, name) =>
    empty.includes(name) ? '' : tag,
  );
}

const encoded = (text: string) => new TextEncoder().encode(text);
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

async function compressed(
  path: string,
  content: Uint8Array<ArrayBuffer>,
  effort: keyof typeof EFFORT,
): Promise<[string, Uint8Array<ArrayBuffer>][]> {
  const { brotli, gzip: level } = EFFORT[effort];
  const params = { [constants.BROTLI_PARAM_QUALITY]: brotli, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const both: [string, Uint8Array<ArrayBuffer>][] = await Promise.all([
    promisify(brotliCompress)(content, { params }).then((made): [string, Uint8Array<ArrayBuffer>] => [
      `${path}.br`,
      new Uint8Array(made),
    ]),
    promisify(gzip)(content, { level }).then((made): [string, Uint8Array<ArrayBuffer>] => [
      `${path}.gz`,
      new Uint8Array(made),
    ]),
  ]);
  return both.filter(([, made]) => made.length < content.length);
}

/** Builds all pages into a folder and removes other files from it. Concurrent builds are safe: they write the same files. */
export async function writeWeb(folder: string): Promise<void> {
  const files = await buildWeb('best');
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    for (const [path, content] of files) {
      const target = join(folder, path);
      if (await isThere(target, content)) continue;
      await mkdir(dirname(target), { recursive: true });
      await Bun.write(join(work, 'part'), content);
      await rename(join(work, 'part'), target);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(path.slice(folder.length + 1))) await rm(path, { force: true });
  }
}

async function isThere(path: string, content: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const file = Bun.file(path);
  return (await file.exists()) && Buffer.compare(await file.bytes(), content) === 0;
}
