import { accessSync, constants, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { MIB } from '../../core/durations.ts';

/** SQLite may need this much for its files before it opens a database, even to read it. */
const LEAST_ROOM = MIB;

/**
 * Why these files could not be opened or written, to complete a sentence. SQLite reports a full disk and a read-only directory as
 * "disk I/O error" or "unable to open database file", so this asks the file system.
 */
export function fileProblem(error: unknown, ...paths: string[]): string {
  const { code = '', message } = error as { code?: string; message: string };
  if (/^(ENOSPC|EDQUOT|SQLITE_FULL)/.test(code)) return FULL;
  const isOfDisk = /^(E[A-Z]+|SQLITE_(IOERR|CANTOPEN|READONLY|PERM))/.test(code);
  const states = isOfDisk ? paths.map((path) => stateOf(dirname(path))) : [];
  return states.find((state) => state !== undefined) ?? message;
}

const FULL = 'the disk is full; free some space and try again';

function stateOf(directory: string): string | undefined {
  try {
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < LEAST_ROOM ? FULL : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EROFS') return `${directory} is on a read-only file system`;
    return code === 'EACCES' ? `this account cannot write to ${directory}` : undefined;
  }
}
