import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// A file that is being made has another name, with the process that makes it: when that is killed, whoever comes next knows.

const PART = /^(.+)\.(\d+)\.part(-journal)?$/;

/** The name of `target` while it is being made. */
export function partOf(target: string): string {
  return `${target}.${process.pid}.part`;
}

/** Removes what processes that were killed left of backups in a folder, and of one of this other name. */
export function removeLeftParts(folder: string, name = ''): void {
  if (!existsSync(folder)) return;
  for (const found of readdirSync(folder)) {
    const [, whole = '', pid] = PART.exec(found) ?? [];
    if (pid === undefined || (whole !== name && !whole.endsWith('.backup'))) continue;
    if (!isAlive(Number(pid))) rmSync(join(folder, found), { force: true });
  }
}

/** This process has just begun: what bears its number is of another one before it. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
