import { existsSync, lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

// Root may run commands on an instance that belongs to a service account, which must be able to read every file they create. So
// root acts as the owner of the data directory: the kernel then sets the owner of every file, SQLite's own included, and root
// follows no link that the owner could not.

type Account = { uid: number; gid: number };

/** If run by root, switches to the owner of `path`, or of its nearest existing parent. Returns a function that switches back. */
export function becomeOwnerOf(path: string): () => void {
  const folder = nearestThatExists(resolve(path));
  const { uid, gid } = statSync(folder);
  const before = effective();
  if (before?.uid !== 0 || uid === 0) return () => {};
  if (become({ uid, gid })) {
    if (mayLookInto(folder)) return () => void become(before);
    become(before);
  }
  // The owner cannot reach the folder itself, as with a container's volume: afterwards, files of root are handed over.
  return () => giveAway(resolve(path), { uid, gid });
}

/** Runs `act` as the owner of `path`. See {@link becomeOwnerOf}. */
export function asOwnerOf<T>(path: string, act: () => T): T {
  const goBack = becomeOwnerOf(path);
  try {
    return act();
  } finally {
    goBack();
  }
}

/** Runs `act` as the account that started the program: for files outside the data directory and for low ports. */
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

/** False if root lacks the capability, as in some containers. The group changes first: only root can change it. */
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

/** Not `access`, which checks the real user id. */
function mayLookInto(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Changes no link's target, and no file with a second hard link. */
function giveAway(path: string, { uid, gid }: Account): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (found.uid === 0 && (found.isDirectory() || found.nlink === 1)) lchownSync(path, uid, gid);
  if (found.isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name), { uid, gid });
}
