import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// An unfinished file carries the id of the process that writes it, so that leftovers of killed processes can be told apart.

const PART = /^(.+)\.(\d+)\.part(-journal)?$/;

/** The name of `target` while it is unfinished. */
export function partOf(target: string): string {
  return `${target}.${process.pid}.part`;
}

/** Removes unfinished backups of killed processes from a folder, and an unfinished file called `name`. */
export function removeLeftParts(folder: string, name = ''): void {
  if (!existsSync(folder)) return;
  for (const found of readdirSync(folder)) {
    const [, whole = '', pid] = PART.exec(found) ?? [];
    if (pid === undefined || (whole !== name && !whole.endsWith('.backup'))) continue;
    if (!isAlive(Number(pid))) rmSync(join(folder, found), { force: true });
  }
}

/** A file with our own id is from an earlier process: this one has not begun to write. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
