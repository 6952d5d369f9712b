import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { CONTROL_SOCKET_FILE } from '../../db/sqlite/files.ts';

// The server and the command line talk in lines over a Unix socket, one command a connection:
//
//   server  {"version":"…","pid":…}            somebody is there
//   client  {"operation":"…","args":…}
//   server  (an empty line)                    taken; again every second for as long as it works
//   server  {"ok":true,"result":…}
//
// A client that has seen no empty line knows that nothing was done. One that has, and sees no answer, knows that it cannot know.

/** What a command line asks of the running server: which operation, and with what. */
export type ControlRequest = { operation: string; args: unknown };
export type ControlAnswer = { ok: true; result: unknown } | { ok: false; error: string; code: string };
export type ControlGreeting = { version: string; pid: number };

export const HEARTBEAT_MS = 1000;

/** Where the server of this data directory listens for commands. */
export function controlSocketPath(dataDir: string): string {
  return join(resolve(dataDir), CONTROL_SOCKET_FILE);
}

/** The address of a Unix socket has room for some hundred bytes. */
const LONGEST_PATH = 100;

/**
 * Binds or connects a socket of the data directory. Where its path is too long, by its name alone and from inside: any other
 * place, such as the temporary folder, may be a different one for the server and for the command.
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

/** Calls back with each whole line; gives up on a line that is longer than `maxBytes`. */
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
