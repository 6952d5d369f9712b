import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dir, '../..');

/** Runs a script of README.md, named in its first line, against this server. */
export async function readmeScript(name: string, url: string, key: string) {
  const readme = await Bun.file(join(root, 'README.md')).text();
  const script = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].find(([, text]) =>
    text?.startsWith(`// ${name}\n`),
  )?.[1];
  if (!script) throw new Error(`README.md has no script ${name}`);
  const folder = await mkdtemp(join(tmpdir(), 'portal-readme-'));
  const here = script.replaceAll("'./src/", `'${root}/src/`).replaceAll('http://localhost:7331', url);
  await writeFile(join(folder, name), here);
  const env = { ...process.env, KEY: key };
  const child = Bun.spawn([process.execPath, join(folder, name)], { env, stdout: 'pipe', stderr: 'pipe' });
  return {
    async end() {
      const [said, complained] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      const status = await child.exited;
      await rm(folder, { recursive: true });
      return { status, said, complained };
    },
  };
}
