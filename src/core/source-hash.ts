import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The inputs of a binary: sources, migrations, dependencies, and the documents that it serves. */
const PARTS = ['src', 'drizzle', 'bun.lock', 'package.json', 'docs', 'SECURITY.md', 'examples', 'tests/vectors'];

/** A SHA-256 over paths and contents, by which `portal version` identifies the sources of a binary. */
export function sourceHash(root: string): string {
  const hash = createHash('sha256');
  for (const path of PARTS.flatMap((part) => filesOf(root, part)).sort()) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Paths relative to `root`, with forward slashes. Hidden files of editors and systems are skipped. */
function filesOf(root: string, part: string): string[] {
  if (!statSync(join(root, part)).isDirectory()) return [part];
  return readdirSync(join(root, part), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory()))
    .flatMap((entry) => filesOf(root, `${part}/${entry.name}`));
}
