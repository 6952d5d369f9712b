import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { CONTROL_SOCKET_FILE } from '../../db/sqlite/files.ts';

// Lines over a Unix socket, one command per connection:
//
//   server  {"version":"…","pid":…}            greeting
//   client  {"operation":"…","args":…}
//   server  (an empty line)                    taken; repeated every second while it works
//   server  {"ok":true,"result":…}
//
// Without an empty line, the client knows that nothing was done. With one but no answer, the outcome is unknown.

/** An operation and its arguments. */
export type ControlRequest = { operation: string; args: unknown };
export type ControlAnswer = { ok: true; result: unknown } | { ok: false; error: string; code: string };
export type ControlGreeting = { version: string; pid: number };

export const HEARTBEAT_MS = 1000;

/** Where the server of this data directory listens for commands. */
export function controlSocketPath(dataDir: string): string {
  return join(resolve(dataDir), CONTROL_SOCKET_FILE);
}

/** The kernel limits the path of a Unix socket to about 100 bytes. */
const LONGEST_PATH = 100;

/**
 * Binds or connects the control socket. If its path is too long, it changes into the directory and uses the bare name: a path
 * elsewhere, such as in the temporary folder, may differ between server and command (`PrivateTmp`).
 */
export function atSocket<T>(dataDir: string, act: (path: string) => T): T {
  const path = controlSocketPath(dataDir);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return act(path);
  const before = process.cwd();
  process.chdir(resolve(dataDir));
  try {
    return act(CONTROL_SOCKET_FILE);
  } finally {
    process.chdir(before);
  }
}

/** Calls back with each complete line. Closes the socket on a line longer than `maxBytes`. */
export function onLines(socket: Socket, maxBytes: number, take: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxBytes) socket.destroy();
    for (const line of lines) take(line);
  });
}
