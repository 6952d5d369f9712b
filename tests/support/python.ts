import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProgram, prerequisite } from './prerequisites.ts';

const ROOT = resolve(import.meta.dir, '../..');

/**
 * A Python with the packages of a `requirements.txt`, in an environment of its own that stays. Undefined where there is neither
 * Python nor a way to its packages: skip the test.
 */
export async function requirePython(name: string, requirements: string): Promise<string | undefined> {
  const python = await prerequisite({
    name: 'Python 3 with venv',
    find: () => [findProgram('PYTHON', ['python3'])].find((found) => found !== undefined && hasVenv(found)),
    aptPackages: ['python3', 'python3-venv'],
  });
  if (!python) return undefined;
  const wanted = await Bun.file(requirements).text();
  const home = join(ROOT, 'dist/python', `${name}-${Bun.hash(wanted).toString(36)}`);
  const program = join(home, 'bin/python');
  const done = join(home, 'installed');
  if (existsSync(done)) return program;
  mkdirSync(home, { recursive: true });
  const problem =
    (await failure([python, '-m', 'venv', home])) ??
    (await failure([program, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]));
  if (problem === undefined) {
    await Bun.write(done, '');
    return program;
  }
  rmSync(home, { recursive: true });
  const sentence = `the packages of ${requirements} cannot be installed: ${problem}`;
  if (process.env.CI === 'true') throw new Error(sentence);
  console.warn(`SKIPPED: ${sentence}`);
  return undefined;
}

/** Debian keeps it in a package of its own. */
function hasVenv(python: string): boolean {
  return Bun.spawnSync([python, '-c', 'import ensurepip, venv'], { stdout: 'ignore', stderr: 'ignore' }).success;
}

/** Undefined when it went well, else the last line of what it said. */
async function failure(command: string[]): Promise<string | undefined> {
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [out, err, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return status === 0 ? undefined : ((err || out).trim().split('\n').at(-1) ?? String(status));
}
