/** As whom Chromium runs. */
export type Identity = { uid: number; gid: number };

/** `nobody` and `nogroup` on all systems that matter; no entry in the list of users is needed. */
const NOBODY: Identity = { uid: 65_534, gid: 65_534 };

/** Root hands its rights away; anyone else runs Chromium as themselves: undefined. */
export function browserIdentity(): Identity | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}
