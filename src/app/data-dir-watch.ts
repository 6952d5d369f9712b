import { statSync } from 'node:fs';
import type { Timers } from '../core/clock.ts';
import { SECOND_MS } from '../core/durations.ts';
import type { DataDir } from '../db/sqlite/data-dir.ts';

const LOOK_MS = 2 * SECOND_MS;

/**
 * Resolves when the data directory has been moved or deleted. Otherwise the server would keep writing to files that commands,
 * backups and its next start cannot find.
 */
export function dataDirGone({ path }: Pick<DataDir, 'path'>, timers: Timers): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const inode = inodeOf(path);
  function look(): void {
    if (inodeOf(path) === inode) timers.after(LOOK_MS, look);
    else resolve();
  }
  look();
  return promise;
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
