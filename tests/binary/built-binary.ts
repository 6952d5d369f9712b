import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sourceHash } from '../../src/core/source-hash.ts';

export const root = resolve(import.meta.dir, '../..');

/** Runs `bun run build` into a new directory; throws with its output. */
export async function buildInto(directory: string): Promise<string> {
  const child = Bun.spawn([process.execPath, join(root, 'src/build/build.ts'), '--out', directory], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const output = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`The binary could not be built:\n${output.join('')}`);
  return join(directory, 'portal');
}

/** The binary of these sources, built unless the last one was made of the same. */
export async function builtBinary(): Promise<string> {
  const directory = join(root, 'dist/tests');
  const binary = join(directory, 'portal');
  const stamp = join(directory, 'source-hash');
  const wanted = sourceHash(root);
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return binary;
  mkdirSync(directory, { recursive: true });
  await buildInto(directory);
  writeFileSync(stamp, wanted);
  return binary;
}
