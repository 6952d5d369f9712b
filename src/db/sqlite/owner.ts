import { existsSync, lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

// Root may run commands on an instance that another account serves. What it makes there must be readable for that account. So it
// acts as the owner of the data directory: the system sees to every file, SQLite's own as well, and follows no link on the way
// that the owner could not follow.

type Account = { uid: number; gid: number };

/** Acts as the owner of `path`, or of the first folder above it, if root runs this. Gives back the way back. */
export function becomeOwnerOf(path: string): () => void {
  const folder = nearestThatExists(resolve(path));
  const { uid, gid } = statSync(folder);
  const before = effective();
  if (before?.uid !== 0 || uid === 0) return () => {};
  if (become({ uid, gid })) {
    if (mayLookInto(folder)) return () => void become(before);
    become(before);
  }
  // The account cannot get there by itself, as into a volume of a container: what root leaves behind is given to it.
  return () => giveAway(resolve(path), { uid, gid });
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

/** `access` would ask for the account that started the program. */
function mayLookInto(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Never what a link leads to, nor what has a second name elsewhere. */
function giveAway(path: string, { uid, gid }: Account): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (found.uid === 0 && (found.isDirectory() || found.nlink === 1)) lchownSync(path, uid, gid);
  if (found.isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name), { uid, gid });
}
