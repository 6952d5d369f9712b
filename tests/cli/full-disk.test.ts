import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { smallDisk } from '../support/small-disk.ts';

const MAIN = join(import.meta.dir, '../../src/main.ts');
const disk = smallDisk(4);

const COMMANDS = [
  ['public-key'],
  ['owner', 'create', 'grace'],
  ['user', 'list'],
  ['user', 'show', 'ada'],
  ['migrate'],
  ['backup', 'create'],
  ['serve'],
];

/** Commands in processes of their own: files that this one has open would keep their room. */
function instanceOn(folder: string) {
  const line = (...args: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, MAIN, ...args], {
      env: { ...process.env, PORTAL_DATA_DIR: folder, PORTAL_PORT: '0' },
      timeout: 10_000,
    });
    return { status: exitCode, out: stdout.toString().trimEnd(), err: stderr.toString().trimEnd() };
  };
  expect(line('owner', 'create', 'ada').status).toBe(0);
  return line;
}

test.skipIf(!disk)(
  'on a full disk and without a server, every command says so in one sentence, with the path',
  async () => {
    using full = disk?.open();
    if (!full) return;
    const line = instanceOn(full.folder);
    full.fill();
    for (const args of COMMANDS) {
      const { status, out, err } = line(...args);
      expect({ args, status, out }).toEqual({ args, status: 1, out: '' });
      expect({ args, err }).toEqual({
        args,
        err: expect.stringMatching(/^The .*the disk is full; free some space.*$/),
      });
      expect(err).toContain(full.folder);
    }
    const { status, out } = line('doctor');
    expect([status, out.includes('the disk is full'), out.includes('restore a backup')]).toEqual([1, true, false]);

    full.empty();
    expect(line('user', 'show', 'ada').status).toBe(0);
  },
);

test.skipIf(!disk)('on a read-only file system they say that', async () => {
  using small = disk?.open();
  if (!small) return;
  const line = instanceOn(small.folder);
  const remount = (how: string) => Bun.spawnSync(['mount', '-o', `remount,${how}`, small.folder]).success;
  expect(remount('ro')).toBe(true);
  for (const args of COMMANDS) {
    const { status, out, err } = line(...args);
    expect({ args, status, out, err }).toEqual({
      args,
      status: 1,
      out: '',
      err: expect.stringMatching(/^The .* is on a read-only file system\.?$/),
    });
    expect(err).toContain(small.folder);
  }
  expect(remount('rw')).toBe(true);
  expect(line('user', 'show', 'ada').status).toBe(0);
});
