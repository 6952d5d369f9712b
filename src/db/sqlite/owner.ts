import { existsSync, lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Account, becomeAccount, effectiveAccount } from '../../core/started-as.ts';

// Root may run commands on an instance that belongs to a service account, which must be able to read every file they create. So
// root acts as the owner of the data directory: the kernel then sets the owner of every file, SQLite's own included, and root
// follows no link that the owner could not.

/** If run by root, switches to the owner of `path`, or of its nearest existing parent. Returns a function that switches back. */
export function becomeOwnerOf(path: string): () => void {
  const folder = nearestThatExists(resolve(path));
  const { uid, gid } = statSync(folder);
  const before = effectiveAccount();
  if (before?.uid !== 0 || uid === 0) return () => {};
  if (becomeAccount({ uid, gid })) {
    if (mayLookInto(folder)) return () => void becomeAccount(before);
    becomeAccount(before);
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
