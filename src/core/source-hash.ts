import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** All that a binary is made of: its sources, its migrations, and which packages. */
const PARTS = ['src', 'drizzle', 'bun.lock', 'package.json'];

/** One SHA-256 over path and content: `portal version` tells by it from which sources a binary was made. */
export function sourceHash(root: string): string {
  const hash = createHash('sha256');
  for (const path of PARTS.flatMap((part) => filesOf(root, part)).sort()) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Paths from `root` with forward slashes; what an editor or a system hides beside the sources does not count. */
function filesOf(root: string, part: string): string[] {
  if (!statSync(join(root, part)).isDirectory()) return [part];
  return readdirSync(join(root, part), { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory()))
    .flatMap((entry) => filesOf(root, `${part}/${entry.name}`));
}
