import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../support/command-line.ts';
import { findProgram, prerequisite } from '../support/prerequisites.ts';

const shells = {
  bash: findProgram('BASH_PROGRAM', ['bash']),
  zsh: await prerequisite({ name: 'zsh', find: () => findProgram('ZSH', ['zsh']), aptPackages: ['zsh'] }),
  fish: await prerequisite({ name: 'fish', find: () => findProgram('FISH', ['fish']), aptPackages: ['fish'] }),
};

type Shell = keyof typeof shells;

/** What a shell that has loaded the script offers for the last word of a line. */
async function offered(shell: Shell, line: string): Promise<string[]> {
  await using cli = commandLine();
  const { status, out: script } = await cli.portal('completion', shell);
  expect(status).toBe(0);
  const folder = mkdtempSync(join(tmpdir(), 'portal-completion-'));
  try {
    writeFileSync(join(folder, 'script'), script);
    writeFileSync(join(folder, 'my file.backup'), '');
    const asking = { bash: askBash, zsh: askZsh, fish: askFish }[shell](line);
    writeFileSync(join(folder, 'ask'), asking);
    const child = Bun.spawn([shells[shell] as string, ...(shell === 'zsh' ? ['-f'] : []), 'ask'], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder, TERM: 'dumb' },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    expect(err).toBe('');
    return out
      .split('\n')
      .map((word) => word.split('\t')[0]?.trim() ?? '')
      .filter((word) => word !== '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function askBash(line: string): string {
  const words = line.split(' ');
  return `source ./script
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_portal
printf '%s\\n' "\${COMPREPLY[@]}"
complete -p portal >/dev/null || echo "not registered" >&2`;
}

/** Stands in for what only an interactive shell has: prints what would be offered. */
function askZsh(line: string): string {
  const words = line.split(' ');
  return `compdef() { registered=$1 }
_describe() {
  [[ $1 == -o ]] && shift
  local entry; for entry in "\${(@P)2}"; do print -r -- "\${entry%%:*}"; done
}
_files() { [[ $1 == -/ ]] && print -rl -- *(N/) || print -rl -- *(N) }
_message() { }
source ./script
[[ $registered == _portal ]] || print -u2 'not registered'
words=(${words.map((word) => `'${word}'`).join(' ')})
CURRENT=${words.length}
_portal | grep -F -- '${words.at(-1)}' || true`;
}

function askFish(line: string): string {
  return `source ./script
complete -C '${line}'`;
}

for (const shell of Object.keys(shells) as Shell[]) {
  const isThere = shells[shell] !== undefined;

  test.skipIf(!isThere)(`${shell} is offered every command, and what belongs to each`, async () => {
    const all = await offered(shell, 'portal ');
    for (const command of ['serve', 'owner', 'bot', 'backup', 'doctor', 'completion', 'healthcheck', 'config'])
      expect(all).toContain(command);
    const ofBot = await offered(shell, 'portal bot ');
    for (const command of ['create', 'list', 'set-type', 'rotate-key', 'delete']) expect(ofBot).toContain(command);
    expect(ofBot).not.toContain('serve');
    expect(await offered(shell, 'portal bot se')).toEqual(['set-type']);
  });

  test.skipIf(!isThere)(
    `${shell} is offered the options of a command, and the values of those that have some`,
    async () => {
      const options = await offered(shell, 'portal bot create --');
      for (const option of ['--platform', '--owner', '--rate-limit', '--data-dir', '--json', '--help'])
        expect(options).toContain(option);
      expect(options).not.toContain('--port');
      expect(await offered(shell, 'portal user create ada --tier ')).toEqual(
        expect.arrayContaining(['basic', 'trial', 'premium', 'lifetime']),
      );
      expect(await offered(shell, 'portal user create ada --tier pre')).toEqual(['premium']);
      expect(await offered(shell, 'portal bot set-type 3 ver')).toContain('verified');
      expect(await offered(shell, 'portal completion ')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    },
  );

  test.skipIf(!isThere)(`${shell} is offered files where a file is asked for, also after options`, async () => {
    const files = (await offered(shell, 'portal backup verify --json my')).map((word) => word.replaceAll('\\', ''));
    expect(files).toContain('my file.backup');
    expect(await offered(shell, 'portal backup create --to my')).not.toEqual([]);
    expect(await offered(shell, 'portal bot list my')).toEqual([]);
  });
}

test('another shell is a wrong usage', async () => {
  await using cli = commandLine();
  expect(await cli.portal('completion', 'powershell')).toMatchObject({ status: 2, out: '' });
  expect(await cli.portal('completion')).toMatchObject({ status: 2 });
});
