import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { Glob } from 'bun';
import manifest from '../../package.json' with { type: 'json' };
import library from '../../src/client/package.json' with { type: 'json' };
import { ROOT } from './sources.ts';

const PAGES = ['*.md', 'docs/**/*.md', 'src/**/*.md', 'bench/*.md'].flatMap((pattern) => [
  ...new Glob(pattern).scanSync(ROOT),
]);

const textOf = (page: string) => Bun.file(join(ROOT, page)).text();
/** Code is an example: what looks like a link in it is none. */
const prose = (text: string) => text.replace(/^ *```.*?^ *```$/gms, '').replace(/`[^`\n]*`/g, '');

/** The anchors of a page's headings, as GitHub and GitLab make them. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replace(/^ *```.*?^ *```$/gms, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('documents', () => {
  test('link to files and headings that exist', async () => {
    const broken: string[] = [];
    for (const page of PAGES) {
      for (const [, target = ''] of prose(await textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : normalize(join(dirname(page), path));
        if (!existsSync(join(ROOT, file)) || (anchor && !anchorsOf(await textOf(file)).has(anchor)))
          broken.push(`${page} > ${target}`);
      }
    }
    expect(PAGES.length).toBeGreaterThan(10);
    expect(broken).toEqual([]);
  });

  test('name files that exist', async () => {
    const gone: string[] = [];
    for (const page of PAGES.filter((name) => name !== 'CHANGELOG.md')) {
      // A path from the root, or a source file by its path below src or beside the page.
      const named = (await textOf(page)).matchAll(
        /`((?:src|tests|bench|drizzle|docs)\/[\w./-]+|[\w./-]+\.(?:ts|mjs))`/g,
      );
      const homes = [ROOT, join(ROOT, 'src'), join(ROOT, dirname(page))];
      for (const [, path = ''] of named)
        if (!homes.some((home) => existsSync(join(home, path)))) gone.push(`${page} > ${path}`);
    }
    expect(gone).toEqual([]);
  });

  test('show every folder of the program, every wing, and every module, on the map', async () => {
    const foldersIn = (path: string) =>
      readdirSync(join(ROOT, 'src', path), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const pictures = (await textOf('src/README.md')).match(/^```$.*?^```$/gms) ?? [];
    const shown = new Set(pictures.join('\n').match(/[\w-]+/g));
    const wings = foldersIn('modules').map(({ name }) => `modules/${name}`);
    const folders = ['.', 'modules', ...wings].flatMap(foldersIn).map(({ name }) => name);
    expect(folders.length).toBeGreaterThan(10);
    expect(folders.filter((name) => !shown.has(name))).toEqual([]);
  });

  test('name every library that the program depends on, and none that it does not', async () => {
    const { dependencies, devDependencies } = manifest;
    const used = Object.keys({ ...dependencies, ...devDependencies, ...library.dependencies }).filter(
      (name) => !name.startsWith('@types/'),
    );
    const table = (await textOf('src/README.md')).split('### Libraries')[1] ?? '';
    const named = [...table.matchAll(/^\|([^|]*)\|/gm)].flatMap(
      ([, cell = '']) => cell.replace(/\(.*\)/, '').match(/(?<=`)[^`, ]+(?=`)/g) ?? [],
    );
    expect(new Set(named)).toEqual(new Set(used));
  });

  test('say the same of a library that the server and the client library both depend on', () => {
    const ours: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
    const theirs = Object.entries<string>(library.dependencies);
    expect(theirs.filter(([name, version]) => (ours[name] ?? version) !== version)).toEqual([]);
    expect(library.version).toBe(manifest.version);
  });

  test('of rules are all in their index', async () => {
    const index = await textOf('docs/rules/README.md');
    const files = [...new Glob('*.md').scanSync(join(ROOT, 'docs/rules'))].filter((name) => name !== 'README.md');
    expect(files.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });
});
