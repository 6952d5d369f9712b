// Installs the pre-commit check in a contributor's clone. Part of `npm run setup` and of nothing else: a server that is
// started from a clone, CI and the image leave Git alone. Never fails, since nothing but the check depends on it.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const tool = join(root, 'node_modules', 'simple-git-hooks', 'cli.js');

const git = (...args) => {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

/** The hook that is there already, unless the tool wrote it. */
function foreignHook() {
  const path = git('rev-parse', '--git-path', 'hooks/pre-commit');
  if (path === undefined) return undefined;
  const hook = join(root, path);
  return fs.existsSync(hook) && !fs.readFileSync(hook, 'utf8').includes('SIMPLE_GIT_HOOKS') ? path : undefined;
}

// Only a .git of our own: sources unpacked inside another repository must not touch that one's hooks.
if (!process.env.CI && fs.existsSync(join(root, '.git')) && fs.existsSync(tool) && git('--version') !== undefined) {
  const kept = foreignHook();
  if (kept) {
    console.error(`Portal: ${kept} is yours and stays; the project's own check is \`npm run lint -- --staged\`.`);
  } else {
    spawnSync(process.execPath, [tool], { cwd: root, stdio: 'ignore' });
  }
}
