import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capability } from './prerequisites.ts';

/** A file system of some MiB, in memory; undefined where this machine lets nobody mount one. */
export function smallDisk(mebibytes: number) {
  return capability('mount a small disk', findSmallDisk(mebibytes));
}

function findSmallDisk(mebibytes: number) {
  const mount = (folder: string) =>
    Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', folder], { stderr: 'ignore' })
      .success;
  const unmount = (folder: string) => {
    Bun.spawnSync(['umount', '-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const trial = mkdtempSync(join(tmpdir(), 'portal-disk-'));
  const isPossible = mount(trial);
  unmount(trial);
  if (!isPossible) return undefined;

  return {
    open() {
      const folder = mkdtempSync(join(tmpdir(), 'portal-disk-'));
      mount(folder);
      const filler = join(folder, 'filler');
      return {
        folder,
        /** Leaves no byte. */
        fill(): void {
          const file = openSync(filler, 'a');
          try {
            for (const block of [65_536, 4096]) {
              while (writeSync(file, Buffer.alloc(block)) === block);
            }
          } catch {
            // It is full.
          } finally {
            closeSync(file);
          }
        },
        empty: () => rmSync(filler, { force: true }),
        [Symbol.dispose]: () => unmount(folder),
      };
    },
  };
}
