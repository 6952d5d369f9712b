import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

// Root may run commands on an instance that another account serves. What it makes there must be readable for that account. So it
// acts as the owner of the data directory: the system sees to every file, SQLite's own as well, and follows no link on the way
// that the owner could not follow.

type Account = { uid: number; gid: number };

/** Acts as the owner of `path`, or of the first folder above it, if root runs this. Gives back the way back. */
export function becomeOwnerOf(path: string): () => void {
  const { uid, gid } = statSync(nearestThatExists(resolve(path)));
  const before = effective();
  if (before?.uid !== 0 || uid === 0 || !become({ uid, gid })) return () => {};
  return () => void become(before);
}

/** Does something as {@link becomeOwnerOf} says. */
export function asOwnerOf<T>(path: string, act: () => T): T {
  const goBack = becomeOwnerOf(path);
  try {
    return act();
  } finally {
    goBack();
  }
}

/** Does something as the account that started the program: for files outside of the data directory, and for low ports. */
export function asStarted<T>(act: () => T): T {
  const before = effective();
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (!before || uid === undefined || gid === undefined || uid === before.uid) return act();
  become({ uid, gid });
  try {
    return act();
  } finally {
    become(before);
  }
}

function effective(): Account | undefined {
  const uid = process.geteuid?.();
  const gid = process.getegid?.();
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** False where root is not allowed to, as in some containers. Only root can change the group. */
function become({ uid, gid }: Account): boolean {
  try {
    if (process.geteuid?.() !== 0) process.seteuid?.(0);
    process.setegid?.(gid);
    process.seteuid?.(uid);
    return true;
  } catch {
    return false;
  }
}

function nearestThatExists(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestThatExists(dirname(path));
}
