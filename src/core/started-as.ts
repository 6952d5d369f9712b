/** Whose rights a process has. */
export type Account = { uid: number; gid: number };

/**
 * Runs `act`, which waits for nothing, as the account that started the program: root, where the program acts as the owner of its
 * data. For low ports, for files outside the data directory, and for handing rights away to another account.
 */
export function asStarted<T>(act: () => T): T {
  const before = effectiveAccount();
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (!before || uid === undefined || gid === undefined || uid === before.uid) return act();
  becomeAccount({ uid, gid });
  try {
    return act();
  } finally {
    becomeAccount(before);
  }
}

/** Whether the program acts as another account than the one that started it. */
export function actsAsOther(): boolean {
  return process.geteuid?.() !== process.getuid?.();
}

export function effectiveAccount(): Account | undefined {
  const uid = process.geteuid?.();
  const gid = process.getegid?.();
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** False if root lacks the capability, as in some containers. The group changes first: only root can change it. */
export function becomeAccount({ uid, gid }: Account): boolean {
  try {
    if (process.geteuid?.() !== 0) process.seteuid?.(0);
    process.setegid?.(gid);
    process.seteuid?.(uid);
    return true;
  } catch {
    return false;
  }
}
