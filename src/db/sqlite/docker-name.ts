import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyedHash } from '../../core/secrets.ts';
import { DOCKER_NAME_FILE } from './files.ts';

const FORM = /^[\da-f]{12}$/;

/**
 * What this data directory is called in Docker, made at the first start. It goes with no backup: the server of a restored one must
 * not take the containers of the original for its own.
 */
export function dockerName(dataDir: string, secret: Uint8Array, newBytes: (length: number) => Uint8Array): string {
  const present = presentDockerName(dataDir);
  if (present !== undefined) return present;
  const name = Buffer.from(newBytes(6)).toString('hex');
  try {
    writeFileSync(join(dataDir, DOCKER_NAME_FILE), `${name}\n`, { mode: 0o600 });
    return name;
  } catch {
    // A full disk keeps nobody from starting. The name has to be the same at the next start.
    return keyedHash(secret, 'name in Docker').toString('hex').slice(0, 12);
  }
}

/** The name as far as it is there, for commands that change nothing. */
export function presentDockerName(dataDir: string): string | undefined {
  try {
    const name = readFileSync(join(dataDir, DOCKER_NAME_FILE), 'utf8').trim();
    return FORM.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
